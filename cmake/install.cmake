# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# find_package(sockless 0.1 CONFIG REQUIRED [COMPONENTS mbedtls openssl zlib]), or `pkg-config sockless`. While the version is 0.x, another minor version has
# another interface and does not match.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/sockless)

install(TARGETS sockless EXPORT sockless-targets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT sockless-targets NAMESPACE sockless:: DESTINATION ${package_dir})
foreach(component IN LISTS SOCKLESS_COMPONENTS)
    # A separate export set: a program that does not request the component does not need its library.
    install(TARGETS sockless_${component} EXPORT sockless-${component}-targets)
    install(EXPORT sockless-${component}-targets NAMESPACE sockless:: DESTINATION ${package_dir})
endforeach()
install(DIRECTORY ${SOCKLESS_INCLUDE}/sockless DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/include/sockless/sockless.cppm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sockless)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/sockless-config.cmake.in
    ${PROJECT_BINARY_DIR}/sockless-config.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(compatibility SameMinorVersion)
else()
    set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sockless-config-version.cmake
    COMPATIBILITY ${compatibility} ARCH_INDEPENDENT)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/FindMbedTLS.cmake ${PROJECT_BINARY_DIR}/sockless-config.cmake ${PROJECT_BINARY_DIR}/sockless-config-version.cmake
    DESTINATION ${package_dir})

# All paths are relative to this file, so that the installation can be moved.
set(pkgconfig_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)
file(RELATIVE_PATH prefix_from_pkgconfig /${pkgconfig_dir} /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/sockless.pc.in ${PROJECT_BINARY_DIR}/sockless.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sockless.pc DESTINATION ${pkgconfig_dir})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
