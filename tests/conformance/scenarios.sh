#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every scenario on the simulator and on the real server at JUDGE_ADDRESS; their histories compared attribute by
# attribute. Prints for each history: same, differs (how), or not comparable (why, by not_comparable.txt); fails when
# one differs that is not listed there.
#   tests/conformance/scenarios.sh DIRECTORY-OF-PROGRAMS WORK [PROGRAM...]      (beside with_real_server.sh)
set -euo pipefail
programs=$1
work=$2
shift 2
listed=tests/conformance/not_comparable.txt
export TIMELAPSE_FAILURES=none GRPC_VERBOSITY=NONE
same=0 differs=0 apart=0

name_of() { # LOG NUMBER
    sed -n 's/^\[ RUN      \] //p' "$1" | sed -n "$2p"
}

reason_of() { # PROGRAM TEST
    awk -v program="$1" -v name="$2" '$1 == program && ($2 == name || $2 == "*") { sub(/^[^ ]+ +[^ ]+ +/, ""); print; exit }' "$listed"
}

# A test that moves time by hand says so itself, on a server where time passes by itself.
advances() { # LOG TEST
    awk -v name="$2" '/^\[ RUN / { its = $4 == name } its && /^tl_env_advance/ { found = 1 } END { exit !found }' "$1"
}

judge() { # PROGRAM HISTORY
    local file name reason told
    file=$(basename "$2")
    name=$(name_of "$work/$1.simulator.log" "$((10#${file%%-*}))")
    reason=$(reason_of "$1" "$name")
    if [[ -z $reason ]] && advances "$work/$1.real.log" "$name"; then
        reason="the test advances time"
    fi
    told="no such history of the real server"
    if [[ -f $work/real/$1/$file ]]; then
        told=$("$programs/../compare-histories" "$2" "$work/real/$1/$file") || true
    fi
    if [[ $told == same ]]; then
        same=$((same + 1))
    elif [[ -n $reason ]]; then
        apart=$((apart + 1))
        told="not comparable: $reason ($told)"
    else
        differs=$((differs + 1))
        told="DIFFERS: $told"
    fi
    echo "$1 $name ${file#*-}: $told"
}

run() { # PROGRAM
    rm -f "$work/simulator/$1/"*.json "$work/real/$1/"*.json
    TIMELAPSE_JUDGED=$work/simulator "$programs/$1" > "$work/$1.simulator.log" 2>&1 || true
    TIMELAPSE_JUDGED=$work/real TIMELAPSE_SERVER=$JUDGE_ADDRESS timeout 300 "$programs/$1" > "$work/$1.real.log" 2>&1 || true
    for history in "$work/simulator/$1/"*.json; do
        [[ ! -f $history ]] || judge "$1" "$history"
    done
}

mkdir -p "$work/simulator" "$work/real"
if [[ $# -eq 0 ]]; then
    for program in "$programs"/test_*; do
        set -- "$@" "$(basename "$program")"
    done
fi
for program in "$@"; do
    run "$program"
done
echo "scenarios on the real server: $same histories are the same, $apart not comparable, $differs differ"
[[ $differs -eq 0 ]]
