#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A static edition of timelapse-server as a process: it needs no library, names its version, answers GetSystemInfo
# and stops on SIGTERM. Prints the time from exec to the port and to the first answer, and what memory is resident;
# without an emulator that is at most 15 MiB. The time is not judged: other work on the machine would be, too.
#   tests/server/static_edition.sh PROGRAM [EMULATOR]
set -euo pipefail

program=$1
run=("${@:2}" "$program")
work=$(mktemp -d)
pid=
trap '[[ -z $pid ]] || kill -9 "$pid" 2> /dev/null; rm -rf "$work"' EXIT

fail() {
    printf 'static_edition: %s: %s\n' "$program" "$*" >&2
    exit 1
}

now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# An empty request as gRPC frames it: not compressed, no bytes. An answer names what the server can.
ask() {
    printf '\0\0\0\0\0' | curl -sS --max-time 5 --http2-prior-knowledge -o "$work/reply" -D "$work/headers" \
        -H 'content-type: application/grpc' -H 'te: trailers' --data-binary @- \
        "http://127.0.0.1:$1/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo"
    tr -d '\r' < "$work/headers" | grep -qix 'grpc-status: 0' || fail "GetSystemInfo: $(cat "$work/headers")"
    [[ $(stat -c %s "$work/reply") -gt 5 ]] || fail "GetSystemInfo: an empty reply"
}

! readelf -lW "$program" | grep -q INTERP || fail "it asks for a dynamic linker"
[[ $("${run[@]}" --version) =~ ^timelapse-server\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "--version"

mkfifo "$work/port"
from=$(now_us)
"${run[@]}" --port 0 > "$work/port" 2> "$work/log" &
pid=$!
read -r -t 20 port < "$work/port" || fail "no port: $(cat "$work/log")"
opened=$(($(now_us) - from))
ask "$port"
took=$(($(now_us) - from))
memory=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status")

kill -TERM "$pid"
status=0
wait "$pid" || status=$?
pid=
[[ $status == 0 ]] || fail "SIGTERM: exit status $status"

printf '%s: port after %d.%d ms, first answer after %d.%d ms (curl itself included), %d KiB resident\n' "${program##*/}" \
    $((opened / 1000)) $((opened % 1000 / 100)) $((took / 1000)) $((took % 1000 / 100)) "$memory"
[[ $# -gt 1 ]] && exit
[[ $memory -le 15360 ]] || fail "more than 15 MiB resident"
