// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strconv"
)

const full = `[profile.default]
address = "file:1"
namespace = "file-space"
api_key = "file-key"
authority = "file-authority"
[profile.default.tls]
server_name = "file-name"
disable_host_verification = true
[profile.default.codec]
endpoint = "file-endpoint"
auth = "file-auth"
[profile.default.grpc_meta]
One_1 = "1"
two = "2"
empty = ""
[profile.other]
address = "other:1"
[profile."a.b c"]
address = "quoted:1"
`

// Texts that both take, or both refuse, strictly or not.
var texts = []string{
	"", "# nothing", "\r\n", "profile.default = 1", "[[profile.default]]", "[profile]", "[profile.default]",
	"[profile.default]\naddress = 1", "[profile.default]\naddress = true", "[profile.default]\naddress = []",
	"[profile.default]\naddress = 1979-05-27", "[profile.default]\naddress = {}", "[profile.default]\ntls = 1",
	"[profile.default]\ntls = {}", "[profile.default.tls]", "[profile.default.tls]\ndisabled = 'true'",
	"[profile.default.tls]\ndisabled = 1", "[profile.default.tls]\ndisabled = true", "[profile.default]\ntls.disabled = false",
	"[profile.default]\ncodec = 1", "[profile.default.grpc_meta]\na = 1",
	"[profile.default.grpc_meta.a]\nb = 'c'", "[profile.other]\naddress = 1", "[other]", "[other.more]\nx = 1", "x = 1",
	"[profile.default]\nfuture = 1", "[profile.other]\nfuture = [1, 'x']", "[profile.default.tls]\nfuture = 1",
	"[profile.default.codec]\nfuture = {a = 1}", "[profile.default]\naddress = 'a", "[profile.default]\naddress = \"\\q\"",
	"[profile.default]\naddress = 'a'\naddress = 'b'", "[profile.default]\n[profile.default]", "[profile.default",
	"profile.default.address = 'dots:1'", "profile = {default = {address = 'inline:1', tls = {server_name = 's'}}}",
	"[profile.default]\naddress = '''\nlines\n'''", "[profile.default]\naddress = \"\"\"a\\\n   b\"\"\"",
	"[profile.default]\naddress = \"\\u00e9\\t\\\"\"", "[profile.default]\naddress = x", "= 1", "a", "a = 1 b = 2",
	"[profile.default]\napi_key = 'k'", "[profile.default]\napi_key = 'k'\ntls.disabled = true",
	"[profile.default]\napi_key = ''", full,
}

// Each variable, by itself and over the full file.
func variables(m *pemMaterial) []string {
	all := []string{"TEMPORAL_TLS=true", "TEMPORAL_TLS=TRUE", "TEMPORAL_TLS=1", "TEMPORAL_TLS=false", "TEMPORAL_TLS=0",
		"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=True", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=0",
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH=" + m.certPath, "TEMPORAL_TLS_SERVER_CA_CERT_DATA=" + m.cert,
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH=/no/such.pem", "TEMPORAL_TLS_CLIENT_CERT_PATH=" + m.certPath,
		"TEMPORAL_TLS_CLIENT_KEY_DATA=" + m.key, "TEMPORAL_GRPC_META_ONE_1=env", "TEMPORAL_GRPC_META_TWO=",
		"TEMPORAL_GRPC_META_=x", "TEMPORAL_GRPC_META_A=b=c", "TEMPORAL_GRPC_META_mixed_Case-x=1", "temporal_address=x",
		"TEMPORAL_PROFILE=other", "TEMPORAL_PROFILE=a.b c", "TEMPORAL_PROFILE=default", "TEMPORAL_PROFILE=nobody",
		"TEMPORAL_PROFILE=", "TEMPORAL_CONFIG_FILE=/no/such.toml", "TEMPORAL_CONFIG_FILE=" + m.directory,
		"TEMPORAL_CONFIG_FILE=" + m.write("named/x.toml", full), "TEMPORAL_CONFIG_FILE=",
		"HOME=" + m.directory + "/home", "XDG_CONFIG_HOME=" + m.directory + "/xdg", "XDG_CONFIG_HOME=", "HOME="}
	for _, name := range []string{"ADDRESS", "NAMESPACE", "API_KEY", "CLIENT_AUTHORITY", "TLS_SERVER_NAME",
		"CODEC_ENDPOINT", "CODEC_AUTH"} {
		all = append(all, "TEMPORAL_"+name+"=env \"value\"", "TEMPORAL_"+name+"=")
	}
	for _, name := range []string{"TLS", "TLS_DISABLE_HOST_VERIFICATION", "TLS_CLIENT_CERT_PATH", "TLS_CLIENT_CERT_DATA",
		"TLS_CLIENT_KEY_PATH", "TLS_CLIENT_KEY_DATA", "TLS_SERVER_CA_CERT_PATH", "TLS_SERVER_CA_CERT_DATA"} {
		all = append(all, "TEMPORAL_"+name+"=")
	}
	return all
}

