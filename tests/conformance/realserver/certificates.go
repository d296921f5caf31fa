// SPDX-License-Identifier: MIT

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
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

// Who a certificate is for, who signed it (nil: itself), and whether it is one of the past.
type subject struct {
	name    string
	names   []string
	by      *identity
	expired bool
}

func (s subject) template() *x509.Certificate {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: s.name},
		NotBefore:             now.Add(-48 * time.Hour),
		NotAfter:              now.Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		DNSNames:              s.names,
	}
	if s.expired {
		template.NotAfter = now.Add(-24 * time.Hour)
	}
	if s.by == nil {
		template.IsCA = true
		template.KeyUsage |= x509.KeyUsageCertSign
		template.ExtKeyUsage = nil
	}
	for _, name := range s.names {
		if name == "localhost" {
			template.IPAddresses = []net.IP{net.ParseIP(loopback)}
		}
	}
	return template
}

func (s subject) identity() (*identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := s.template()
	parent, signer := template, key
	if s.by != nil {
		parent, signer = s.by.certificate, s.by.key
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

// Whom clients trust and who clients are: for each a NAME.pem and NAME.key in the directory. Gives those who sign, by
// their names.
func writeMaterial(directory string) (map[string]*identity, error) {
	authorities := map[string]*identity{}
	for _, each := range []struct {
		file, signer string
		subject
	}{
		{file: "ca", subject: subject{name: "timelapse conformance"}},
		{file: "stranger-ca", subject: subject{name: "a stranger"}},
		{file: "client", signer: "ca", subject: subject{name: "client.test"}},
		{file: "expired-client", signer: "ca", subject: subject{name: "client.test", expired: true}},
		{file: "stranger-client", signer: "stranger-ca", subject: subject{name: "client.test"}},
	} {
		each.by = authorities[each.signer]
		made, err := each.identity()
		if err != nil {
			return nil, err
		}
		if err := made.write(directory, each.file); err != nil {
			return nil, err
		}
		if each.by == nil {
			authorities[each.file] = made
		}
	}
	return authorities, nil
}
