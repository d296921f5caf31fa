#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX lines, and what tools/lint/words.txt forbids.
set -euo pipefail
status=0

# The licence line stands in the first line, or the second after #!.
while read -r file; do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: MIT' || {
        echo "$file: no SPDX line at its head"
        status=1
    }
done < <(tools/lint/sources.sh '*.c' '*.h' '*.def' '*.sh' '*.cmake' '*CMakeLists.txt' '*.awk' dev .ci/run)

while IFS=$'\t' read -r pattern reason; do
    [[ -n $pattern && $pattern != '#'* ]] || continue
    while read -r hit; do
        echo "$hit   ($reason)"
        status=1
    done < <(tools/lint/sources.sh '*.c' '*.h' '*.def' '*.sh' '*.md' '*.cmake' '*.json' '*CMakeLists.txt' dev .ci/run |
        grep -v '^fixtures/' | xargs grep -nIiE "$pattern" /dev/null || true)
done < tools/lint/words.txt
exit $status
