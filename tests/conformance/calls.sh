#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every call of the client, to a real server; and that it is every one: what the client's headers declare is called by
# the program's sources.
#   tests/conformance/calls.sh CALLS      (beside with_real_server.sh)
set -euo pipefail

missing=0
for noun in client query async_activity describe list; do
    while read -r function; do
        if ! grep -qw -- "$function" tests/conformance/calls/*.c; then
            echo "FAILED  $function of timelapse/$noun.h is not called"
            missing=1
        fi
    done < <(grep -oE '\btl_(client|handle|list)_[a-z_]+\(' "include/timelapse/$noun.h" | tr -d '(' | sort -u)
done
"$1"
exit "$missing"
