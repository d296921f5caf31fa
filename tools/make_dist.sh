#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes build/timelapse-VERSION.tar.gz of the committed tree with the generated sources in
# generated/, so that it builds without npm, protoc and network.
#   tools/make_dist.sh GENERATED
set -euo pipefail
generated=$1
version=$(sed -n 's/^ *VERSION \([0-9.]*\)$/\1/p' CMakeLists.txt)
name=timelapse-$version
tree=build/dist/$name

rm -rf build/dist
mkdir -p "$tree/generated"
git archive HEAD | tar -x -C "$tree"
cp -R "$generated"/. "$tree/generated"
rm -f "$tree"/generated/stamp-* "$tree/generated/sources.txt"
# The same commit gives the same bytes.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
    -C build/dist -c "$name" | gzip -n > "build/$name.tar.gz"
rm -rf build/dist
echo "build/$name.tar.gz"
