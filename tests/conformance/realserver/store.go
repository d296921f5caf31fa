// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	schema "go.temporal.io/server/schema/sqlite"
)

// Four services, two ports each.
const portCount = 8

// What a server finds again when it is started anew: its data and its ports. In memory without a directory.
type store struct{ directory string }

func (s store) file(name string) string { return filepath.Join(s.directory, name) }

func (s store) open() (*config.SQL, error) {
	if s.directory == "" {
		return &config.SQL{
			PluginName:        sqlite.PluginName,
			DatabaseName:      "judge",
			ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
		}, nil
	}
	settings := &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: s.file("judge.db"),
		// A write-ahead log keeps what was committed, whenever the process is killed.
		ConnectAttributes: map[string]string{"mode": "rwc", "journal_mode": "wal", "synchronous": "normal"},
	}
	if _, err := os.Stat(s.file("judge.db")); err == nil {
		return settings, nil
	}
	return settings, schema.SetupSchema(settings)
}

func (s store) ports() ([]int, error) {
	if s.directory == "" {
		return freePorts(portCount)
	}
	ports := []int{}
	text, err := os.ReadFile(s.file("ports.json"))
	if err == nil {
		return ports, json.Unmarshal(text, &ports)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if ports, err = freePorts(portCount); err != nil {
		return nil, err
	}
	if text, err = json.Marshal(ports); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.directory, 0o755); err != nil {
		return nil, err
	}
	return ports, os.WriteFile(s.file("ports.json"), text, 0o644)
}

// Ports that nobody has. All are held until the last is known, so that no two are the same.
func freePorts(count int) ([]int, error) {
	ports := make([]int, 0, count)
	for range count {
		listener, err := net.Listen("tcp", loopback+":0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
