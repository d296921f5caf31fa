#!/bin/sh
# SPDX-License-Identifier: MIT
# Renames an archive's internal symbols, so that they meet no name of a user's program.
#   tools/privatize.sh ARCHIVE SYMBOLS [USED_SYMBOLS]
# Internal: all global symbols that the archive defines, except tl_*, names with a leading underscore,
# and those of cmocka's that libtimelapse-cmocka stands in front of (cmake/timelapse-cmocka.map). SYMBOLS: written, the names renamed; USED_SYMBOLS: the same of a library it uses.
set -eu
export LC_ALL=C
archive=$1
symbols=$2
shift 2

{
    nm --extern-only --defined-only --format=posix "$archive" | sed -n 's/^\([A-Za-z][A-Za-z0-9_]*\) [A-Z] .*/\1/p' | grep -v -e '^tl_' -e '^cm_print_error$' -e '^print_error$' -e '^cmocka_set_' || true
    cat "$@" /dev/null
} | sort -u > "$symbols"
sed 's/.*/& timelapse__&/' "$symbols" > "$symbols.map"
objcopy --redefine-syms="$symbols.map" "$archive"
rm "$symbols.map"
