#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Functions of more than 70 lines and files of more than 800 fail; the distribution is noted.
set -euo pipefail
export LC_ALL=C

status=0
tools/lint/sources.sh '*.c' '*.h' |
    ctags -x --_xformat='%{line} %{end} %{input} %{name}' --languages=C --map-C=+.h --kinds-C=f -L - -f - |
    awk '$2 ~ /^[0-9]+$/ { print $2 - $1 + 1, $3 ":" $1 ": " $4 }' | sort -n | awk '
        { length_of[NR] = $1; if ($1 > 70) { over++; print $2 " " $3 " has " $1 " lines, more than 70" } }
        END {
            printf "note: %d functions, median %d lines, 95th percentile %d, longest %d\n",
                NR, length_of[int((NR + 1) / 2)], length_of[int(NR * 0.95)], length_of[NR]
            if (length_of[int((NR + 1) / 2)] > 15) { print "the median is more than 15"; over++ }
            if (length_of[int(NR * 0.95)] > 50) { print "the 95th percentile is more than 50"; over++ }
            exit over > 0
        }' || status=1
tools/lint/sources.sh '*.c' '*.h' | xargs wc -l | awk '
        $2 == "total" { next }
        $1 > 400 { long++ }
        $1 > 800 { over++; print $2 " has " $1 " lines, more than 800" }
        END { printf "note: %d files of more than 400 lines\n", long; exit over > 0 }' || status=1
exit $status
