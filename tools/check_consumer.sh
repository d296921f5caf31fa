#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs a built tree and builds tests/consumer against it, as a user's project does: by CMake and
# by pkg-config, shared and static, and runs it. The installed tree is moved first: nothing may
# depend on where it was.
#   tools/check_consumer.sh BUILD_TREE WORK
set -euo pipefail
tree=$1
mkdir -p "$2"
work=$(cd "$2" && pwd)
source=$PWD/tests/consumer
sources=("$source"/*.c)

rm -rf "$work"/{stage,prefix,build-*,pc-*}
DESTDIR=$work/stage cmake --install "$tree" --prefix /usr/local > "$work/install.log"
[[ $(ls "$work/stage") == usr ]] || { echo "the install wrote outside of its prefix: $(ls "$work/stage")"; exit 1; }
mv "$work/stage/usr/local" "$work/prefix"
prefix=$work/prefix
! grep -rlF "$PWD" "$prefix" --include='*.cmake' --include='*.pc' --include='*.h' ||
    { echo "the installed package names the source tree"; exit 1; }

export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name timelapse.pc)")
libdir=$(dirname "$PKG_CONFIG_PATH")

run() { # NAME PROGRAM
    echo "== $1"
    (cd "$source" && LD_LIBRARY_PATH="$libdir" "$2")
}

for linkage in shared static; do
    static=OFF
    [[ $linkage == shared ]] || static=ON
    cmake -S "$source" -B "$work/build-$linkage" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCONSUMER_STATIC=$static > "$work/configure.log" ||
        { cat "$work/configure.log"; exit 1; }
    cmake --build "$work/build-$linkage"
    run "CMake, $linkage" "$work/build-$linkage/consumer"
    [[ ! -e $work/build-$linkage/connect ]] || run "CMake, $linkage, connections" "$work/build-$linkage/connect"
done
(cd "$work/build-shared" && ctest --output-on-failure)

# link OUTPUT LIBRARIES SOURCE...: as a user types it, with pkg-config's words read by the shell.
link() {
    local output=$1 libraries=$2
    shift 2
    eval "cc -std=c11 -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags timelapse-cmocka) \
        $(printf '%q ' "$@") -o $(printf '%q' "$work/$output") $libraries"
}

shared=$(pkg-config --libs timelapse-cmocka)
link pc-shared "$shared" "${sources[@]}"
run "pkg-config, shared" "$work/pc-shared"
# Archives beside shared objects are taken by their file names; dependencies stay shared.
link pc-static "$(pkg-config --static --libs timelapse-cmocka | sed -E 's/-l(timelapse[a-z-]*)/-l:lib\1.a/g')" "${sources[@]}"
run "pkg-config, static" "$work/pc-static"
! readelf -d "$work/pc-static" | grep -q 'NEEDED.*timelapse' || { echo "pc-static still needs the shared libraries"; exit 1; }

if [[ -e $PKG_CONFIG_PATH/timelapse-grpc.pc ]]; then
    link pc-grpc "$(pkg-config --libs timelapse-grpc)" "$source/grpc/connect.c"
    run "pkg-config, shared, connections" "$work/pc-grpc"
    link pc-grpc-static "$(pkg-config --static --libs timelapse-grpc | sed -E 's/-l(timelapse[a-z-]*)/-l:lib\1.a/g')" "$source/grpc/connect.c"
    run "pkg-config, static, connections" "$work/pc-grpc-static"
fi

# The README's first test, as it stands there.
awk '/^```c$/ { inside = 1; next } /^```/ { if (inside) exit } inside' README.md > "$work/readme.c"
link pc-readme "$shared" "$work/readme.c"
run "the README's first test" "$work/pc-readme"

# The examples are projects of their own, too.
for example in examples/*/; do
    [[ -e ${example}CMakeLists.txt ]] || continue
    name=$(basename "$example")
    cmake -S "$example" -B "$work/build-$name" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DTIMELAPSE_FIXTURES="$PWD" > "$work/configure.log" ||
        { cat "$work/configure.log"; exit 1; }
    cmake --build "$work/build-$name"
    (cd "$work/build-$name" && ctest --output-on-failure)
done
