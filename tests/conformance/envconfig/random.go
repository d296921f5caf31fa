// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A generator makes cases of the rules that all SDKs share.
type generator struct {
	*rand.Rand
	m     *pemMaterial
	pair  string // "path" or "data": what certificate and key are given as
	ca    string
	texts strings.Builder
	env   []string
}

var letters = []string{"a", "B", "-", "7", " ", ".", "=", "\"", "'", "\\", "#", "é", "世", "\t", "\n"}

func (g *generator) words() string {
	var text strings.Builder
	for range g.IntN(8) {
		text.WriteString(letters[g.IntN(len(letters))])
	}
	return text.String()
}

// quoted writes a string in one of TOML's four ways that can hold it.
func (g *generator) quoted(value string) string {
	plain := !strings.ContainsAny(value, "'\n\r")
	switch form := g.IntN(4); {
	case form == 0 && plain:
		return "'" + value + "'"
	case form == 1 && !strings.Contains(value, "'"):
		return "'''\n" + value + "'''"
	case form == 2:
		return "\"\"\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + "\"\"\""
	}
	return "\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\u0009`).Replace(value) + "\""
}

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

// variable sets it, sets it to nothing, or leaves it.
func (g *generator) variable(name, value string) {
	switch g.IntN(8) {
	case 0, 1:
		g.env = append(g.env, name+"="+value)
	case 2:
		g.env = append(g.env, name+"=")
	}
}

func (g *generator) key(name, value string) {
	if g.IntN(3) == 0 {
		fmt.Fprintf(&g.texts, "%s%s=%s%s\n", name, g.one("", " "), g.one("", " "), value)
	}
}

func (g *generator) boolean() string { return g.one("true", "false") }

// fault is, rarely, a key that nobody knows or of the wrong type.
func (g *generator) fault() {
	if g.IntN(40) == 0 {
		g.texts.WriteString(g.one("future = 1\n", "more.x = 'y'\n", "x = [1, {a = 'b'}]\n", "namespace.x = 1\n", "!\n"))
	}
}

func (g *generator) tls(name string) {
	if g.IntN(2) == 0 {
		return
	}
	fmt.Fprintf(&g.texts, "[profile.%s.tls]\n", name)
	g.key("disabled", g.boolean())
	g.key("disable_host_verification", g.boolean())
	g.key("server_name", g.quoted(g.words()))
	if g.IntN(2) == 0 {
		cert, key := g.materials(g.pair)
		fmt.Fprintf(&g.texts, "client_cert_%s = %s\n", g.pair, g.quoted(cert))
		g.key("client_key_"+g.pair, g.quoted(key))
	}
	ca, _ := g.materials(g.ca)
	g.key("server_ca_cert_"+g.ca, g.quoted(ca))
	g.fault()
}

func (g *generator) materials(kind string) (cert, key string) {
	if kind == "path" {
		return g.m.certPath, g.m.keyPath
	}
	return g.m.cert, g.m.key
}

func (g *generator) tables(name string) {
	g.tls(name)
	if g.IntN(3) == 0 {
		fmt.Fprintf(&g.texts, "[profile.%s.codec]\n", name)
		g.key("endpoint", g.quoted(g.words()))
		g.key("auth", g.quoted(g.words()))
		g.fault()
	}
	if g.IntN(2) == 0 {
		fmt.Fprintf(&g.texts, "[profile.%s.grpc_meta]\n", name)
		for _, key := range []string{"one", "Two_2", "\"x.y\"", "T-4"} {
			g.key(key, g.quoted(g.words()))
		}
	}
}

func (g *generator) file() {
	for _, name := range []string{"default", "other", "\"a.b\""} {
		if g.IntN(3) == 0 {
			continue
		}
		fmt.Fprintf(&g.texts, "[profile.%s]\n", name)
		for _, key := range []string{"address", "namespace", "api_key", "authority"} {
			g.key(key, g.quoted(g.words()))
		}
		g.fault()
		g.tables(name)
	}
}

func (g *generator) environment() {
	g.variable("TEMPORAL_PROFILE", g.one("default", "other", "a.b", "nobody"))
	for _, name := range []string{"ADDRESS", "NAMESPACE", "API_KEY", "CLIENT_AUTHORITY", "TLS_SERVER_NAME",
		"CODEC_ENDPOINT", "CODEC_AUTH", "GRPC_META_ONE", "GRPC_META_TWO_2", "GRPC_META_X.Y", "GRPC_META_NEW"} {
		g.variable("TEMPORAL_"+name, g.words())
	}
	g.variable("TEMPORAL_TLS", g.one("true", "FALSE", "1", "0"))
	g.variable("TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", g.one("True", "false", "1", "0"))
	if g.IntN(3) == 0 {
		cert, key := g.materials(g.pair)
		kind := strings.ToUpper(g.pair)
		g.env = append(g.env, "TEMPORAL_TLS_CLIENT_CERT_"+kind+"="+cert)
		g.variable("TEMPORAL_TLS_CLIENT_KEY_"+kind, key)
	}
	ca, _ := g.materials(g.ca)
	g.variable("TEMPORAL_TLS_SERVER_CA_CERT_"+strings.ToUpper(g.ca), ca)
}

func randomCases(m *pemMaterial, seed uint64, count int) []*testCase {
	random := rand.New(rand.NewPCG(seed, 0))
	var all []*testCase
	for i := range count {
		g := &generator{Rand: random, m: m}
		g.pair, g.ca = g.one("path", "data"), g.one("path", "data")
		g.file()
		g.environment()
		all = append(all, &testCase{name: fmt.Sprintf("random-%d-%d", seed, i), env: g.env, text: g.texts.String(),
			strict: g.IntN(2) == 0, ignoreEnvironment: g.IntN(10) == 0})
	}
	return all
}
