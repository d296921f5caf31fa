// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A program that is killed, and then started again as a supervisor does. It may not end by itself.
type process struct {
	path      string
	arguments []string
	address   string // told as TEMPORAL_ADDRESS; "": not told
	log       string // standard error is appended
	running   *exec.Cmd
	ended     chan struct{} // closed when it has
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
	ended := make(chan struct{})
	p.running, p.output, p.ended = command, bufio.NewReader(output), ended
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	return nil
}

// kill ends it in the middle of whatever it does; an error when it had ended before.
func (p *process) kill() error {
	_ = p.running.Process.Kill()
	<-p.ended
	if status, is := p.running.ProcessState.Sys().(syscall.WaitStatus); is && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return nil
	}
	return p.fault("ended by itself")
}

func (p *process) restart() error {
	if err := p.kill(); err != nil {
		return err
	}
	return p.start()
}

// The last of what it said tells why.
func (p *process) fault(what string) error {
	said, _ := os.ReadFile(p.log)
	said = bytes.TrimSpace(said[max(0, len(said)-2000):])
	return fmt.Errorf("%s %s: %v\n%s", filepath.Base(p.path), what, p.running.ProcessState, said)
}

// stopWell asks it to stop: it has to end in time, and well.
func (p *process) stopWell() error {
	late := time.AfterFunc(20*time.Second, func() { _ = p.running.Process.Kill() })
	defer late.Stop()
	_ = p.running.Process.Signal(syscall.SIGTERM)
	<-p.ended
	if !p.running.ProcessState.Success() {
		return p.fault("was asked to stop")
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
	if err := s.kill(); err != nil {
		return err
	}
	return s.start()
}
