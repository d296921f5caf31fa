# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by ./dev and the scripts it calls: commands run quietly, one line each.

step_logs=${step_logs:-build/log}

say() { printf '%s\n' "$*"; }
now_ms() { local us=${EPOCHREALTIME/[.,]/}; printf '%s' $((us / 1000)); }
seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# step NAME TEXT COMMAND...: prints TEXT, runs the command into build/log/NAME.log, prints its time.
# When it fails, the end of what it printed follows.
step() {
    local name=$1 text=$2 from status=0
    shift 2
    mkdir -p "$step_logs"
    printf '%s ... ' "$text"
    from=$(now_ms)
    "$@" > "$step_logs/$name.log" 2>&1 < /dev/null || status=$?
    if [[ $status == 0 ]]; then
        seconds $(($(now_ms) - from))
        printf '\n'
    else
        printf 'FAILED after %s; the end of %s:\n' "$(seconds $(($(now_ms) - from)))" "$step_logs/$name.log"
        tail -n "${STEP_TAIL:-60}" "$step_logs/$name.log" # not exported: one level alone
    fi
    return $status
}
