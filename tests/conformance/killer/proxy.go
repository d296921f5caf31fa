// SPDX-License-Identifier: MIT

package main

import (
	"io"
	"net"
	"sync"
	"time"
)

// Between worker, client and server; it knows nothing of what passes.
type proxy struct {
	listener net.Listener
	to       string
	mutex    sync.Mutex
	pairs    map[*pair]bool
	heldTill time.Time
}

type pair struct {
	caller, server *net.TCPConn
	isMute         bool // nothing passes any more, and nobody is told
}

func openProxy(to string) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, to: to, pairs: map[*pair]bool{}}
	go p.accept()
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		caller, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			caller.Close()
			continue
		}
		pair := &pair{caller: caller.(*net.TCPConn), server: server.(*net.TCPConn)}
		p.mutex.Lock()
		p.pairs[pair] = true
		p.mutex.Unlock()
		go p.serve(pair)
	}
}

// The pair ends when both directions have, or when the caller gives a mute one up.
func (p *proxy) serve(it *pair) {
	var both sync.WaitGroup
	both.Add(2)
	go func() { defer both.Done(); p.pass(it, it.caller, it.server) }()
	go func() { defer both.Done(); p.pass(it, it.server, it.caller) }()
	both.Wait()
	p.end(it)
}

func (p *proxy) end(it *pair) {
	it.caller.Close()
	it.server.Close()
	p.mutex.Lock()
	delete(p.pairs, it)
	p.mutex.Unlock()
}

func (p *proxy) pass(it *pair, from, to *net.TCPConn) {
	buffer := make([]byte, 32<<10)
	for {
		count, err := from.Read(buffer)
		if count > 0 && p.waitUntilMayPass(it) {
			if _, err := to.Write(buffer[:count]); err != nil {
				p.end(it)
				return
			}
		}
		if err != nil {
			if err != io.EOF || from == it.caller {
				p.end(it)
				return
			}
			_ = to.CloseWrite()
			return
		}
	}
}

func (p *proxy) waitUntilMayPass(it *pair) bool {
	for {
		p.mutex.Lock()
		wait, isMute := time.Until(p.heldTill), it.isMute
		p.mutex.Unlock()
		if isMute {
			return false
		}
		if wait <= 0 {
			return true
		}
		time.Sleep(wait)
	}
}

func (p *proxy) all() []*pair {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	all := []*pair{}
	for it := range p.pairs {
		all = append(all, it)
	}
	return all
}

// Every connection is reset.
func (p *proxy) cut() {
	for _, it := range p.all() {
		_ = it.caller.SetLinger(0)
		_ = it.server.SetLinger(0)
		p.end(it)
	}
}

// Nothing passes for so long; nothing is lost.
func (p *proxy) hold(length time.Duration) {
	p.mutex.Lock()
	p.heldTill = time.Now().Add(length)
	p.mutex.Unlock()
}

// Callers are told that the server says nothing more; what they say still goes through.
func (p *proxy) halfClose() {
	for _, it := range p.all() {
		_ = it.caller.CloseWrite()
	}
}

// The connections that there are stay open, and nothing passes on them any more.
func (p *proxy) mute() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for it := range p.pairs {
		it.isMute = true
	}
}

func (p *proxy) close() {
	p.listener.Close()
	p.cut()
}
