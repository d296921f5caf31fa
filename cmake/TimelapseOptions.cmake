# SPDX-License-Identifier: MIT
# What can be chosen at configure time; CMakePresets.json names the usual combinations.

set(developer_default OFF)
if(PROJECT_IS_TOP_LEVEL AND EXISTS "${PROJECT_SOURCE_DIR}/.git")
    set(developer_default ON)
endif()

option(TIMELAPSE_DEVELOPER "Warnings are errors" ${developer_default})
option(TIMELAPSE_TESTS "Build tests, examples and benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(TIMELAPSE_GRPC "Build libtimelapse-grpc: connections to a real service (needs gRPC, OpenSSL)" ON)
option(TIMELAPSE_SERVER "Build timelapse-server (needs libuv, nghttp2, OpenSSL, zlib)" ON)
option(TIMELAPSE_STATIC "Link programs statically: for timelapse-server alone (tools/build_static.sh)" OFF)
option(TIMELAPSE_FUZZ "Build the libFuzzer targets (clang)" OFF)
option(TIMELAPSE_COVERAGE "Instrument for gcov" OFF)
set(TIMELAPSE_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=: address,undefined or thread")
set(TIMELAPSE_BIN_DIR "${CMAKE_BINARY_DIR}/bin" CACHE PATH "Where programs are put")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, RelWithDebInfo, Release" FORCE)
endif()
