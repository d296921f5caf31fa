// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A program that is started again whenever it ends, as a supervisor does.
type process struct {
	path      string
	arguments []string
	address   string // told as TEMPORAL_ADDRESS; "": not told
	log       string // standard error is appended
	running   *exec.Cmd
	input     io.WriteCloser
	output    *bufio.Reader
}

func (p *process) start() error {
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(p.path, p.arguments...)
	command.Stderr = log
	command.Env = os.Environ()
	if p.address != "" {
		command.Env = append(command.Env, "TEMPORAL_ADDRESS="+p.address)
	}
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if p.input, err = command.StdinPipe(); err != nil {
		return err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	p.running, p.output = command, bufio.NewReader(output)
	return nil
}

func (p *process) kill() {
	_ = p.running.Process.Kill()
	_ = p.running.Wait()
}

// restart kills it, in the middle of whatever it does, and starts it again.
func (p *process) restart() error {
	p.kill()
	return p.start()
}

// stopWell asks it to stop: it has to end in time, and well.
func (p *process) stopWell() error {
	late := time.AfterFunc(20*time.Second, func() { _ = p.running.Process.Kill() })
	defer late.Stop()
	_ = p.running.Process.Signal(syscall.SIGTERM)
	if err := p.running.Wait(); err != nil {
		return fmt.Errorf("%s, asked to stop: %w", p.path, err)
	}
	return nil
}

// A server keeps its store and its ports when it is started again.
type server struct {
	process
	frontend string
}

func (s *server) start() error {
	if err := s.process.start(); err != nil {
		return err
	}
	var ready struct{ Address string }
	line, err := s.output.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		return err
	}
	if s.frontend != "" && s.frontend != ready.Address {
		return fmt.Errorf("the server moved from %s to %s", s.frontend, ready.Address)
	}
	s.frontend = ready.Address
	return nil
}

func (s *server) restart() error {
	s.kill()
	return s.start()
}
