#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The libraries keep no state of their own: their object files have no writable variable that is not listed
# in tools/lint/state.txt. Counters of taken machine rows (<name>_hits) are expected.
set -euo pipefail
export LC_ALL=C
tree=build/release

(cd "$tree" && find base model worker sim -name '*.c.o' -print0 |
    xargs -0 nm --defined-only --print-file-name --format=sysv) |
    sed -nE 's#^(.*/)?([a-z_]+)/CMakeFiles/[^/]*\.dir/(.*)\.c\.o:([^ |]+) *\|.*\|(\.t?bss|\.t?data)(\.[^|]*)?$#\1\2/\3 \4 \5\6#p' |
    awk '
FILENAME != "-" {
    if ($0 ~ /^#/ || NF == 0) next
    for (i = 2; i <= NF && $i != "#"; i++) expected[$1 " " $i] = 1
    next
}
$3 ~ /^\.data\.rel\.ro/ || $2 ~ /_hits(\.[0-9]+)?$/ { next }
{
    name = $2
    sub(/\.[0-9]+$/, "", name) # a static of a function
    if (!(($1 " " name) in expected)) {
        printf "%s.c keeps state in the variable %s\n", $1, name
        bad++
    }
}
END { exit bad > 0 }' tools/lint/state.txt -
