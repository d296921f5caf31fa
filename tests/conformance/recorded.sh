#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The simulator's histories of all scenarios beside those of the real server that are recorded.
#   tests/conformance/recorded.sh JUDGE PROGRAMS WORK
set -euo pipefail
rm -rf "$3"
JUDGE_ADDRESS='' JUDGE_AT_ONCE=2 tests/conformance/run_scenarios.sh "$2" "$3"
"$1" compare "$3" fixtures/histories/real-server
