#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All checks of the sources, or those named: tools/lint/run.sh [CHECK...]. Run from the root after a
# release build (symbols, calls and machines look at what was built).
set -euo pipefail
source tools/step.sh

checks="layers words docs links snippets sizes scripts format headers symbols calls state machines mutants tidy"

text_of() {
    case $1 in
        layers) echo "#include lines against the table of layers" ;;
        words) echo "SPDX lines, unfinished work, paths of a machine" ;;
        docs) echo "a comment before every public function" ;;
        links) echo "links and verbs named in the documents" ;;
        snippets) echo "what README.md shows is what is executed" ;;
        sizes) echo "functions of 70 lines, files of 800" ;;
        scripts) echo "shell scripts (shellcheck)" ;;
        format) echo "format (clang-format)" ;;
        headers) echo "every header compiles alone, installed ones as C++ too" ;;
        symbols) echo "exported symbols and linked libraries" ;;
        calls) echo "calls that a core may not make" ;;
        state) echo "variables that a core may not keep" ;;
        machines) echo "docs/machines are up to date" ;;
        mutants) echo "every mutant fits the code it changes" ;;
        tidy) echo "clang-tidy" ;;
        *) return 1 ;;
    esac
}

failed=0
read -ra all <<< "$checks"
[[ ${1:-all} != all ]] || set -- "${all[@]}"
for check in "$@"; do
    text=$(text_of "$check") || { say "there is no check '$check'; there are: $checks" >&2; exit 1; }
    step "lint-$check" "lint $check: $text" "tools/lint/$check.sh" || failed=1
    # A check's last line may carry a figure worth seeing.
    [[ $check == tidy ]] || grep -h "^note: [0-9s]" "$step_logs/lint-$check.log" || true
done
exit $failed
