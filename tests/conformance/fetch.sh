#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The histories of order_saga.sh's runs, kept as fixtures: by id and by query, whole and without payloads; each is
# well-formed, and replays.
#   tests/conformance/fetch.sh DIRECTORY-OF-PROGRAMS TIMELAPSE WORK      (beside with_real_server.sh)
set -euo pipefail
programs=$1
timelapse=$2
work=$3
rm -rf "$work"
export TEMPORAL_ADDRESS=$JUDGE_ADDRESS

wrong() { echo "history fetch: $*"; exit 1; }
fetch() { # WHERE ARGUMENT...: every word on standard error is one too many
    local complaints
    complaints=$("$timelapse" history fetch --output "$work/$1" "${@:2}" 2>&1 > /dev/null) || wrong "$complaints"
    [[ -z $complaints ]] || wrong "$complaints"
}
files() { find "$work/$1" -name '*.json' ! -name '*.meta.json'; }

fetch by_id order-plain
fetch by_id bad-order-plain
query="WorkflowType = 'OrderSaga' AND ExecutionStatus IN ('Completed', 'Failed')"
for ((i = 0; i < 50; i++)); do # what is listed follows what happens by and by
    fetch by_query --query "$query"
    [[ $(files by_query | wc -l) -lt 2 ]] || break
    sleep 0.2
done
diff -r "$work/by_id" "$work/by_query" || wrong "by id and by query are not the same"
fetch stripped --strip-payloads --query "$query"
[[ $(files stripped | wc -l) == 2 ]] || wrong "$(files stripped | wc -l) histories"
grep -rq '"data"' "$work/by_id" || wrong "no payload at all"
if grep -r '"data": "[^"]' "$work/stripped"; then
    wrong "a payload is left"
fi
mapfile -t all < <(files by_id && files stripped)
"$timelapse" history check "${all[@]}" > /dev/null || wrong "not well-formed"
"$programs/order_saga_replay" "$work/by_id" > "$work/replay.log" 2>&1 || wrong "$(cat "$work/replay.log")"
if "$timelapse" history fetch --output "$work" nobody 2> "$work/nobody" || ! grep -q "nobody" "$work/nobody"; then
    wrong "a workflow that is not there: $(cat "$work/nobody")"
fi
echo "history fetch: 2 runs by id and by query, whole and stripped; well-formed, and replayed"
