# SPDX-License-Identifier: MIT
# What projects with workflows need in their CMakeLists.txt; find_package(timelapse) includes it. After enable_testing():
#
#   timelapse_add_test(NAME [SOURCES test.c...] [LIBRARIES library...] [FIXTURES directory])
#     A program of cmocka tests, and three tests by CTest: as it is, with every run evicted from the cache after each
#     of its tasks, and over the wire. Without SOURCES the program is an executable that the project has already.
#
#   timelapse_add_replay_test(NAME REGISTER function LIBRARIES library... HISTORIES directory [FIXTURES directory])
#     Replays every history below FIXTURES/HISTORIES with what the tl_register_fn registers, a test a file.
#
# FIXTURES: what recordings are relative to; the current source directory unless TIMELAPSE_FIXTURES is set.

function(_timelapse_fixtures out given)
    set(${out} "${CMAKE_CURRENT_SOURCE_DIR}" PARENT_SCOPE)
    if(given)
        set(${out} "${given}" PARENT_SCOPE)
    elseif(TIMELAPSE_FIXTURES)
        set(${out} "${TIMELAPSE_FIXTURES}" PARENT_SCOPE)
    endif()
endfunction()

# Words that are no argument, and arguments that are needed and missing, are refused by name.
function(_timelapse_check function unknown)
    if(unknown)
        message(FATAL_ERROR "${function}: unknown argument: ${unknown}")
    endif()
    foreach(needed IN LISTS ARGN)
        if(NOT DEFINED arg_${needed})
            message(FATAL_ERROR "${function}: ${needed} is missing")
        endif()
    endforeach()
endfunction()

function(timelapse_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "FIXTURES" "SOURCES;LIBRARIES")
    _timelapse_check("timelapse_add_test(${name})" "${arg_UNPARSED_ARGUMENTS}")
    _timelapse_fixtures(fixtures "${arg_FIXTURES}")
    if(DEFINED arg_SOURCES)
        add_executable(${name} ${arg_SOURCES})
    elseif(NOT TARGET ${name})
        message(FATAL_ERROR "timelapse_add_test(${name}): no SOURCES, and no executable of this name")
    endif()
    target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} timelapse::cmocka cmocka)
    foreach(variant IN ITEMS "" evict wire)
        set(test ${name})
        if(variant)
            string(APPEND test ":${variant}")
        endif()
        add_test(NAME "${test}" COMMAND ${name})
        set_tests_properties("${test}" PROPERTIES
            ENVIRONMENT "TIMELAPSE_VARIANT=${variant};TIMELAPSE_FIXTURES=${fixtures}")
    endforeach()
endfunction()

function(timelapse_add_replay_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "REGISTER;HISTORIES;FIXTURES" "LIBRARIES")
    _timelapse_check("timelapse_add_replay_test(${name})" "${arg_UNPARSED_ARGUMENTS}" REGISTER LIBRARIES HISTORIES)
    _timelapse_fixtures(fixtures "${arg_FIXTURES}")
    set(main "${CMAKE_CURRENT_BINARY_DIR}/${name}.c")
    file(CONFIGURE OUTPUT "${main}" @ONLY CONTENT [[
#include <timelapse/cmocka.h>

tl_register_fn @arg_REGISTER@;

int main(int argc, char **argv)
{
    return argc == 2 ? tl_replay_directory(argv[1], @arg_REGISTER@) : 2;
}
]])
    add_executable(${name} "${main}")
    target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} timelapse::cmocka cmocka)
    add_test(NAME "${name}" COMMAND ${name} "${fixtures}/${arg_HISTORIES}")
endfunction()
