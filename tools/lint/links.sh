#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Relative links of *.md lead somewhere, every `./dev verb` they name exists, and so do the tests that docs/ names.
set -euo pipefail
status=0

complain() {
    echo "$*"
    status=1
}

for document in $(tools/lint/sources.sh '*.md'); do
    folder=$(dirname "$document")
    while read -r target; do
        [[ -z $target || -e $folder/$target ]] || complain "$document: there is no $target"
    done < <(grep -oE '\]\([^)]*\)' "$document" | sed -E 's/^\]\(//; s/\)$//; s/#.*//' | grep -vE '^(https?:|mailto:)' || true)
    while read -r verb; do
        grep -q "^verb_$verb()" dev tests/conformance/verbs.sh || complain "$document: ./dev has no verb $verb"
    done < <(grep -oE '\./dev [a-z]+' "$document" | cut -d' ' -f2 | sort -u || true)
done

# A test is a function, or a rule of tests/env/test_determinism.c, which makes two of it.
for document in docs/TRAPS.md docs/DETERMINISM.md; do
    while read -r name; do
        grep -rqE --include='*.c' "^static void $name\(|^RULE\($name\)" tests ||
            complain "$document: there is no test $name"
    done < <(grep -oE '`[a-z0-9]+(_[a-z0-9]+){3,}`|test `[a-z0-9_]+`' "$document" | sed 's/^test //' | tr -d '`' | sort -u)
done
exit $status
