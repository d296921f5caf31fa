#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timelapse-server under the Python SDK's own test environment, as its users would have it.
#   tests/conformance/python/run.sh SERVER WORK      (WORK keeps the SDK from one run to the next)
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
server=$(realpath "$1")
mkdir -p "$2"
work=$(realpath "$2")
wanted=$(sha256sum "$here/requirements.txt")
if [[ $(cat "$work/installed" 2> /dev/null) != "$wanted" ]]; then
    rm -rf "$work/sdk"
    python3 -m venv "$work/sdk"
    "$work/sdk/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    echo "$wanted" > "$work/installed"
fi
TIMELAPSE_SERVER=$server "$work/sdk/bin/python" "$here/readme_snippet.py"
exec "$work/sdk/bin/python" "$here/main.py" "$server" "$work"