func fixedCases(m *pemMaterial) []*testCase {
	m.write("home/.config/temporalio/temporal.toml", "[profile.default]\naddress = 'home:1'")
	m.write("xdg/temporalio/temporal.toml", "[profile.default]\naddress = 'xdg:1'")
	var all []*testCase
	for i, text := range texts {
		for _, strict := range []bool{false, true} {
			all = append(all, &testCase{name: fmt.Sprintf("text-%d-strict-%v", i, strict), text: text, strict: strict})
		}
	}
	for _, variable := range variables(m) {
		for _, text := range []string{"", full} {
			all = append(all, &testCase{name: "variable-" + strconv.Quote(variable), text: text, env: []string{variable}})
		}
	}
	pair := []string{"TEMPORAL_TLS_CLIENT_CERT_PATH=" + m.certPath, "TEMPORAL_TLS_CLIENT_KEY_PATH=" + m.keyPath}
	data := []string{"TEMPORAL_TLS_CLIENT_CERT_DATA=" + m.cert, "TEMPORAL_TLS_CLIENT_KEY_DATA=" + m.key}
	ca := []string{"TEMPORAL_TLS_SERVER_CA_CERT_DATA=" + m.cert, "TEMPORAL_TLS_SERVER_CA_CERT_PATH=" + m.certPath}
	return append(all,
		&testCase{name: "pair-of-paths", env: pair}, &testCase{name: "pair-of-texts", env: data},
		&testCase{name: "pair-twice", env: append(pair[:2:2], data...)}, &testCase{name: "authority-twice", env: ca},
		&testCase{name: "pair-disabled", env: append(pair[:2:2], "TEMPORAL_TLS=0")},
		&testCase{name: "option-profile", text: full, profile: "other", env: []string{"TEMPORAL_PROFILE=nobody"}},
		&testCase{name: "option-profile-missing", text: full, profile: "nobody"},
		&testCase{name: "ignore-file", ignoreFile: true, text: full, profile: "nobody", env: []string{"TEMPORAL_ADDRESS=e:1"}},
		&testCase{name: "ignore-environment", ignoreEnvironment: true, text: full,
			env: []string{"TEMPORAL_ADDRESS=e:1", "TEMPORAL_PROFILE=other", "TEMPORAL_GRPC_META_A=1"}},
		&testCase{name: "ignore-both", ignoreFile: true, ignoreEnvironment: true},
	)
}

// differingCases are those of which the official SDKs are not of one mind, or where one passes over a mistake.
func differingCases(m *pemMaterial) []*testCase {
	return []*testCase{
		{name: "boolean-of-none", env: []string{"TEMPORAL_TLS=yes"}, differs: "a variable that is no boolean is refused"},
		{name: "verification-of-none", env: []string{"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=no"},
			differs: "a variable that is no boolean is refused"},
		{name: "key-case", text: "[profile.default]\nAddress = 'a:1'", differs: "keys are told apart by case, as in sdk-core"},
		{name: "twice-but-disabled", differs: "path and data exclude each other always, as in sdk-core",
			env: []string{"TEMPORAL_TLS=0", "TEMPORAL_TLS_SERVER_CA_CERT_DATA=x", "TEMPORAL_TLS_SERVER_CA_CERT_PATH=/x"}},
		{name: "twice-elsewhere", differs: "path and data exclude each other in all profiles, as in sdk-core",
			text: "[profile.x.tls]\nclient_key_path = 'a'\nclient_key_data = 'b'"},
		{name: "path-and-text", differs: "a certificate's path and a key's text go together, as in sdk-core",
			env: []string{"TEMPORAL_TLS_CLIENT_CERT_PATH=" + m.certPath, "TEMPORAL_TLS_CLIENT_KEY_DATA=" + m.key}},
		{name: "relative-xdg", differs: "a relative XDG_CONFIG_HOME is as none, as in sdk-core",
			env: []string{"XDG_CONFIG_HOME=xdg", "HOME=" + m.directory + "/home"}},
		{name: "no-profiles", text: "profile = 1", differs: "a value where a table belongs is refused, as in sdk-core"},
		{name: "no-headers", text: "[profile.default]\ngrpc_meta = 1",
			differs: "a value where a table belongs is refused, as in sdk-core"},
		{name: "nul", text: "[profile.default]\naddress = \"a\\u0000b\"", differs: "C strings hold no NUL"},
	}
}
