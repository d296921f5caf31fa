#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The judge sees what it is there to see: each verb is shown what is right, and then what is not.
#   tests/conformance/judge_sees.sh JUDGE WORK
set -euo pipefail
judge=$1
work=$2
program=test_closing # its histories are as good as any

expect() { # STATUS TEXT VERB ARG...
    local status=0 wanted=$1 text=$2
    shift 2
    "$judge" "$@" > "$work/told" 2>&1 || status=$?
    if [[ $status != "$wanted" ]] || ! grep -q "$text" "$work/told"; then
        cat "$work/told"
        echo "judge $*: ended with $status, not $wanted, or did not say '$text'"
        exit 1
    fi
}

# fresh NAME...: folders with the program's recordings, all alike.
fresh() {
    local name
    for name in "$@"; do
        rm -rf "${work:?}/$name"
        mkdir -p "$work/$name"
        cp -r "fixtures/histories/real-server/$program" "$work/$name/"
        touch "$work/$name/$program.log"
    done
}

first() { find "$work/$1" -name '*.json' | sort | head -n 1; }
spoil() { sed -i 's/"eventType":"EVENT_TYPE_WORKFLOW_TASK_STARTED"/&,"userMetadata":{"summary":{"data":"MQ=="}}/' "$(first "$1")"; }

rm -rf "$work"
mkdir -p "$work"

fresh one other
expect 0 'histories are the same, 0 not comparable, 0 differ' compare "$work/one" "$work/other" "$program"
spoil other
expect 1 'DIFFERS: event 3 WorkflowTaskStarted: user_metadata' compare "$work/one" "$work/other" "$program"
fresh other
rm "$(first other)"
expect 1 'the real server has no such history' compare "$work/one" "$work/other" "$program"
expect 1 'the simulator has no such history' compare "$work/other" "$work/one" "$program"
expect 1 'nothing differs there' compare "$work/one" "$work/one"

fresh other
expect 0 '0 of which the real server does not repeat' repeats "$work/one" "$work/other"
spoil other
expect 1 'DIFFERS from what was recorded' repeats "$work/one" "$work/other"

# What is wrong with a command is told in our own words; the cause in front of them is the server's.
program=test_refused_commands
fresh one other
refusal=$work/other/$program/a_timer_twice-w-1.json
sed -i 's/StartTimerDuplicateId: [^"]*/StartTimerDuplicateId: otherwise/' "$refusal"
expect 0 'histories are the same, 0 not comparable, 0 differ' compare "$work/one" "$work/other" "$program"
sed -i 's/StartTimerDuplicateId: /BadStartTimerAttributes: /' "$refusal"
expect 1 'event 4 WorkflowTaskFailed: failure.message' compare "$work/one" "$work/other" "$program"
program=test_closing

fresh one run.1 run.2
mkdir -p "$work/recorded"
expect 0 '0 histories refused' accept "$work/recorded" "$work/run.1" "$work/run.2"
cmp "$(first recorded)" "$(first one)"
expect 0 '0 are new, 0 are gone' accept "$work/recorded" "$work/run.1" "$work/run.2"
spoil run.2
rm -rf "$work/recorded/$program"
expect 1 '1 histories refused' accept "$work/recorded" "$work/run.1" "$work/run.2"
[[ ! -e $work/recorded/${program}/$(basename "$(first one)") ]]

# A run that came short refuses what it lacks, and takes nothing away; what no run has goes.
fresh run.1 run.2 recorded
short=$(first run.1)
rm "$short"
expect 1 '1 histories refused' accept "$work/recorded" "$work/run.1" "$work/run.2"
cmp "$(first recorded)" "$(first one)"
rm "$(first run.2)"
expect 0 '0 are new, 1 are gone' accept "$work/recorded" "$work/run.1" "$work/run.2"
[[ ! -e $work/recorded/${program}/$(basename "$short") ]]

mkdir -p "$work/nothing"
expect 1 'TIMER_FIRED : no recording shows it' coverage "$work/nothing"

sed 's/^| test_/| tests_/' docs/FIDELITY.md > "$work/old.md"
expect 1 'is out of date' document "$work/old.md" --check
"$judge" document "$work/old.md"
cmp "$work/old.md" docs/FIDELITY.md
echo "the judge sees what is wrong"
