#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Go SDK's users on a server that skips time.
#   tests/conformance/go/run.sh SERVER WORK [CASE...]
# SERVER is the server's executable, of which the program starts several on free ports of loopback; WORK takes outputs.
set -euo pipefail
server=$(realpath "$1")
mkdir -p "$2"
work=$(realpath "$2")
go -C "$(dirname "${BASH_SOURCE[0]}")" build -o "$work/conformance-go" .
exec "$work/conformance-go" "$server" "$work" "${@:3}"
