# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# A27: compiles SOURCE with COMPILER for older standards. The first error has to be that of config.hpp, and the output short.

foreach(standard IN ITEMS c++11 c++17)
    execute_process(COMMAND ${COMPILER} -std=${standard} -fsyntax-only -I ${INCLUDE} -I ${HEADERS} ${SOURCE}
        RESULT_VARIABLE status ERROR_VARIABLE output)
    if(status EQUAL 0)
        message(FATAL_ERROR "-std=${standard} is accepted")
    endif()
    string(REGEX MATCH "error:[^\n]*" first "${output}")
    if(NOT first MATCHES "sockless needs C\\+\\+20: compile with -std=c\\+\\+20")
        message(FATAL_ERROR "-std=${standard}: the first error is another one: ${first}")
    endif()
    string(REGEX REPLACE "[^\n]" "" lines "${output}")
    string(LENGTH "${lines}" count)
    if(count GREATER 20)
        message(FATAL_ERROR "-std=${standard}: ${count} lines of output")
    endif()
endforeach()
