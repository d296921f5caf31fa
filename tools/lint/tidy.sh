#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# clang-tidy over every C file of the clang build tree, two at a time. A file is looked at again
# only when its preprocessed text, its command or .clang-tidy changed: build/tidy/ keeps the sums of
# those found clean.
#   tools/lint/tidy.sh [FILE...]
set -euo pipefail
export LC_ALL=C
tree=build/clang
clean=build/tidy
mkdir -p "$clean"

# "FILE<tab>COMMAND" a line, from the compile database; generated code is left out.
commands() {
    awk -F'": "' -v root="$PWD/" '
        /^ *"command":/ { command = $2; sub(/",?$/, "", command); gsub(/\\"/, "\"", command) }
        /^ *"file":/ {
            file = $2
            sub(/",?$/, "", file)
            if (index(file, root) != 1) next
            file = substr(file, length(root) + 1)
            if (file !~ /^(build|generated)\//) print file "\t" command
        }' "$tree/compile_commands.json"
}

# The sum that names a file's state: what the compiler sees of it, comments included for NOLINT.
sum_of() { # FILE COMMAND
    local command=${2/ -c / -E -CC -dD }
    {
        cat .clang-tidy
        echo "$2 $(exempt "$1")"
        eval "${command/ -o * -E/ -E}" 2> /dev/null
    } | sha256sum | cut -d' ' -f1
}

# "-check,-check" of what tools/lint/tidy_exempt.txt excuses a file from.
exempt() { # FILE
    awk -v file="$1" '$1 == file || ($1 ~ /\/$/ && index(file, $1) == 1) { printf "%s-%s", sep, $2; sep = "," }' tools/lint/tidy_exempt.txt
}

check_file() { # FILE COMMAND
    local sum
    sum=$(sum_of "$1" "$2")
    [[ ! -e $clean/$sum ]] || return 0
    clang-tidy-14 -p "$tree" --quiet --checks="$(exempt "$1")" "$1" 2> "$clean/err.$$" | sed "s|$PWD/||g; s|build/clang/include/[a-z_]*/||g"
    local status=${PIPESTATUS[0]}
    if [[ $status == 0 ]]; then
        touch "$clean/$sum"
    else
        grep -v 'warnings generated\|warnings treated as\|^Suppressed\|^Use -header' "$clean/err.$$" || true
    fi
    rm -f "$clean/err.$$"
    return "$status"
}

if [[ ${1:-} == --one ]]; then
    check_file "${2%%$'\t'*}" "${2#*$'\t'}"
    exit
fi

wanted=("$@")
select_wanted() {
    if [[ ${#wanted[@]} == 0 ]]; then
        cat
    else
        grep -F "$(printf '%s\t\n' "${wanted[@]}")"
    fi
}

find "$clean" -name 'err.*' -delete
commands | select_wanted | tr '\n' '\0' | xargs -0 -r -P 2 -n 1 "$0" --one
