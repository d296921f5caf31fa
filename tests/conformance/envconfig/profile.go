// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"strings"

	"go.temporal.io/sdk/contrib/envconfig"
)

// A testCase is what both load.
type testCase struct {
	name              string
	env               []string // NAME=value
	text              string   // in place of a file
	profile           string
	strict            bool
	ignoreFile        bool
	ignoreEnvironment bool
	differs           string // why the two are not of one mind; "": they are
}

// A profile is what came of it. Certificates and keys are PEM texts, wherever they were.
type profile struct {
	Refused                 string            `json:"refused,omitempty"`
	Address                 string            `json:"address,omitempty"`
	Namespace               string            `json:"namespace,omitempty"`
	APIKey                  string            `json:"api_key,omitempty"`
	Authority               string            `json:"authority,omitempty"`
	TLS                     bool              `json:"tls"`
	ClientCert              string            `json:"client_cert,omitempty"`
	ClientKey               string            `json:"client_key,omitempty"`
	ServerCACert            string            `json:"server_ca_cert,omitempty"`
	ServerName              string            `json:"server_name,omitempty"`
	DisableHostVerification bool              `json:"disable_host_verification,omitempty"`
	CodecEndpoint           string            `json:"codec_endpoint,omitempty"`
	CodecAuth               string            `json:"codec_auth,omitempty"`
	GRPCMeta                map[string]string `json:"grpc_meta,omitempty"`
}

// comparable leaves out how a refusal is worded.
func (p profile) comparable() profile {
	if p.Refused != "" {
		return profile{Refused: "yes"}
	}
	return p
}

func refused(err error) profile { return profile{Refused: err.Error()} }

func material(path string, data []byte) string {
	if path == "" {
		return string(data)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "unread: " + err.Error()
	}
	return string(text)
}

func setEnvironment(env []string) {
	os.Clearenv()
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		os.Setenv(name, value)
	}
}

func (p *profile) addTLS(tls *envconfig.ClientConfigTLS) {
	p.ClientCert = material(tls.ClientCertPath, tls.ClientCertData)
	p.ClientKey = material(tls.ClientKeyPath, tls.ClientKeyData)
	p.ServerCACert = material(tls.ServerCACertPath, tls.ServerCACertData)
	p.ServerName = tls.ServerName
	p.DisableHostVerification = tls.DisableHostVerification
}

// loadSDK is the Go SDK's answer. The process's environment is the case's, for the default file's place.
func loadSDK(c *testCase) profile {
	setEnvironment(c.env)
	loaded, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{
		ConfigFileData: []byte(c.text), ConfigFileProfile: c.profile, ConfigFileStrict: c.strict,
		DisableFile: c.ignoreFile, DisableEnv: c.ignoreEnvironment,
	})
	if err != nil {
		return refused(err)
	}
	options, err := loaded.ToClientOptions(envconfig.ToClientOptionsRequest{})
	if err != nil {
		return refused(err)
	}
	p := profile{
		Address: options.HostPort, Namespace: options.Namespace, APIKey: loaded.APIKey,
		Authority: options.ConnectionOptions.Authority, TLS: options.ConnectionOptions.TLS != nil,
	}
	if len(loaded.GRPCMeta) > 0 {
		p.GRPCMeta = loaded.GRPCMeta
	}
	if p.TLS && loaded.TLS != nil {
		p.addTLS(loaded.TLS)
	}
	if loaded.Codec != nil {
		p.CodecEndpoint, p.CodecAuth = loaded.Codec.Endpoint, loaded.Codec.Auth
	}
	return p
}
