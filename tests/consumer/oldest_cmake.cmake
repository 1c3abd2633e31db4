# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# cmake -P oldest_cmake.cmake: checks that the CMake files that a program reads need no CMake later than 3.22, that of Ubuntu 22.04. An older
# CMake is not a Debian package, so this is a list of later features.

cmake_minimum_required(VERSION 3.22)
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
set(later
    "cmake_minimum_required\\(VERSION (3\\.(2[3-9]|[3-9][0-9])|[4-9])" "VERSION_LESS 3\\.2[3-9]"
    "FILE_SET" "HEADER_SET" "PATH_EQUAL"                                                                             # 3.23
    "VERIFY_INTERFACE_HEADER_SETS" "COMPILE_WARNING_AS_ERROR" "find_package\\([^)]*GLOBAL" "FIND_PACKAGE_TARGETS_GLOBAL"
    "OVERRIDE_FIND_PACKAGE" "LINK_LIBRARY:" "LINK_GROUP:" "PATH:" "PROJECT_TOP_LEVEL_INCLUDES"                       # 3.24
    "block *\\(" "PROPAGATE" "try_compile\\([^)]*SOURCE_FROM" "FetchContent_Declare\\([^)]*SYSTEM"                  # 3.25
    "EXCLUDE_FROM_ALL[^)]*FetchContent" "cmake_file_api" "CXX_MODULES" "LIST:")                                      # 3.26 and later
file(GLOB read ${root}/CMakeLists.txt ${root}/cmake/*)
set(problems 0)
foreach(file IN LISTS read)
    file(STRINGS ${file} lines REGEX "^[^#]")
    foreach(feature IN LISTS later)
        if(lines MATCHES "${feature}")
            message(SEND_ERROR "${file}: \"${CMAKE_MATCH_0}\" is newer than CMake 3.22")
            math(EXPR problems "${problems} + 1")
        endif()
    endforeach()
endforeach()
list(LENGTH read count)
message(STATUS "${count} files, ${problems} problems")
