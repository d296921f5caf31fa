#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Times a clean build of all with packages and schema present, without ccache: one JSON object.
set -euo pipefail
tree=build/clean

rm -rf "$tree"
export CCACHE_DISABLE=1
from=$EPOCHREALTIME
cmake --preset release -B "$tree" -DTIMELAPSE_BIN_DIR="$PWD/$tree/bin" > /dev/null
cmake --build "$tree" > "$tree/build.log" 2>&1 || { tail -n 60 "$tree/build.log" >&2; exit 1; }
awk -v from="$from" -v to="$EPOCHREALTIME" 'BEGIN { printf "{\"name\": \"clean_build\", \"value\": %.1f, \"unit\": \"s\"}\n", to - from }'
rm -rf "$tree"
