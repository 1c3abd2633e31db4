# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# The program sockless_connections, which needs no library of the benchmarks: the tests build it, too.

if(TARGET sockless_connections OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    return()
endif()
add_executable(sockless_connections ${CMAKE_CURRENT_LIST_DIR}/connections.cpp)
target_link_libraries(sockless_connections PRIVATE sockless::sockless)
target_compile_options(sockless_connections PRIVATE -DNDEBUG ${SOCKLESS_BENCH_FLAGS})
if(TARGET ${sockless_zlib_needs})
    target_link_libraries(sockless_connections PRIVATE sockless::zlib)
    target_compile_definitions(sockless_connections PRIVATE SOCKLESS_CONNECTIONS_ZLIB)
endif()
