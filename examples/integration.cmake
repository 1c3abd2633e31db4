# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# Programs for one event loop or TLS library each: see README.md. A folder has its own CMakeLists.txt with these functions.

# All programs of this kind.
add_custom_target(sockless_integrations)

# sockless_integration_missing(name package): the program and its tests are missing because of a Debian package.
function(sockless_integration_missing name package)
    message(STATUS "The example ${name} is not built: its library was not found (Debian package ${package})")
    if(SOCKLESS_BUILD_TESTS)
        sockless_missing(examples/${name} examples ${package})
    endif()
endfunction()

# sockless_integration(name [libraries...] [SOURCES files...]): a program, made of ${name}.cpp unless there are SOURCES.
function(sockless_integration name)
    cmake_parse_arguments(PARSE_ARGV 1 program "" "" "SOURCES")
    if(NOT program_SOURCES)
        set(program_SOURCES ${name}.cpp)
    endif()
    add_executable(${name} ${program_SOURCES})
    target_link_libraries(${name} PRIVATE sockless::sockless ${program_UNPARSED_ARGUMENTS})
    # UndefinedBehaviorSanitizer's check of vptr opens a pipe, and reports an error if there is no descriptor for it.
    target_compile_options(${name} PRIVATE -fno-sanitize=vptr)
    add_dependencies(sockless_integrations ${name})
endfunction()

# sockless_integration_tests(name [TLS] [CLIENT echo_server | UPSTREAM echo_server] [TESTS tests...]): plays the scenarios of
# tests/examples/integrations.py with an echo server, with a client and an echo server, or with a gateway in front of one; all of
# them unless there are TESTS, and those with other libraries. Chromium talks to an echo server and to a gateway, too.
function(sockless_integration_tests name)
    cmake_parse_arguments(PARSE_ARGV 1 play "TLS" "CLIENT;UPSTREAM" "TESTS")
    if(NOT SOCKLESS_BUILD_TESTS)
        return()
    endif()
    find_program(SOCKLESS_SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
    mark_as_advanced(SOCKLESS_SYSTEM_PYTHON)
    if(NOT SOCKLESS_SYSTEM_PYTHON)
        sockless_missing(examples/${name} examples python3)
        return()
    endif()
    set(words ${SOCKLESS_SYSTEM_PYTHON} ${PROJECT_SOURCE_DIR}/tests/examples/integrations.py)
    set(suffix)
    if(play_TLS)
        list(APPEND words --tls ${PROJECT_BINARY_DIR}/examples/certificates)
    endif()
    list(APPEND words --ws ${PROJECT_BINARY_DIR}/tests/interop)
    if(play_CLIENT)
        list(APPEND words --client $<TARGET_FILE:${name}> $<TARGET_FILE:${play_CLIENT}>)
        if(play_TLS)
            set(suffix _tls)
        endif()
    elseif(play_UPSTREAM)
        list(APPEND words --gateway $<TARGET_FILE:${name}> $<TARGET_FILE:${play_UPSTREAM}>)
        set_property(GLOBAL APPEND PROPERTY sockless_gateways $<TARGET_FILE:${name}>)
    else()
        list(APPEND words $<TARGET_FILE:${name}>)
        set_property(GLOBAL APPEND PROPERTY sockless_echo_servers_${play_TLS} $<TARGET_FILE:${name}>)
    endif()
    set(tests examples/${name}${suffix})
    add_test(NAME examples/${name}${suffix} COMMAND ${words} ${play_TESTS})
    # Peers that may be missing.
    foreach(peer IN ITEMS python_websockets npm_ws)
        set(scenario ${peer})
        if(play_CLIENT)
            set(scenario client_${peer})
        endif()
        add_test(NAME examples/${name}${suffix}_${peer} COMMAND ${words} ${scenario})
        list(APPEND tests examples/${name}${suffix}_${peer})
    endforeach()
    set_tests_properties(examples/${name}${suffix}_npm_ws PROPERTIES FIXTURES_REQUIRED interop_peers)
    set_tests_properties(${tests} PROPERTIES LABELS examples TIMEOUT 300 SKIP_RETURN_CODE 77)
    if(play_TLS)
        set_property(TEST ${tests} APPEND PROPERTY FIXTURES_REQUIRED example_certificates)
    endif()
endfunction()

# sockless_integration_browser_test(): Chromium talks to all echo servers and gateways that have tests.
function(sockless_integration_browser_test)
    get_property(servers GLOBAL PROPERTY sockless_echo_servers_FALSE)
    get_property(tls_servers GLOBAL PROPERTY sockless_echo_servers_TRUE)
    get_property(gateways GLOBAL PROPERTY sockless_gateways)
    if(NOT TARGET browser_peer OR NOT servers)
        return()
    endif()
    add_test(NAME browser/integrations COMMAND ${SOCKLESS_SYSTEM_PYTHON} ${PROJECT_SOURCE_DIR}/tests/browser/run integrations
        --peer $<TARGET_FILE:browser_peer> --tls ${PROJECT_BINARY_DIR}/tests/browser/certificates
        --server ${servers} --tls-server ${tls_servers} --gateway ${gateways})
    set_tests_properties(browser/integrations PROPERTIES
        LABELS browser TIMEOUT 240 SKIP_RETURN_CODE 77 FIXTURES_REQUIRED browser_certificates)
endfunction()
