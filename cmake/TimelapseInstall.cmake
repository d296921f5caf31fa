# SPDX-License-Identifier: MIT
# What `cmake --install` puts where: headers, libraries, the CMake package, .pc files.
include(CMakePackageConfigHelpers)

set(cmake_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/timelapse")
get_property(libraries GLOBAL PROPERTY TIMELAPSE_LIBRARIES)

install(DIRECTORY include/timelapse DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
if(libraries)
    install(TARGETS ${libraries} EXPORT timelapse-targets)
    install(EXPORT timelapse-targets NAMESPACE timelapse:: DESTINATION "${cmake_package_dir}")
endif()

configure_package_config_file(cmake/timelapse-config.cmake.in timelapse-config.cmake
    INSTALL_DESTINATION "${cmake_package_dir}")
write_basic_package_version_file(timelapse-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    "${CMAKE_CURRENT_BINARY_DIR}/timelapse-config.cmake"
    "${CMAKE_CURRENT_BINARY_DIR}/timelapse-config-version.cmake"
    DESTINATION "${cmake_package_dir}")

# ${pcfiledir} keeps .pc files right when the prefix moves, as CMake's own package files are.
file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
set(pc_boost_context)
if(TIMELAPSE_BOOST_CONTEXT)
    set(pc_boost_context " -lboost_context")
endif()
foreach(name IN ITEMS timelapse timelapse-sim timelapse-cmocka)
    if(TARGET ${name})
        configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
        install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
    endif()
endforeach()

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
