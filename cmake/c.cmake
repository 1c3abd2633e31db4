# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# C for the tests and examples of the C interface: by the C compiler that belongs to the C++ compiler, with the same options, so that
# sanitizers see both parts of a program. SOCKLESS_HAS_C says whether there is one.

set(SOCKLESS_HAS_C FALSE)
if(NOT CMAKE_C_COMPILER AND NOT DEFINED ENV{CC})
    string(REGEX REPLACE "clang\\+\\+([^/]*)$" "clang\\1" compiler "${CMAKE_CXX_COMPILER}")
    string(REGEX REPLACE "g\\+\\+([^/]*)$" "gcc\\1" compiler "${compiler}")
    string(REGEX REPLACE "/c\\+\\+$" "/cc" compiler "${compiler}")
    if(EXISTS "${compiler}" AND NOT compiler STREQUAL CMAKE_CXX_COMPILER)
        set(CMAKE_C_COMPILER "${compiler}")
    endif()
endif()
include(CheckLanguage)
check_language(C)
if(CMAKE_C_COMPILER)
    foreach(flags IN ITEMS FLAGS FLAGS_DEBUG FLAGS_RELEASE FLAGS_RELWITHDEBINFO FLAGS_MINSIZEREL)
        # Without those that a C compiler does not have.
        string(REGEX REPLACE "-std(lib)?=[^ ]+|-fno-(rtti|exceptions)" "" CMAKE_C_${flags} "${CMAKE_CXX_${flags}}")
    endforeach()
    if(CMAKE_CXX_COMPILER_LAUNCHER AND NOT CMAKE_C_COMPILER_LAUNCHER)
        set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
    endif()
    enable_language(C)
    set(SOCKLESS_HAS_C TRUE)
endif()
