#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shows that the tests see faults: applies each committed mutant of tools/mutants/ to a copy of the
# tree, builds the test it names, and expects that test to fail.
#   tools/mutants.sh [NAME...]
#   tools/mutants.sh --fit      says which do not fit the tree, and builds nothing
# A NAME is a file's, with or without the mutant's own: h05, command_checks, command_checks/timer_id.
# Copies and their builds are kept in build/mutants/; tools/mutants/README.md says how to write one.
set -euo pipefail
export LC_ALL=C.UTF-8
source tools/step.sh
work=$PWD/build/mutants slots=2 limit=60

# ---- The mutants ----

# One file for each in $work/list, its header before its diff: FILE, or FILE--NAME where a file has several.
split_mutants() {
    rm -rf "$work/list" && mkdir -p "$work/list"
    awk -v list="$work/list" '
        FNR == 1 { file = FILENAME; sub(/.*\//, "", file); sub(/\.patch$/, "", file); out = list "/" file }
        /^Mutant: / { out = list "/" file "--" $2 }
        { print > out }' tools/mutants/*.patch
}

# The names asked for, all without an argument.
chosen() {
    local file name wanted
    for file in "$work/list"/*; do
        name=${file##*/} name=${name/--//}
        for wanted in "${@:-$name}"; do
            [[ $name == "$wanted" || $name == "$wanted"/* ]] && echo "$name" && break
        done
    done
}

file_of() { echo "$work/list/${1/\//--}"; }

# header NAME FIELD
header() { sed -n "s/^$2: *//p" "$(file_of "$1")" | head -n 1; }

# "sim/test_timer" of "sim/test_timer fires_once"
test_of() { header "$1" Test | cut -d ' ' -f 1; }
function_of() { header "$1" Test | cut -s -d ' ' -f 2; }
apply() { patch -p1 -s -f -F1 --no-backup-if-mismatch "${@:2}" < "$(file_of "$1")"; }
target_of() { echo "${1//[\/-]/_}"; }

# ---- A slot: a copy of the tree and its build ----

sums() { xargs -0 sha256sum -- | sort; }

# Copies what differs, and only that: a copied file is new to the build.
copy_tree() {
    local tree=$1 file
    mkdir -p "$tree"
    git ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do [[ ! -f $file ]] || printf '%s\0' "$file"; done | sums > "$tree.want"
    (cd "$tree" && find . -type f -printf '%P\0' | sums) > "$tree.have"
    comm -13 "$tree.want" "$tree.have" | cut -c 67- | (cd "$tree" && xargs -r -d '\n' rm -f)
    comm -23 "$tree.want" "$tree.have" | cut -c 67- | tr '\n' '\0' | tar -cm --null -T - | tar -xm -C "$tree"
}

configure() {
    [[ -e $1/build/build.ninja ]] || cmake -S "$1/tree" -B "$1/build" -G Ninja -DCMAKE_BUILD_TYPE= \
        -DCMAKE_C_FLAGS="-O0 -w" -DTIMELAPSE_DEVELOPER=OFF
}

# run_test SLOT TEST: its output goes to SLOT/test.log.
run_test() {
    (cd "$1/tree" && timeout "$limit" "$1/build/tests/$2") > "$1/test.log" 2>&1
}

# Without a fault every test passes: else its failing would show nothing.
check_unchanged() {
    local slot=$1 tests=() targets=() test
    shift
    mapfile -t tests < <(for name in "$@"; do test_of "$name"; done | sort -u)
    for test in "${tests[@]}"; do targets+=("$(target_of "$test")"); done
    ninja -C "$slot/build" -j1 "${targets[@]}" || return 1
    for test in "${tests[@]}"; do
        run_test "$slot" "$test" || { tail -n 20 "$slot/test.log"; echo "$test fails without any mutant"; return 1; }
    done
}

# ---- One mutant ----

changed_files() { sed -n 's/^+++ b\/\([^\t]*\).*/\1/p' "$1"; }

# What the patch changes is kept beside the tree, and put back as new files.
keep() {
    rm -rf "$1/kept" && mkdir "$1/kept"
    changed_files "$2" | (cd "$1/tree" && xargs -r -d '\n' cp --parents -t "$1/kept")
}

restore() {
    changed_files "$2" | sed 's/$/.rej/' | (cd "$1/tree" && xargs -r -d '\n' rm -f)
    cp -R "$1/kept/." "$1/tree/"
}

# The named function failed, plain or in a variant ("... over the wire"), or the program died in it.
saw_it() {
    [[ -z $2 ]] || grep -Eq "^\[  FAILED  \] $2( |$)" "$1/test.log" ||
        grep '^\[ RUN      \]' "$1/test.log" | tail -n 1 | grep -Eq " $2( |$)"
}

verdict() {
    local slot=$1 name=$2 patch
    patch=$(file_of "$name")
    keep "$slot" "$patch" 2> "$slot/patch.log" || { echo "does not apply"; return; }
    apply "$name" -d "$slot/tree" > "$slot/patch.log" 2>&1 ||
        { echo "does not apply"; return; }
    ninja -C "$slot/build" -j1 "$(target_of "$(test_of "$name")")" > "$slot/build.log" 2>&1 ||
        { echo "does not build"; return; }
    if run_test "$slot" "$(test_of "$name")" || ! saw_it "$slot" "$(function_of "$name")"; then
        echo "SURVIVED"
    else
        echo "killed"
    fi
}

# run_slot NUMBER NAME...
run_slot() {
    local slot=$work/$1 name result
    shift
    mkdir -p "$slot"
    { copy_tree "$slot/tree" && configure "$slot" && check_unchanged "$slot" "$@"; } > "$slot/setup.log" 2>&1 ||
        { tail -n 30 "$slot/setup.log"; return 1; }
    for name in "$@"; do
        result=$(verdict "$slot" "$name")
        restore "$slot" "$(file_of "$name")"
        printf '%-14s  %s: %s\n' "$result" "$name" "$(header "$name" Shows)" | tee -a "$work/results"
        case $result in
            "does not apply") cat "$slot/patch.log" ;;
            "does not build") tail -n 20 "$slot/build.log" ;;
        esac
    done
}

# ---- All ----

mkdir -p "$work"
exec 9> "$work/lock" && flock 9 # one at a time: the slots are shared
split_mutants
fit_only=no
[[ ${1-} != --fit ]] || { fit_only=yes && shift; }
mapfile -t names < <(chosen "$@")
[[ ${#names[@]} -gt 0 ]] || { say "there is no mutant of that name"; exit 1; }
for name in "${names[@]}"; do
    [[ $(test_of "$name") == */* ]] || { say "$name names no test"; exit 1; }
done
if [[ $fit_only == yes ]]; then
    misfits=0
    for name in "${names[@]}"; do
        apply "$name" --dry-run > /dev/null || { echo "$name does not fit"; misfits=$((misfits + 1)); }
    done
    exit $((misfits > 0))
fi

from=$(now_ms) workers=()
: > "$work/results"
for ((slot = 0; slot < slots; slot++)); do
    part=()
    for ((i = slot; i < ${#names[@]}; i += slots)); do part+=("${names[i]}"); done
    [[ ${#part[@]} == 0 ]] || { run_slot "$slot" "${part[@]}" & workers+=($!); }
done
broken=0
for worker in "${workers[@]}"; do wait "$worker" || broken=1; done

count() { grep -c "^$1" "$work/results" || true; }
killed=$(count killed)
say "$killed killed, $(count SURVIVED) survived, $(count 'does not apply') do not apply," \
    "$(count 'does not build') do not build; $(seconds $(($(now_ms) - from)))"
[[ $broken == 0 && $killed == "${#names[@]}" ]]
