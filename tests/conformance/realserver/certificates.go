// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// A certificate with its key, as PEM and as crypto/tls wants it.
type identity struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	raw         []byte
}

// Signed by `by`; nil: by itself.
func newIdentity(serial int64, name string, by *identity) (*identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		DNSNames:              []string{"localhost", name},
		IPAddresses:           []net.IP{net.ParseIP(loopback)},
	}
	parent, signer := template, key
	if by == nil {
		template.IsCA = true
		template.KeyUsage |= x509.KeyUsageCertSign
		template.ExtKeyUsage = nil
	} else {
		parent, signer = by.certificate, by.key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	return &identity{certificate, key, raw}, err
}

func (i *identity) write(directory, name string) error {
	key, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		return err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.raw})
	if err := os.WriteFile(filepath.Join(directory, name+".pem"), certificate, 0o644); err != nil {
		return err
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	return os.WriteFile(filepath.Join(directory, name+".key"), secret, 0o600)
}

// Writes ca.pem, client.pem, client.key; gives what the server shows and wants.
func material(directory string) (*tls.Config, error) {
	authority, err := newIdentity(1, "timelapse conformance", nil)
	if err != nil {
		return nil, err
	}
	server, err := newIdentity(2, "judge.test", authority)
	if err != nil {
		return nil, err
	}
	client, err := newIdentity(3, "client.test", authority)
	if err != nil {
		return nil, err
	}
	if err := authority.write(directory, "ca"); err != nil {
		return nil, err
	}
	if err := client.write(directory, "client"); err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(authority.certificate)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.raw}, PrivateKey: server.key}},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
		NextProtos:   []string{"h2"},
		MinVersion:   tls.VersionTLS12,
	}, nil
}

// An address with mutual TLS before `inner`, as a cluster's load balancer is.
func serveMutualTLS(ctx context.Context, directory, inner string) (string, error) {
	settings, err := material(directory)
	if err != nil {
		return "", err
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
