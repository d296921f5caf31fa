#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every mutant fits the code it changes: who edits that code sees it here, not when all of them are run.
exec tools/mutants.sh --fit
