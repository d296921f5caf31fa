#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All scripts through shellcheck, where it is installed; else their syntax alone.
set -euo pipefail

mapfile -t scripts < <(tools/lint/sources.sh '*.sh' dev .ci/run)
if command -v shellcheck > /dev/null; then
    shellcheck --external-sources --severity=warning --exclude=SC1091 "${scripts[@]}"
else
    echo "note: shellcheck is not installed; only the syntax was checked"
    for script in "${scripts[@]}"; do
        bash -n "$script"
    done
fi
