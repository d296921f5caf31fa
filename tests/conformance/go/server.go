// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A server's process, on a port of its own.
type server struct {
	address string
	process *exec.Cmd
	log     *os.File
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func startServer(path, work, name string, arguments ...string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(work, name+".log"))
	if err != nil {
		return nil, err
	}
	s := &server{
		address: fmt.Sprintf("127.0.0.1:%d", port), log: log,
		process: exec.Command(path, append([]string{fmt.Sprint(port)}, arguments...)...)}
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", s.address); err == nil {
			conn.Close()
			return s, nil
		}
	}
	s.stop()
	return nil, fmt.Errorf("%s does not answer at %s", path, s.address)
}

func (s *server) stop() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
	s.log.Close()
}
