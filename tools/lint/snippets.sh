#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What stands between "README begins" and "README ends" in a file that is executed stands in README.md, less indented.
set -euo pipefail

# The lines between the marks, without the first one's indentation.
marked() {
    awk '/README ends/ { inside = 0 }
         inside { if (!dented) { match($0, /^[ \t]*/); dented = 1; width = RLENGTH } print substr($0, width + 1) }
         /README begins/ { inside = 1 }' "$1"
}

status=0 count=0
readme=$(< README.md)
while read -r file; do
    count=$((count + 1))
    snippet=$(marked "$file")
    [[ -n $snippet && $readme == *"$snippet"* ]] || {
        echo "$file: what it marks for README.md does not stand there"
        status=1
    }
done < <(grep -rlE '(//|#) README begins' tests/conformance --include='*.py' --include='*.js' --include='*.go' --include='*.java')
[[ $count -ge 6 ]] || { echo "README.md shows too few of the files that are executed: $count"; status=1; }
exit $status
