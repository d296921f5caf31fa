// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// A reader is the program of ../read_config.c, which answers each case with a line of JSON.
type reader struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startReader(path string) (*reader, error) {
	command := exec.Command(path)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &reader{command, in, bufio.NewReader(out)}, command.Start()
}

// field writes "NAME LENGTH\n", the value and a newline.
func field(out *bufio.Writer, name, value string) {
	fmt.Fprintf(out, "%s %d\n%s\n", name, len(value), value)
}

func flagField(out *bufio.Writer, name string, set bool) {
	if set {
		field(out, name, "")
	}
}

func (r *reader) load(c *testCase) (profile, error) {
	var p profile
	out := bufio.NewWriter(r.in)
	for _, variable := range c.env {
		field(out, "env", variable)
	}
	field(out, "text", c.text)
	field(out, "profile", c.profile)
	flagField(out, "strict", c.strict)
	flagField(out, "ignore_file", c.ignoreFile)
	flagField(out, "ignore_environment", c.ignoreEnvironment)
	field(out, "load", "")
	if err := out.Flush(); err != nil {
		return p, err
	}
	line, err := r.out.ReadBytes('\n')
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(line, &p)
}

func (r *reader) stop() error {
	r.in.Close()
	return r.command.Wait()
}
