#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each header compiles as the first thing a file includes: the project's with the include path of
# the tests, installed ones with include/ alone, as C11 and as C++17.
set -euo pipefail

warnings=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only)
# Expanded by those who define MACHINE first, not included for itself.
exempt='^base/machine_define\.h$'

# compile_each COMMAND...: gives the compiler a file that includes the header, for each one read.
compile_each() {
    # shellcheck disable=SC2016
    xargs -r -P 2 -I '{}' sh -c 'printf "#include \"%s\"\nextern int not_empty;\n" "$0" | "$@" - || { echo "$0 does not compile alone: $*"; exit 1; }' '{}' "$@"
}

status=0
tools/lint/sources.sh '*.h' | grep -vE "$exempt|^include/|^examples/|^tests/consumer/|^sim/env/|^tools/|^programs/" |
    compile_each gcc -x c -std=c11 -D_GNU_SOURCE "${warnings[@]}" -Wno-overlength-strings \
        -Ibuild/release/include/tests -Iinclude -isystem build/release/generated || status=1
tools/lint/sources.sh 'sim/env/*.h' | compile_each gcc -x c -std=c11 -D_GNU_SOURCE "${warnings[@]}" \
    -Ibuild/release/include/sim_env -Iinclude || status=1
tools/lint/sources.sh 'include/timelapse/*.h' | sed 's|^include/||' > build/installed_headers
compile_each gcc -x c -std=c11 "${warnings[@]}" -Iinclude < build/installed_headers || status=1
compile_each g++ -x c++ -std=c++17 "${warnings[@]}" -Iinclude < build/installed_headers || status=1
exit $status
