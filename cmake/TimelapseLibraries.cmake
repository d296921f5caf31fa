# SPDX-License-Identifier: MIT
# The libraries, each as an archive and as a shared object made from that archive.
#
# Internal functions bear plain nouns (map_get, json_read), which must not meet those of a user's
# program; yet libtimelapse-sim uses libtimelapse's. So tools/privatize.sh renames every internal
# symbol of an archive to timelapse__<name>. The shared objects export those under the version
# TIMELAPSE_PRIVATE and the public tl_* under TIMELAPSE_0.

file(WRITE "${PROJECT_BINARY_DIR}/empty.c" "extern int timelapse_empty;\n")

# timelapse_library(NAME ALIAS alias MAP version-script FOLDERS target... [USES library]
#     [LINKS target...] [OFFERS target...])
# Makes NAME and NAME_static, known to users as timelapse::<alias> and timelapse::<alias>_static. OFFERS:
# what is linked and users of the library call themselves.
function(timelapse_library name)
    cmake_parse_arguments(PARSE_ARGV 1 library "" "ALIAS;MAP;USES" "FOLDERS;LINKS;OFFERS")
    timelapse_objects(objects ${library_FOLDERS})
    if(NOT objects)
        return()
    endif()
    timelapse_archive(${name} "${objects}" "${library_USES}")
    timelapse_shared(${name} "${PROJECT_SOURCE_DIR}/cmake/${library_MAP}")
    if(library_USES)
        target_link_libraries(${name}_static PUBLIC ${library_USES}_static)
        target_link_libraries(${name} PUBLIC ${library_USES})
    endif()
    target_link_libraries(${name}_static PUBLIC ${library_LINKS} ${library_OFFERS})
    target_link_libraries(${name} PRIVATE ${library_LINKS} PUBLIC ${library_OFFERS})

    foreach(suffix IN ITEMS "" _static)
        add_library(timelapse::${library_ALIAS}${suffix} ALIAS ${name}${suffix})
        set_target_properties(${name}${suffix} PROPERTIES
            EXPORT_NAME ${library_ALIAS}${suffix}
            OUTPUT_NAME ${name}
            LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
            ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
        target_include_directories(${name}${suffix} INTERFACE
            "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
            "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
        set_property(GLOBAL APPEND PROPERTY TIMELAPSE_LIBRARIES ${name}${suffix})
    endforeach()
endfunction()

# The archive; NAME.symbols lists what was renamed in it and in the library it uses.
function(timelapse_archive name objects used)
    add_library(${name}_static STATIC ${objects})
    set(symbols "${PROJECT_BINARY_DIR}/lib/${name}.symbols")
    set(used_symbols)
    if(used)
        set(used_symbols "${PROJECT_BINARY_DIR}/lib/${used}.symbols")
        add_dependencies(${name}_static ${used}_static)
    endif()
    add_custom_command(TARGET ${name}_static POST_BUILD
        COMMAND "${PROJECT_SOURCE_DIR}/tools/privatize.sh" $<TARGET_FILE:${name}_static> "${symbols}" ${used_symbols}
        BYPRODUCTS "${symbols}"
        VERBATIM)
    set_target_properties(${name}_static PROPERTIES LINKER_LANGUAGE C)
endfunction()

# The shared object: the whole archive, calls inside it bound to itself.
function(timelapse_shared name map)
    add_library(${name} SHARED "${PROJECT_BINARY_DIR}/empty.c")
    add_dependencies(${name} ${name}_static)
    target_link_libraries(${name} PRIVATE timelapse_link_flags)
    target_link_options(${name} PRIVATE
        "LINKER:--whole-archive,$<TARGET_FILE:${name}_static>,--no-whole-archive"
        "LINKER:-Bsymbolic,--version-script=${map}")
    if(NOT TIMELAPSE_SANITIZE) # whose runtime comes with the program
        target_link_options(${name} PRIVATE "LINKER:-z,defs")
    endif()
    set_target_properties(${name} PROPERTIES
        VERSION ${PROJECT_VERSION}
        SOVERSION ${PROJECT_VERSION_MAJOR}
        INSTALL_RPATH "$ORIGIN" # one finds the other wherever the prefix is
        LINK_DEPENDS "$<TARGET_FILE:${name}_static>;${map}")
endfunction()

set(boost_context)
if(TIMELAPSE_BOOST_CONTEXT)
    set(boost_context boost_context)
endif()

timelapse_library(timelapse
    ALIAS timelapse
    MAP timelapse.map
    FOLDERS base model generated ${TIMELAPSE_WORKER_FOLDERS}
    LINKS PkgConfig::PROTOBUF_C PkgConfig::DW ${boost_context} m)
timelapse_library(timelapse-sim
    ALIAS sim
    MAP timelapse.map
    FOLDERS sim_service sim_machines sim_commands sim_frontend sim_check sim_env
    USES timelapse
    LINKS PkgConfig::PROTOBUF_C m)
if(CMOCKA_FOUND)
    timelapse_library(timelapse-cmocka
        ALIAS cmocka
        MAP timelapse-cmocka.map
        FOLDERS sim_cmocka
        USES timelapse-sim
        OFFERS PkgConfig::CMOCKA)
endif()
if(TIMELAPSE_GRPC)
    timelapse_library(timelapse-grpc
        ALIAS grpc
        MAP timelapse.map
        FOLDERS ${TIMELAPSE_WIRE_FOLDERS}
        USES timelapse
        LINKS PkgConfig::PROTOBUF_C PkgConfig::OPENSSL grpc gpr m)
endif()
