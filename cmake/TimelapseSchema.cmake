# SPDX-License-Identifier: MIT
# Temporal's API in C: fetched (tools/fetch_schema.sh), generated at configure time into
# <build>/generated (0.5 s, done again when the schema or a generator changed), then tables made
# from it at build time by tools/schemagen.c. tools/README.md has the steps.
# A release tarball carries the generated sources in generated/: then nothing of this runs.

set(TIMELAPSE_API_DIR "$ENV{TIMELAPSE_API_DIR}" CACHE PATH "A checkout of temporalio/api to use for the schema")

set(schema_scripts
    "${PROJECT_SOURCE_DIR}/tools/fetch_schema.sh" # names the pinned package and its checksum
    "${PROJECT_SOURCE_DIR}/tools/generate_api.sh"
    "${PROJECT_SOURCE_DIR}/tools/generate_names.sh")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${schema_scripts})

# Runs a script; its standard output goes to OUT. Configuration ends when it fails.
function(timelapse_run out)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
        OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "This failed (its message stands above): ${ARGN}")
    endif()
    set(${out} "${output}" PARENT_SCOPE)
endfunction()

# One checksum over the scripts and, where the schema is no pinned package, over the schema.
function(timelapse_schema_key out)
    set(files "${PROJECT_SOURCE_DIR}/tools/schema/*.proto")
    if(TIMELAPSE_API_DIR)
        list(APPEND files "${TIMELAPSE_API_DIR}/*.proto")
    endif()
    file(GLOB_RECURSE files ${files})
    list(SORT files)
    set(text)
    foreach(file IN LISTS schema_scripts files)
        file(SHA256 "${file}" sum)
        string(APPEND text "${sum}\n")
    endforeach()
    string(SHA256 key "${text}")
    set(${out} "${key}" PARENT_SCOPE)
endfunction()

function(timelapse_generate_api directory)
    timelapse_schema_key(key)
    set(stamp "${directory}/stamp-${key}")
    if(NOT EXISTS "${stamp}")
        timelapse_run(protos "${CMAKE_COMMAND}" -E env "TIMELAPSE_API_DIR=${TIMELAPSE_API_DIR}" tools/fetch_schema.sh)
        message(STATUS "Generating the API's C sources from ${protos}")
        file(REMOVE_RECURSE "${directory}")
        timelapse_run(ignored tools/generate_api.sh "${protos}" "${directory}")
        timelapse_run(ignored tools/generate_names.sh "${directory}")
        file(TOUCH "${stamp}")
    endif()
endfunction()

if(EXISTS "${PROJECT_SOURCE_DIR}/generated/model/schema_tables.c")
    set(generated "${PROJECT_SOURCE_DIR}/generated")
else()
    set(generated "${PROJECT_BINARY_DIR}/generated")
    timelapse_generate_api("${generated}")
endif()
file(GLOB_RECURSE api_sources "${generated}/*.pb-c.c")

add_library(generated STATIC ${api_sources})
target_include_directories(generated PUBLIC "${generated}")
target_link_libraries(generated PRIVATE timelapse_generated_flags PUBLIC PkgConfig::PROTOBUF_C)

# What those who include generated headers depend on: the path, and that the headers are there.
add_library(generated_headers INTERFACE)
target_include_directories(generated_headers SYSTEM INTERFACE "${generated}")
target_link_libraries(generated_headers INTERFACE PkgConfig::PROTOBUF_C)

set(TIMELAPSE_DESCRIPTORS "${generated}/server/descriptors.c")
set(TIMELAPSE_SCHEMA_TABLES "${generated}/model/schema_tables.c")
if(NOT generated STREQUAL "${PROJECT_SOURCE_DIR}/generated")
    add_executable(schemagen "${PROJECT_SOURCE_DIR}/tools/schemagen.c")
    target_link_libraries(schemagen PRIVATE timelapse_flags generated)
    add_custom_command(
        OUTPUT "${TIMELAPSE_SCHEMA_TABLES}" "${generated}/model/rpc_names.h" "${generated}/model/schema_index.h"
        COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
            ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:schemagen> "${generated}/model"
        DEPENDS schemagen
        COMMENT "Generating the schema tables"
        VERBATIM)
endif()
add_custom_target(schema_tables DEPENDS "${TIMELAPSE_SCHEMA_TABLES}")
add_dependencies(generated_headers schema_tables)
