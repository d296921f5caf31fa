# SPDX-License-Identifier: MIT
# One target per folder, each with an include path that holds only what its layer may see:
# <build>/include/<layer>/ is a tree of links to the visible folders, so that
# `#include "sim/service/run.h"` in worker/ finds no file. tools/lint/layers.sh checks the rest.

# timelapse_layer(NAME FOLDER...): the include tree of a layer.
function(timelapse_layer name)
    set(tree "${PROJECT_BINARY_DIR}/include/${name}")
    file(REMOVE_RECURSE "${tree}")
    foreach(folder IN LISTS ARGN)
        cmake_path(GET folder PARENT_PATH parent)
        file(MAKE_DIRECTORY "${tree}/${parent}")
        file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${folder}" "${tree}/${folder}" SYMBOLIC)
    endforeach()
    add_library(layer_${name} INTERFACE)
    target_include_directories(layer_${name} INTERFACE "${tree}" "${PROJECT_SOURCE_DIR}/include")
endfunction()

timelapse_layer(base base)
timelapse_layer(model base model)
timelapse_layer(worker base model worker)
timelapse_layer(sim base model sim/service sim/machines sim/commands sim/frontend sim/check)
timelapse_layer(sim_env sim/env)
timelapse_layer(sim_server base model sim/service sim/server)
timelapse_layer(programs programs)
timelapse_layer(programs_server base model sim/server programs/server)
timelapse_layer(tests base model worker sim programs tests)
timelapse_layer(bench base model worker sim tests/lib tests/sim tests/threads tests/transport bench)

# Who speaks the generated messages.
foreach(layer IN ITEMS model worker sim sim_server programs_server tests bench)
    target_link_libraries(layer_${layer} INTERFACE generated_headers)
endforeach()

# timelapse_folder(NAME LAYER [SUBFOLDER folder] [LINKS target...]): the archive NAME of the *.c
# here (or in the subfolder), seeing what LAYER sees.
function(timelapse_folder name layer)
    cmake_parse_arguments(PARSE_ARGV 2 folder "" "SUBFOLDER" "LINKS")
    cmake_path(APPEND CMAKE_CURRENT_SOURCE_DIR "${folder_SUBFOLDER}" OUTPUT_VARIABLE directory)
    file(GLOB sources CONFIGURE_DEPENDS "${directory}/*.c")
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PRIVATE timelapse_flags layer_${layer} PUBLIC ${folder_LINKS})
endfunction()

# timelapse_objects(OUT NAME...): the object files of folders.
function(timelapse_objects out)
    list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
    set(${out} "${objects}" PARENT_SCOPE)
endfunction()

# timelapse_link_folders(TARGET NAME...): links the archives of folders, whatever their order.
function(timelapse_link_folders target)
    list(JOIN ARGN "," archives)
    target_link_libraries(${target} PRIVATE "$<LINK_GROUP:RESCAN,${archives}>")
endfunction()
