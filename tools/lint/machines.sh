#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/machines is what tools/machines.c writes today; ./dev docs brings it up to date.
set -euo pipefail

cmake --build --preset release --target machines > /dev/null
rm -rf build/machines
build/release/tools/machines build/machines
diff -ru docs/machines build/machines || {
    echo "docs/machines is out of date: run ./dev docs"
    exit 1
}
