// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
)

// Addresses with TLS before the frontend, as a cluster's load balancer is.
type doors struct {
	MutualTLS string `json:"mtls_address,omitempty"`      // wants a client's certificate
	TLS       string `json:"tls_address,omitempty"`       // asks for none
	Expired   string `json:"expired_address,omitempty"`   // shows a certificate that has expired
	Elsewhere string `json:"elsewhere_address,omitempty"` // shows one for another name
	Stranger  string `json:"stranger_address,omitempty"`  // shows one that nobody trusts
}

func openDoors(ctx context.Context, directory, inner string) (doors, error) {
	var opened doors
	authorities, err := writeMaterial(directory)
	if err != nil {
		return opened, err
	}
	here := []string{"localhost", "judge.test"}
	clients := x509.NewCertPool()
	clients.AddCert(authorities["ca"].certificate)
	for _, door := range []struct {
		address *string
		wants   *x509.CertPool
		subject
	}{
		{&opened.MutualTLS, clients, subject{name: "judge.test", names: here, by: authorities["ca"]}},
		{&opened.TLS, nil, subject{name: "judge.test", names: here, by: authorities["ca"]}},
		{&opened.Expired, nil, subject{name: "judge.test", names: here, by: authorities["ca"], expired: true}},
		{&opened.Elsewhere, nil, subject{name: "elsewhere.test", names: []string{"elsewhere.test"}, by: authorities["ca"]}},
		{&opened.Stranger, nil, subject{name: "judge.test", names: here, by: authorities["stranger-ca"]}},
	} {
		if *door.address, err = openDoor(ctx, door.subject, door.wants, inner); err != nil {
			return opened, err
		}
	}
	return opened, nil
}

// Shows a certificate of the subject; asks for one that the pool's authorities signed, unless it is nil.
func openDoor(ctx context.Context, shown subject, wants *x509.CertPool, inner string) (string, error) {
	server, err := shown.identity()
	if err != nil {
		return "", err
	}
	settings := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.raw}, PrivateKey: server.key}},
		NextProtos:   []string{"h2"},
		MinVersion:   tls.VersionTLS12,
	}
	if wants != nil {
		settings.ClientAuth = tls.RequireAndVerifyClientCert
		settings.ClientCAs = wants
	}
	listener, err := tls.Listen("tcp", loopback+":0", settings)
	if err != nil {
		return "", err
	}
	go func() {
		<-ctx.Done()
		listener.Close()
	}()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go forward(connection, inner)
		}
	}()
	return listener.Addr().String(), nil
}

func forward(outer net.Conn, address string) {
	defer outer.Close()
	inner, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer inner.Close()
	go func() {
		_, _ = io.Copy(inner, outer)
		inner.Close()
	}()
	_, _ = io.Copy(outer, inner)
}
