#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a command beside a real server of its own.
#   tests/conformance/with_real_server.sh REALSERVER WORK COMMAND [ARG...]
# It has the namespaces "default", "mtls" and "keyed". The command finds JUDGE_ADDRESS, JUDGE_CERTIFICATES (ca.pem,
# client.pem, client.key; more in realserver/certificates.go), the addresses with TLS (JUDGE_MTLS_ADDRESS; more in
# realserver/doors.go) and JUDGE_KEYS, the file of API keys that "keyed" takes, in its environment. The server ends with its standard input, which this script holds: it cannot be left behind.
set -euo pipefail
server=$1
work=$2
shift 2
mkdir -p "$work/certificates"

coproc JUDGE {
    exec "$server" --namespace mtls --certificates "$work/certificates" --api-keys "$work/keys" 2> "$work/realserver.log"
}
judge=$JUDGE_PID
input=${JUDGE[1]}
end() {
    exec {input}>&-
    wait "$judge" 2> /dev/null || true
}
trap end EXIT

read -r -t 90 -u "${JUDGE[0]}" ready || { cat "$work/realserver.log"; echo "the real server does not answer"; exit 1; }
field() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/" <<< "$ready"; }
export JUDGE_ADDRESS JUDGE_CERTIFICATES=$work/certificates JUDGE_KEYS=$work/keys
JUDGE_ADDRESS=$(field address)
for door in mtls tls expired elsewhere stranger; do
    export "JUDGE_${door^^}_ADDRESS=$(field "${door}_address")"
done
echo "real server $(field server_version) at $JUDGE_ADDRESS, with mutual TLS at $JUDGE_MTLS_ADDRESS"
"$@"
