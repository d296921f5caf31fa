# SPDX-License-Identifier: MIT
# aarch64 by Debian's cross compiler; its libraries stand in TIMELAPSE_SYSROOT (tools/build_static.sh
# unpacks them there), and what the build itself runs goes through qemu.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TIMELAPSE_SYSROOT)
set(CMAKE_FIND_ROOT_PATH "${TIMELAPSE_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${TIMELAPSE_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${TIMELAPSE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig")
# Behind the compiler's own headers, those of one architecture before the common ones.
set(CMAKE_C_FLAGS_INIT
    "-idirafter ${TIMELAPSE_SYSROOT}/usr/include/aarch64-linux-gnu -idirafter ${TIMELAPSE_SYSROOT}/usr/include")
# Boost.Context is linked by its name alone.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${TIMELAPSE_SYSROOT}/usr/lib/aarch64-linux-gnu")
