# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# Fails if the program names a compressor: cmake -DNM=... -DPROGRAM=... -P no_compressor.cmake

execute_process(COMMAND ${NM} ${PROGRAM} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
if(NOT result EQUAL 0 OR NOT symbols MATCHES "main")
    message(FATAL_ERROR "${NM} prints nothing about ${PROGRAM}")
endif()
string(TOLOWER "${symbols}" symbols)
string(REGEX MATCHALL "[^\n]*(deflate|inflate|zlib|adler32|crc32)[^\n]*" found "${symbols}")
if(found)
    message(FATAL_ERROR "a connection without deflate pays for it: ${found}")
endif()
