#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every scenario program, or those named, and keeps each test's histories: OUT/<program>/<test>-<id>-<run>.json,
# what the program said in OUT/<program>.log, and OUT/<program>/<test>.failed with the end of it for a test that failed.
#   tests/conformance/run_scenarios.sh PROGRAMS OUT [PROGRAM...]
# With JUDGE_ADDRESS on that server, several programs at a time (JUDGE_AT_ONCE, 12: they wait more than they work), each
# within JUDGE_SECONDS (180); without it on the simulator. JUDGE_LISTED is the judge that says which tests to leave out.
set -euo pipefail
programs=$1
out=$2
shift 2
export TIMELAPSE_FAILURES=none GRPC_VERBOSITY=NONE TIMELAPSE_JUDGED=$out
if [[ -n ${JUDGE_ADDRESS:-} ]]; then
    export TIMELAPSE_SERVER=$JUDGE_ADDRESS
fi

# A program that is killed leaves the test it was in without an end.
note_failures() { # LOG DIRECTORY
    awk -v directory="$2" '
        /^\[ RUN      \] / { name = substr($0, 14); gsub(/[^A-Za-z0-9]/, "_", name); said = ""; open = 1; next }
        /^\[  (FAILED  \]|ERROR   \] [a-z]) */ && open { print said > (directory "/" name ".failed"); open = 0 }
        /^\[       OK \] / || /^\[  SKIPPED \] / { open = 0 }
        open { said = said $0 "\n" }
        END { if (open) print said "it did not end" > (directory "/" name ".failed") }' "$1"
}

run() { # PROGRAM
    rm -rf "${out:?}/$1"
    mkdir -p "$out/$1"
    if [[ -n ${JUDGE_LISTED:-} ]]; then
        TIMELAPSE_SKIP=$("$JUDGE_LISTED" listed "$1")
        export TIMELAPSE_SKIP
    fi
    timeout "${JUDGE_SECONDS:-180}" "$programs/$1" > "$out/$1.log" 2>&1 || true
    note_failures "$out/$1.log" "$out/$1"
}

if [[ $# -eq 0 ]]; then
    for program in "$programs"/test_*; do
        set -- "$@" "$(basename "$program")"
    done
fi
mkdir -p "$out"
export programs out
export -f run note_failures
# shellcheck disable=SC2016 # it is the inner shell's
printf '%s\0' "$@" | xargs -0 -n 1 -P "${JUDGE_AT_ONCE:-12}" bash -c 'run "$1"' run
