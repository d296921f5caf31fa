#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Counts the instructions of one unit test with callgrind: the figure that no other load on the
# machine disturbs. One JSON object a line; with --gate, fails above the limits.
#   tools/bench_instructions.sh TIMELAPSE_BENCH [--gate]
set -euo pipefail
program=$1
gate=${2:-}
status=0

measure() { # BENCHMARK NAME LIMIT
    local out count
    out=$(mktemp)
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
        --toggle-collect=bench_counted "$program" "$1" > "$out" 2>&1 || { cat "$out" >&2; rm "$out"; return 1; }
    count=$(sed -n 's/.*Collected : //p' "$out")
    rm "$out"
    printf '{"name": "%s", "value": %s, "unit": "instructions"}\n' "$2" "${count:-0}"
    [[ -n $gate ]] || return 0
    if [[ ${count:-0} -eq 0 || $count -gt $3 ]]; then
        echo "$2: $count instructions; at most $3 are allowed, and 0 means nothing was counted"
        return 1
    fi
}

measure one-test instructions_unit_test_cached 600000 || status=1
measure one-test-shadow instructions_unit_test_shadow 1400000 || status=1
exit $status
