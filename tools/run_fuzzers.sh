#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every libFuzzer program of a folder from its committed corpus, two at a time.
#   tools/run_fuzzers.sh FOLDER SECONDS
# New inputs go to build/fuzz/corpus/NAME, findings to build/fuzz/findings/NAME-*.
set -euo pipefail
programs=$1
seconds=$2
work=build/fuzz

# So that a finding can be had from a log alone.
show_findings() { # NAME
    local file
    for file in "$work/findings/$1-"*; do
        echo "$file, base64:"
        base64 "$file"
    done
}

run_one() { # PROGRAM
    local name=${1##*/fuzz_} log
    log=$work/$name.log
    mkdir -p "$work/corpus/$name" "$work/findings"
    if ! "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
        -max_len=65536 -artifact_prefix="$work/findings/$name-" \
        "$work/corpus/$name" "tests/fuzz/corpus/$name" > "$log" 2>&1; then
        echo "$name: FOUND something; the end of $log:"
        tail -n 40 "$log"
        show_findings "$name"
        return 1
    fi
    awk -v name="$name" '
        /^stat::number_of_executed_units/ { runs = $2 }
        /^#[0-9]+.*cov:/ { for (i = 1; i <= NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "corp:") corpus = $(i + 1) } }
        END { printf "%s: %d runs, coverage %d, corpus %s\n", name, runs, cov, corpus }' "$log"
}

shopt -s nullglob
status=0
running=0
for program in "$programs"/fuzz_*; do
    run_one "$program" &
    running=$((running + 1))
    if [[ $running == 2 ]]; then
        wait -n || status=1
        running=1
    fi
done
while [[ $running -gt 0 ]]; do
    wait -n || status=1
    running=$((running - 1))
done
exit $status
