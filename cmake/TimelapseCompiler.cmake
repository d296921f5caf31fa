# SPDX-License-Identifier: MIT
# Flags. `timelapse_flags` is for all code of ours, `timelapse_generated_flags` for generated code,
# which is compiled without warnings and, with its runtime, without UBSan (protobuf-c adds 0 to NULL).

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON) # one compilation serves the archive and the shared object
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)

find_program(TIMELAPSE_CCACHE ccache)
mark_as_advanced(TIMELAPSE_CCACHE)
if(TIMELAPSE_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${TIMELAPSE_CCACHE}")
endif()

add_library(timelapse_common_flags INTERFACE)
target_compile_definitions(timelapse_common_flags INTERFACE _GNU_SOURCE)
target_compile_options(timelapse_common_flags INTERFACE
    # Walks over descriptors read members of any type at their offsets, as protobuf-c does.
    -fno-strict-aliasing
    -fno-common -fno-semantic-interposition -ffunction-sections -fdata-sections
    "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")

# What every link of ours needs; the installed targets carry none of it.
add_library(timelapse_link_flags INTERFACE)
target_link_options(timelapse_link_flags INTERFACE -Wl,--gc-sections)
target_link_libraries(timelapse_common_flags INTERFACE timelapse_link_flags)

# TIMELAPSE_DUPLICATE_ROW_WARNING is what refuses a machine table's duplicate row. clang minds every int
# that meets an enum of the API, which protobuf-c makes unsigned, and the casts of its __INIT macros;
# gcc minds neither, and looks at the same code for the rest.
set(TIMELAPSE_DUPLICATE_ROW_WARNING -Woverride-init)
set(compiler_warnings)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    set(TIMELAPSE_DUPLICATE_ROW_WARNING -Winitializer-overrides)
    set(compiler_warnings -Wno-sign-conversion -Wno-cast-qual)
endif()

add_library(timelapse_flags INTERFACE)
target_link_libraries(timelapse_flags INTERFACE timelapse_common_flags)
target_compile_definitions(timelapse_flags INTERFACE "TIMELAPSE_VERSION=\"${PROJECT_VERSION}\"")
target_compile_options(timelapse_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wvla -Wcast-qual -Wwrite-strings
    -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wimplicit-fallthrough
    -Wno-deprecated-declarations # the API's deprecated fields are still spoken
    ${TIMELAPSE_DUPLICATE_ROW_WARNING} ${compiler_warnings}
    $<$<BOOL:${TIMELAPSE_DEVELOPER}>:-Werror>)

add_library(timelapse_generated_flags INTERFACE)
target_link_libraries(timelapse_generated_flags INTERFACE timelapse_common_flags)
target_compile_options(timelapse_generated_flags INTERFACE -w)

if(TIMELAPSE_SANITIZE)
    target_compile_options(timelapse_common_flags INTERFACE
        -fsanitize=${TIMELAPSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(timelapse_link_flags INTERFACE -fsanitize=${TIMELAPSE_SANITIZE})
    target_compile_options(timelapse_generated_flags INTERFACE -fno-sanitize=undefined)
endif()
if(TIMELAPSE_FUZZ)
    target_compile_options(timelapse_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(TIMELAPSE_COVERAGE)
    target_compile_options(timelapse_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(timelapse_link_flags INTERFACE --coverage)
endif()
