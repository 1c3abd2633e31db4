# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# cmake -DFROM=include -DTO=folder -P next_version.cmake: copies the headers, and counts their version up.

file(COPY ${FROM}/sockless DESTINATION ${TO})
set(config ${TO}/sockless/config.hpp)
file(READ ${config} text)
string(REGEX MATCH "SOCKLESS_VERSION_MINOR ([0-9]+)" line "${text}")
math(EXPR next "${CMAKE_MATCH_1} + 1")
string(REPLACE "${line}" "SOCKLESS_VERSION_MINOR ${next}" text "${text}")
string(REGEX REPLACE "(SOCKLESS_VERSION_STRING \"[0-9]+\\.)[0-9]+" "\\1${next}" text "${text}")
file(WRITE ${config} "${text}")
