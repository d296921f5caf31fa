#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Everything that must hold before a change lands; ./dev ci. Stages go on when one fails; what failed
# is shown at the end, above the line of totals, which sums the test cases of all builds and counts
# every other stage as one.
set -uo pipefail
source tools/step.sh
STEP_TAIL=0 # what failed is shown at the end

passed=0 failed=0 skipped=0
failures=()

# stage NAME TEXT COMMAND...
stage() {
    if step "ci-$1" "${@:2}"; then
        passed=$((passed + 1))
    else
        failures+=("$1")
        failed=$((failed + 1))
    fi
}

# test_stage PRESET TEXT COMMAND...: adds the preset's test cases instead.
test_stage() {
    local p f s
    rm -f "build/$1/totals"
    if step "ci-$1" "${@:2}" && [[ -e build/$1/totals ]]; then
        :
    else
        failures+=("$1")
    fi
    if read -r p f s 2> /dev/null < "build/$1/totals"; then
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    else
        failed=$((failed + 1))
    fi
}

from=$(now_ms)
stage setup "set-up: packages, API schema, configuration" ./dev setup
test_stage release "the README's test command: ./dev test" ./dev test
stage lint "lint" ./dev lint
test_stage asan "tests with address, leak and undefined behaviour sanitizers" ./dev asan
test_stage clang "tests built by clang" ./dev clang
test_stage tsan "what has threads, with the thread sanitizer" ./dev tsan
test_stage no-grpc "without gRPC" ./dev test no-grpc -R '^(programs|config|worker)/'
# What the real server and the Go SDK say; ./dev conformance fails where Go is not there.
stage envconfig "environment and files, read as the Go SDK does" ./dev conformance envconfig
stage real-server "the order saga and every scenario on the real server, compared and recorded" ./dev conformance real-server
stage calls "every call of the client, to the real server" ./dev conformance calls
stage bad-input "connections, keys and sizes as they should not be" ./dev conformance bad-input
stage interop "clients and workers of ours and the Go SDK's together" ./dev conformance interop
stage sdks "timelapse-server under the official SDKs' own test environments" ./dev conformance sdks
stage static "timelapse-server as one file, for x86-64" ./dev static
stage static-aarch64 "and for aarch64, in an emulator" ./dev static aarch64
stage killing "workers and servers killed, connections cut" ./dev conformance killing
stage mutants "mutants: faults that the tests must see" ./dev mutants
# xargs goes on when a program fails, and fails at its end.
stage memory "allocations of all scenarios fail in turn" env TIMELAPSE_VARIANT=memory TIMELAPSE_EXHAUSTIVE=1 \
    bash -c "printf '%s\\0' build/release/tests/scenarios/test_* | xargs -0 -n 1 -P 2 env"
stage random-steps "1,000,000 random steps with the oracles on, and twice the same" \
    env TIMELAPSE_RANDOM_STEPS=1000000 build/release/tests/sim/test_random_steps
stage recordings "recordings of gcc's and clang's builds replay in each other" \
    tools/check_recordings.sh build/release build/clang
stage fuzz "fuzzers, ${FUZZ_SECONDS:-60} s each" ./dev fuzz "${FUZZ_SECONDS:-60}"
stage gate "instructions of a unit test (callgrind)" ./dev gate
stage demo "the demo" ./dev demo
stage consumer "a project against the installed package" ./dev consumer

for name in ${failures[@]+"${failures[@]}"}; do
    printf '\n==== %s failed; the end of build/log/ci-%s.log:\n' "$name" "$name"
    tail -n 100 "build/log/ci-$name.log"
done
printf '\nci took %s\n' "$(seconds $(($(now_ms) - from)))"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[[ $failed == 0 && ${#failures[@]} == 0 ]]
