# SPDX-License-Identifier: MIT
# What `cmake --install` puts where: headers, libraries, the CMake package, .pc files. Components, which
# become Debian packages (`cpack` in a build tree): runtime (libtimelapse), wire (libtimelapse-grpc), testing
# (libtimelapse-sim, libtimelapse-cmocka), development, programs.
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)

set(cmake_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/timelapse")
get_property(libraries GLOBAL PROPERTY TIMELAPSE_LIBRARIES)

install(DIRECTORY include/timelapse DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
foreach(library IN LISTS libraries)
    set(component testing)
    if(library STREQUAL "timelapse")
        set(component runtime)
    elseif(library STREQUAL "timelapse-grpc")
        set(component wire)
    endif()
    install(TARGETS ${library} EXPORT timelapse-targets
        LIBRARY COMPONENT ${component} NAMELINK_COMPONENT development)
endforeach()
if(libraries)
    install(EXPORT timelapse-targets NAMESPACE timelapse:: DESTINATION "${cmake_package_dir}")
endif()

configure_package_config_file(cmake/timelapse-config.cmake.in timelapse-config.cmake
    INSTALL_DESTINATION "${cmake_package_dir}")
write_basic_package_version_file(timelapse-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    "${CMAKE_CURRENT_BINARY_DIR}/timelapse-config.cmake"
    "${CMAKE_CURRENT_BINARY_DIR}/timelapse-config-version.cmake"
    cmake/TimelapseTesting.cmake
    DESTINATION "${cmake_package_dir}")

# ${pcfiledir} keeps .pc files right when the prefix moves, as CMake's own package files are.
file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
set(pc_boost_context)
if(TIMELAPSE_BOOST_CONTEXT)
    set(pc_boost_context " -lboost_context")
endif()
foreach(name IN ITEMS timelapse timelapse-grpc timelapse-sim timelapse-cmocka)
    if(TARGET ${name})
        configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
        install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
    endif()
endforeach()

install(FILES tools/gdb/timelapse-gdb.py DESTINATION "${CMAKE_INSTALL_DATADIR}/timelapse")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Timelapse authors")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/lib")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libtimelapse${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_WIRE_PACKAGE_NAME libtimelapse-grpc${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_WIRE_PACKAGE_DEPENDS "${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME} (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_TESTING_PACKAGE_NAME libtimelapse-sim${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_TESTING_PACKAGE_DEPENDS "${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME} (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libtimelapse-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
string(CONCAT CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME} (= ${PROJECT_VERSION}), "
    "${CPACK_DEBIAN_TESTING_PACKAGE_NAME} (= ${PROJECT_VERSION}), "
    "libprotobuf-c-dev, libboost-context1.74-dev, libdw-dev, libcmocka-dev")
if(TARGET timelapse-grpc)
    string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
        ", ${CPACK_DEBIAN_WIRE_PACKAGE_NAME} (= ${PROJECT_VERSION}), libgrpc-dev, libssl-dev")
endif()
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME timelapse)
include(CPack)
