#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Java SDK's users on a server that skips time.
#   tests/conformance/java/run.sh SERVER WORK [CASE...]
# SERVER is the server's executable, of which the program starts several on free ports of loopback; WORK takes outputs.
set -euo pipefail
server=$(realpath "$1")
mkdir -p "$2"
work=$(realpath "$2")
mvn -q --batch-mode -f "$(dirname "${BASH_SOURCE[0]}")/pom.xml" -Dwork="$work/java" compile > "$work/maven.log" 2>&1 ||
    { cat "$work/maven.log"; exit 1; }
exec java -cp "$work/java/classes:$(cat "$work/java/classpath")" conformance.Conformance "$server" "$work" "${@:3}"
