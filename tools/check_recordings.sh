#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Recordings cross builds: what the scenarios of one build record, the other build's scenarios must
# replay and record again equal.
#   tools/check_recordings.sh BUILD BUILD...
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
replayed=0

# scenarios BUILD VARIABLE=VALUE...
scenarios() {
    local build=$1 program
    shift
    for program in "$build"/tests/scenarios/test_*; do
        [[ -x $program && ! -d $program ]] || continue
        if ! env "$@" "$program" > "$work/log" 2>&1; then
            cat "$work/log"
            printf '%s failed with %s\n' "$program" "$*"
            exit 1
        fi
    done
}

for recorder in "$@"; do
    fixtures=$work/$(basename "$recorder")
    mkdir -p "$fixtures"
    scenarios "$recorder" TIMELAPSE_RECORD=1 TIMELAPSE_FIXTURES="$fixtures"
    count=$(find "$fixtures" -name '*.json' ! -name '*.meta.json' | wc -l)
    [[ $count -gt 0 ]] || {
        printf '%s recorded nothing\n' "$recorder"
        exit 1
    }
    for player in "$@"; do
        [[ $player != "$recorder" ]] || continue
        scenarios "$player" TIMELAPSE_FIXTURES="$fixtures"
        replayed=$((replayed + count))
    done
done
printf '%d recordings of another build replayed\n' "$replayed"
