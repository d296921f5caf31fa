# SPDX-License-Identifier: MIT
# What is linked. Names the Debian package when something is missing.

find_package(PkgConfig REQUIRED)

# Archives alone are found, and libuv's has a name of its own.
set(libuv libuv)
if(TIMELAPSE_STATIC)
    set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
    set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -static")
    set(libuv libuv-static)
endif()

# pkg_check_modules with the Debian package in the message.
function(timelapse_find_package variable module package)
    pkg_check_modules(${variable} QUIET IMPORTED_TARGET GLOBAL ${module})
    if(NOT ${variable}_FOUND)
        message(FATAL_ERROR "${module} is missing: install it (Debian: apt-get install ${package}), or run ./dev setup")
    endif()
endfunction()

timelapse_find_package(PROTOBUF_C libprotobuf-c libprotobuf-c-dev)
# Names for backtraces; the server takes none, and the static edition is linked without, as without cmocka.
if(TIMELAPSE_STATIC)
    add_library(PkgConfig::DW INTERFACE IMPORTED GLOBAL)
    add_library(PkgConfig::CMOCKA INTERFACE IMPORTED GLOBAL)
else()
    timelapse_find_package(DW libdw libdw-dev)
endif()

# Boost.Context's C symbols; it has no .pc file. Without it coroutines fall back to ucontext.
find_library(TIMELAPSE_BOOST_CONTEXT boost_context)
mark_as_advanced(TIMELAPSE_BOOST_CONTEXT)

if(TIMELAPSE_TESTS)
    timelapse_find_package(CMOCKA cmocka libcmocka-dev)
elseif(NOT TIMELAPSE_STATIC)
    pkg_check_modules(CMOCKA QUIET IMPORTED_TARGET GLOBAL cmocka)
endif()

if(TIMELAPSE_GRPC OR TIMELAPSE_SERVER)
    timelapse_find_package(OPENSSL openssl libssl-dev)
endif()
if(TIMELAPSE_SERVER)
    timelapse_find_package(UV ${libuv} libuv1-dev)
    timelapse_find_package(NGHTTP2 libnghttp2 libnghttp2-dev)
    timelapse_find_package(ZLIB zlib zlib1g-dev)
endif()

# gRPC's core, by name: its CMake package wants the C++ plugin, and its .pc file drags in fifty libraries.
if(TIMELAPSE_GRPC)
    find_library(TIMELAPSE_LIBGRPC grpc)
    find_library(TIMELAPSE_LIBGPR gpr)
    find_path(TIMELAPSE_GRPC_INCLUDE grpc/grpc_security.h)
    mark_as_advanced(TIMELAPSE_LIBGRPC TIMELAPSE_LIBGPR TIMELAPSE_GRPC_INCLUDE)
    if(NOT TIMELAPSE_LIBGRPC OR NOT TIMELAPSE_LIBGPR OR NOT TIMELAPSE_GRPC_INCLUDE)
        message(FATAL_ERROR "gRPC's core library is missing: install it (Debian: apt-get install libgrpc-dev), "
            "run ./dev setup, or do without connections: -DTIMELAPSE_GRPC=OFF")
    endif()
endif()
