# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by ./dev: what it can conform to, a function conformance_WHAT each.

real_recordings=fixtures/histories/real-server

# go_program NAME TEXT: builds tests/conformance/NAME.
go_program() {
    command -v go > /dev/null || fail "this needs Go (tests/conformance/$1/go.mod says which)"
    step "conformance-$1" "building $2" go -C "tests/conformance/$1" build -o "$PWD/build/conformance/$1" .
}

# beside_real_server COMMAND...: with a real server of its own.
beside_real_server() {
    go_program realserver "the real server"
    export -f orders
    tests/conformance/with_real_server.sh build/conformance/realserver build/conformance/work "$@"
}

conformance_envconfig() {
    build release conformance-read-config
    go_program envconfig "the Go SDK's reader"
    say "reading environments and files as the Go SDK does"
    build/conformance/envconfig "$@" build/release/conformance/read-config
}

# scenarios_on SERVER OUT [PROGRAM...]: SERVER is `simulator` or `real`, of which each program has one of its own.
scenarios_on() {
    local server=
    [[ $1 != real ]] || server=build/conformance/realserver
    JUDGE_SERVER=$server tests/conformance/run_scenarios.sh build/release/conformance/scenarios "${@:2}"
}

# Every scenario on both, or those of some programs; what is recorded besides.
compare_scenarios() {
    local work=build/conformance/work status=0 again
    say "every scenario on the simulator and on the real server"
    rm -rf "$work/simulator" "$work/real"
    scenarios_on simulator "$work/simulator" "$@"
    scenarios_on real "$work/real" "$@"
    # On a loaded machine a server's world may seem to rest when it does not: what differs is asked once more, alone.
    mapfile -t again < <(build/release/conformance/judge compare "$work/simulator" "$work/real" "$@" |
        sed -n 's|^\(test_[a-z_]*\)/.*: DIFFERS.*|\1|p' | sort -u)
    [[ ${#again[@]} == 0 ]] || JUDGE_AT_ONCE=1 scenarios_on real "$work/real" "${again[@]}"
    build/release/conformance/judge compare "$work/simulator" "$work/real" "$@" || status=1
    [[ $# -gt 0 ]] || build/release/conformance/judge repeats "$real_recordings" "$work/real" || status=1
    return $status
}

# The order saga, and its histories fetched.
orders() {
    tests/conformance/order_saga.sh build/release/examples/order_saga
    tests/conformance/fetch.sh build/release/examples/order_saga build/bin/timelapse build/conformance/fetched
}

conformance_orders() {
    build release order_saga_worker place_order order_saga_replay timelapse-program
    beside_real_server orders
}

conformance_real_server() {
    build release conformance-scenarios conformance-judge conformance-probe
    if [[ $# == 0 ]]; then
        conformance_orders
        beside_real_server build/release/conformance/probe
    fi
    go_program realserver "the real server"
    compare_scenarios "$@"
}

# What is listed in differences.def is not recorded, and not run. TIMES is 20 unless it is set.
conformance_record() {
    local runs=() kept=build/conformance/runs i
    build release conformance-scenarios conformance-judge
    go_program realserver "the real server"
    rm -rf "$kept"
    for ((i = 1; i <= ${TIMES:-20}; i++)); do
        JUDGE_LISTED=build/release/conformance/judge scenarios_on real "$kept/$i" "$@"
        runs+=("$kept/$i")
    done
    mkdir -p "$real_recordings"
    build/release/conformance/judge accept "$real_recordings" "${runs[@]}"
}

# Every call of the client, by several threads at once.
conformance_calls() {
    build release conformance-calls
    beside_real_server tests/conformance/calls.sh build/release/conformance/calls
}

conformance_bad_input() {
    build release conformance-bad-input timelapse-program
    beside_real_server tests/conformance/bad_input.sh build/release/conformance/bad-input build/bin/timelapse \
        build/conformance/bad-input
}

conformance_coverage() {
    build release conformance-judge
    build/release/conformance/judge coverage "$real_recordings"
}

conformance_fidelity() {
    build release conformance-judge
    build/release/conformance/judge document docs/FIDELITY.md
}

# [--kills N] [--for DURATION] [--seed N]; without: the edition for continuous integration, two minutes in all.
conformance_killing() {
    build release killing_worker killing_client killing_replay timelapse-program
    go_program realserver "the real server"
    go_program killer "what kills"
    build/conformance/killer --server build/conformance/realserver --programs build/release/conformance/killing \
        --timelapse build/bin/timelapse --work build/conformance/killing "$@"
}

conformance_interop() {
    build release conformance-peer timelapse-program
    go_program interop "the Go SDK's half"
    beside_real_server build/conformance/interop build/release/conformance/peer build/bin/timelapse \
        build/conformance/interoperated
}

# sdk NAME: timelapse-server under that SDK; what it says goes to a log, without the server's own lines.
sdk() {
    "tests/conformance/$1/run.sh" build/bin/timelapse-server "build/conformance/$1" 2>&1 |
        grep -v '^[0-9T:.Z-]* info ' > "build/conformance/$1.log"
    return "${PIPESTATUS[0]}"
}

# timelapse-server under the official SDKs, each used as its users would: those that are named, all without a name. They
# run side by side, for they wait more than they work. Cases have five seconds each, which on a loaded machine may be too
# little for a JVM: an SDK with a case that failed is asked once more, alone, and both times are told.
conformance_sdks() {
    local name status=0 running=() again=()
    [[ $# -gt 0 ]] || set -- python go java typescript
    build release timelapse-server
    mkdir -p build/conformance
    for name in "$@"; do
        sdk "$name" &
        running+=($!)
    done
    for name in "$@"; do
        local failed=0
        wait "${running[0]}" || failed=1
        running=("${running[@]:1}")
        say "timelapse-server under the SDK of $name"
        cat "build/conformance/$name.log"
        [[ $failed == 0 ]] || again+=("$name")
    done
    for name in ${again[@]+"${again[@]}"}; do
        say "once more, alone, under the SDK of $name"
        sdk "$name" || status=1
        cat "build/conformance/$name.log"
    done
    return $status
}

# verb_conformance WHAT [ARG...]
verb_conformance() {
    local what=conformance_${1:-} known
    known=$(declare -F | sed -n 's/^declare -f conformance_//p' | tr _ - | paste -sd' ')
    declare -F "${what//-/_}" > /dev/null || fail "conformance of what? $known"
    "${what//-/_}" "${@:2}"
}
