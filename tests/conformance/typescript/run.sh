#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timelapse-server under the TypeScript SDK's own test environment, as its users would have it.
#   tests/conformance/typescript/run.sh SERVER WORK [CASE...]      (WORK keeps the SDK from one run to the next)
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
server=$(realpath "$1")
mkdir -p "$2"
work=$(realpath "$2")
# Modules are found from where the files lie, so these are laid beside them. `npm ci` wants packages of other machines too.
cp "$here"/*.js "$here"/package*.json "$work"
wanted=$(sha256sum < "$here/package-lock.json")
if [[ $(cat "$work/installed" 2> /dev/null) != "$wanted" ]]; then
    (cd "$work" && npm install --silent --no-audit --no-fund)
    echo "$wanted" > "$work/installed"
fi
cd "$work"
TIMELAPSE_SERVER=$server node readme_snippet.js
exec node main.js "$server" "${@:3}"
