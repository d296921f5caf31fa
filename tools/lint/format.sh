#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# clang-format over all C files; .def tables are aligned by hand. With --fix, in place.
set -euo pipefail

mode=(--dry-run --Werror)
[[ ${1:-} != --fix ]] || mode=(-i)
tools/lint/sources.sh '*.c' '*.h' | xargs -r -P 2 -n 40 clang-format-14 --style=file "${mode[@]}"
