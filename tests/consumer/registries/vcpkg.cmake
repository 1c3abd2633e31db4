# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# cmake -DPORT_DIR=... -DFOLDER=... -P vcpkg.cmake: runs a port without vcpkg. Implements the functions of vcpkg that
# this port uses, as vcpkg's manual describes them; any other function is an unknown command. The result is FOLDER/packages.

cmake_minimum_required(VERSION 3.25)
file(READ ${PORT_DIR}/vcpkg.json manifest)
string(JSON PORT GET "${manifest}" name)
string(JSON VERSION GET "${manifest}" version)
string(JSON count LENGTH "${manifest}" dependencies)
set(helpers "")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
    string(JSON helper GET "${manifest}" dependencies ${i} name)
    list(APPEND helpers ${helper})
endforeach()
file(REMOVE_RECURSE ${FOLDER})
set(CURRENT_PACKAGES_DIR ${FOLDER}/packages)

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endfunction()

function(needs helper)
    if(NOT helper IN_LIST helpers)
        message(FATAL_ERROR "vcpkg.json does not depend on ${helper}")
    endif()
endfunction()

function(vcpkg_download_distfile result)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILENAME;SHA512" URLS)
    file(DOWNLOAD "${arg_URLS}" ${FOLDER}/${arg_FILENAME} EXPECTED_HASH SHA512=${arg_SHA512})
    set(${result} ${FOLDER}/${arg_FILENAME} PARENT_SCOPE)
endfunction()

function(vcpkg_extract_source_archive result)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" ARCHIVE "")
    file(ARCHIVE_EXTRACT INPUT "${arg_ARCHIVE}" DESTINATION ${FOLDER}/src)
    file(GLOB top ${FOLDER}/src/*)
    list(LENGTH top count)
    if(NOT count EQUAL 1)
        message(FATAL_ERROR "the archive has not one folder at its top: ${top}")
    endif()
    set(${result} ${top} PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
    needs(vcpkg-cmake)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" SOURCE_PATH OPTIONS)
    run(${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${FOLDER}/build -DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR}
        -DCMAKE_CXX_COMPILER=${COMPILER} -G ${GENERATOR} ${arg_OPTIONS})
endfunction()

function(vcpkg_cmake_install)
    run(${CMAKE_COMMAND} --build ${FOLDER}/build --target install)
endfunction()

function(vcpkg_cmake_config_fixup)
    needs(vcpkg-cmake-config)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" CONFIG_PATH "")
    file(RENAME ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH} ${FOLDER}/config)
    file(COPY ${FOLDER}/config/ DESTINATION ${CURRENT_PACKAGES_DIR}/share/${PORT})
    file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/share/cmake)
    file(GLOB targets ${CURRENT_PACKAGES_DIR}/share/${PORT}/*-targets.cmake)
    foreach(file IN LISTS targets) # one folder less from here to the prefix
        file(READ ${file} text)
        string(REPLACE [[get_filename_component(_IMPORT_PREFIX "${_IMPORT_PREFIX}" PATH)
get_filename_component(_IMPORT_PREFIX "${_IMPORT_PREFIX}" PATH)
get_filename_component(_IMPORT_PREFIX "${_IMPORT_PREFIX}" PATH)]] [[get_filename_component(_IMPORT_PREFIX "${_IMPORT_PREFIX}" PATH)
get_filename_component(_IMPORT_PREFIX "${_IMPORT_PREFIX}" PATH)]] text "${text}")
        file(WRITE ${file} "${text}")
    endforeach()
endfunction()

function(vcpkg_fixup_pkgconfig)
    if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/share/pkgconfig/${PORT}.pc)
        message(FATAL_ERROR "there is no file for pkg-config to mend")
    endif()
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" FILE_LIST)
    file(COPY_FILE ${arg_FILE_LIST} ${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright)
endfunction()

include(${PORT_DIR}/portfile.cmake)

# What vcpkg itself looks for in the end.
foreach(file IN ITEMS copyright usage sockless-config.cmake)
    if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/share/${PORT}/${file})
        message(FATAL_ERROR "share/${PORT}/${file} is missing")
    endif()
endforeach()
foreach(unwanted IN ITEMS debug lib share/cmake)
    if(EXISTS ${CURRENT_PACKAGES_DIR}/${unwanted})
        message(FATAL_ERROR "${unwanted} should not be there")
    endif()
endforeach()
