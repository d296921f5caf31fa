#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every public function (TL_API) stands in a block of declarations that a comment opens.
set -euo pipefail

tools/lint/sources.sh 'include/timelapse/*.h' | xargs awk '
FNR == 1 { documented = 0; inside = 0 }
inside { if (/\*\//) inside = 0; next }
/^ *\/\*/ { documented = 1; if ($0 !~ /\*\//) inside = 1; next }
/^ *$/ { documented = 0; next }
/^(TL_API|extern [^"])/ {
    if (/^#/) next
    count++
    if (!documented) { bad++; printf "%s:%d: no comment says what this does: %s\n", FILENAME, FNR, $0 }
}
END { printf "note: %d public functions, %d without a comment\n", count, bad; exit bad > 0 }'
