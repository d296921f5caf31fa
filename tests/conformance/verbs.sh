# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by ./dev: what it can conform to, a function conformance_WHAT each.

# go_program NAME TEXT: builds tests/conformance/NAME.
go_program() {
    step "conformance-$1" "building $2" go -C "tests/conformance/$1" build -o "$PWD/build/conformance/$1" .
}

# beside_real_server COMMAND...: with a real server of its own.
beside_real_server() {
    go_program realserver "the real server"
    tests/conformance/with_real_server.sh build/conformance/realserver build/conformance/work "$@"
}

conformance_envconfig() {
    build release conformance-read-config
    go_program envconfig "the Go SDK's reader"
    say "reading environments and files as the Go SDK does"
    build/conformance/envconfig "$@" build/release/conformance/read-config
}

conformance_real_server() {
    build release order_saga_worker place_order conformance-scenarios conformance-compare-histories
    beside_real_server tests/conformance/order_saga.sh build/release/examples/order_saga
    beside_real_server tests/conformance/scenarios.sh build/release/conformance/scenarios build/conformance/work "$@"
}

# verb_conformance WHAT [ARG...]
verb_conformance() {
    local what=conformance_${1:-} known
    known=$(declare -F | sed -n 's/^declare -f conformance_//p' | tr _ - | paste -sd' ')
    declare -F "${what//-/_}" > /dev/null || fail "conformance of what? $known"
    command -v go > /dev/null || fail "conformance needs Go (go.mod says which)"
    "${what//-/_}" "${@:2}"
}
