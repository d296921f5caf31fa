#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Lists the project's files of the given patterns, one a line: those of git, tracked or new; in a
# release tarball, all that is neither built nor generated.
#   tools/lint/sources.sh '*.c' '*.h'
set -euo pipefail
export LC_ALL=C

if git rev-parse --is-inside-work-tree > /dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "$@" | sort | while read -r file; do
        [[ -e $file ]] && echo "$file"
    done
else
    names=()
    for pattern in "$@"; do
        names+=(-o -path "./$pattern")
    done
    find . -path ./build -prune -o -path ./generated -prune -o -type f \( "${names[@]:1}" \) -print |
        sed 's|^\./||' | sort
fi
