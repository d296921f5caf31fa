#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every scenario program, or those named, and keeps each test's histories: OUT/<program>/<test>-<id>-<run>.json,
# what the program said in OUT/<program>.log, and OUT/<program>/<test>.failed with the end of it for a test that failed.
#   tests/conformance/run_scenarios.sh PROGRAMS OUT [PROGRAM...]
# With JUDGE_SERVER each on a real server of its own, for time is that server's, JUDGE_AT_ONCE (3) of them at a time: they
# wait more than they work; without it on the simulator. Each has JUDGE_SECONDS (300). JUDGE_LISTED is the judge that
# says which tests to leave out.
set -euo pipefail
programs=$1
out=$2
shift 2
export TIMELAPSE_FAILURES=none GRPC_VERBOSITY=NONE TIMELAPSE_JUDGED=$out

# A program that is killed leaves the test it was in without an end.
note_failures() { # LOG DIRECTORY
    awk -v directory="$2" '
        /^\[ RUN      \] / { name = substr($0, 14); gsub(/[^A-Za-z0-9]/, "_", name); said = ""; open = 1; next }
        /^\[  (FAILED  \]|ERROR   \] [a-z]) */ && open { print said > (directory "/" name ".failed"); open = 0 }
        /^\[       OK \] / || /^\[  SKIPPED \] / { open = 0 }
        open { said = said $0 "\n" }
        END { if (open) print said "it did not end" > (directory "/" name ".failed") }' "$1"
}

# The server's time stands, and ends with its standard input. It has one processor: then nothing is under way in it
# while it looks whether it rests. Its ports may be another's by the time it listens; then it is started again.
on_server() { # PROGRAM
    local ready='' tries
    for ((tries = 0; tries < 3; tries++)); do
        coproc JUDGE { GOMAXPROCS=1 exec "$JUDGE_SERVER" --still 2> "$out/$1.server"; }
        ! read -r -t 90 -u "${JUDGE[0]}" ready || break
        wait "$JUDGE_PID" || true
    done
    [[ -n $ready ]] || { echo "the real server does not answer"; return 1; }
    TIMELAPSE_SERVER=$(field address) TIMELAPSE_CLOCK=$(field clock_address) \
        timeout "${JUDGE_SECONDS:-300}" "$programs/$1"
}
field() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/" <<< "$ready"; }

run() { # PROGRAM
    local way=(timeout "${JUDGE_SECONDS:-300}" "$programs/$1")
    rm -rf "${out:?}/$1"
    mkdir -p "$out/$1"
    if [[ -n ${JUDGE_LISTED:-} ]]; then
        TIMELAPSE_SKIP=$("$JUDGE_LISTED" listed "$1")
        export TIMELAPSE_SKIP
    fi
    [[ -z ${JUDGE_SERVER:-} ]] || way=(on_server "$1")
    "${way[@]}" > "$out/$1.log" 2>&1 || true
    note_failures "$out/$1.log" "$out/$1"
}

if [[ $# -eq 0 ]]; then
    for program in "$programs"/test_*; do
        set -- "$@" "$(basename "$program")"
    done
fi
mkdir -p "$out"
export programs out
export -f run on_server field note_failures
# shellcheck disable=SC2016 # it is the inner shell's
printf '%s\0' "$@" | xargs -0 -n 1 -P "${JUDGE_AT_ONCE:-3}" bash -c 'run "$1"' run
