#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Calls that tools/lint/calls.txt forbids, found in the object files of the release build.
set -euo pipefail
export LC_ALL=C
tree=build/release

# "FOLDER/FILE SYMBOL" for every undefined symbol: base/map memcpy, sim/env/cmocka/asserts dlsym.
(cd "$tree" && find base model worker sim programs tests examples -name '*.c.o' -print0 2> /dev/null |
    xargs -0 nm --undefined-only --print-file-name --format=posix) |
    sed -nE 's|^(.*/)?([a-z_]+)/CMakeFiles/[^/]*\.dir/(.*)\.c\.o: ([^ ]+) U.*|\1\2/\3 \4|p' |
    sed -E 's/@[^ ]*$//' | awk '
BEGIN {
    folders["CORE"] = "^(base|model|worker|sim/service|sim/machines|sim/commands|sim/frontend)/"
    folders["WIRE"] = "^worker/(transport|threads)/"
    folders["SERVER"] = "^sim/server/"
    folders["ENV"] = "^sim/env/"
    folders["ALL"] = "^(base|model|worker|sim|tests)/"
}
FILENAME != "-" {
    if ($0 ~ /^#/ || NF == 0) next
    rules++
    calls[rules] = "^(__)?(" $1 ")(_chk)?$"
    where[rules] = folders[$2]
    core[rules] = $2 == "CORE"
    except[rules] = " "
    for (i = 3; i <= NF; i++) except[rules] = except[rules] $i " "
    next
}
{
    count++
    for (i = 1; i <= rules; i++) {
        if ($2 ~ calls[i] && $1 ~ where[i] && !(core[i] && $1 ~ folders["WIRE"]) && index(except[i], " " $1 " ") == 0) {
            printf "%s.c may not call %s\n", $1, $2
            bad++
        }
    }
}
END { if (count == 0) { print "no object files in build/release"; exit 1 } exit bad > 0 }' tools/lint/calls.txt -
