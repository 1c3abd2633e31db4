# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# Fails unless two object files have the same machine code: cmake -DOBJDUMP=... -DONE=... -DOTHER=... -P same_code.cmake

foreach(which IN ITEMS ONE OTHER)
    execute_process(COMMAND ${OBJDUMP} --disassemble --reloc --no-show-raw-insn ${${which}}
        OUTPUT_VARIABLE code RESULT_VARIABLE result)
    if(NOT result EQUAL 0 OR NOT code MATCHES "server_poll")
        message(FATAL_ERROR "${OBJDUMP} prints nothing about ${${which}}")
    endif()
    string(REPLACE "${${which}}" "" ${which}_code "${code}")
endforeach()
if(NOT ONE_code STREQUAL OTHER_code)
    message(FATAL_ERROR "a plain connection is other code where permessage-deflate is included: compare ${ONE} with ${OTHER}")
endif()
string(REGEX MATCHALL "\n" lines "${ONE_code}")
list(LENGTH lines count)
message("the same ${count} lines of code")
