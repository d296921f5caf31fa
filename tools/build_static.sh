#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timelapse-server as one file that needs no library: build/static/timelapse-server-ARCH.
#   tools/build_static.sh x86-64|aarch64
# aarch64 is built by Debian's cross compiler, on libraries unpacked into build/static/sysroot: none is installed.
set -euo pipefail
source tools/step.sh

arch=${1:-x86-64}
tree=build/static/$arch
sysroot=$PWD/build/static/sysroot
# What the server links; elfutils' headers are compiled against, and none of it is linked.
libraries="libnghttp2-dev libuv1-dev libssl-dev zlib1g-dev libprotobuf-c-dev libboost-context1.74-dev libboost1.74-dev
    libdw-dev libelf-dev"

# apt-get for arm64 with lists of its own, so that the machine's own are left as they are.
arm64_apt() {
    local state=$sysroot/apt
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    touch "$state/status"
    (cd "$state/archives" && apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
        -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state" \
        -o APT::Sandbox::User=root "$@")
}

# Each step on its own feet: errexit does not hold under step.
unpack_libraries() {
    local package
    # shellcheck disable=SC2086
    arm64_apt update && arm64_apt download $libraries || return 1
    for package in "$sysroot"/apt/archives/*.deb; do
        dpkg -x "$package" "$sysroot" || return 1
    done
    touch "$sysroot/complete"
}

options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DTIMELAPSE_STATIC=ON -DTIMELAPSE_GRPC=OFF -DTIMELAPSE_TESTS=OFF)
case $arch in
    x86-64) prefix= ;;
    aarch64)
        prefix=aarch64-linux-gnu-
        options+=("-DCMAKE_TOOLCHAIN_FILE=$PWD/cmake/aarch64-linux-gnu.cmake" "-DTIMELAPSE_SYSROOT=$sysroot")
        [[ -e $sysroot/complete ]] || step static-sysroot "fetching arm64 libraries" unpack_libraries
        ;;
    *)
        echo "tools/build_static.sh: x86-64 or aarch64, not '$arch'" >&2
        exit 1
        ;;
esac

step "static-configure-$arch" "configuring $tree" cmake -G Ninja -S . -B "$tree" "${options[@]}"
step "static-build-$arch" "building timelapse-server for $arch" cmake --build "$tree" --target timelapse-server
"${prefix}strip" -o "build/static/timelapse-server-$arch" "$tree/bin/timelapse-server"
