# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# sockless::sockless is the library: every header that needs only the standard library and the operating system.
# sockless::<component> is with_<component>.hpp and the library that this header needs.

set(SOCKLESS_COMPONENTS mbedtls openssl zlib)
set(sockless_mbedtls_needs MbedTLS::mbedcrypto)
set(sockless_openssl_needs OpenSSL::Crypto)
set(sockless_zlib_needs ZLIB::ZLIB)

set(SOCKLESS_INCLUDE ${PROJECT_SOURCE_DIR}/include)
if(SOCKLESS_SINGLE_HEADER)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${SOCKLESS_INCLUDE}/sockless/*.hpp ${SOCKLESS_INCLUDE}/sockless/*.h)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers} ${PROJECT_SOURCE_DIR}/tools/amalgamate)
    set(SOCKLESS_INCLUDE ${PROJECT_BINARY_DIR}/include)
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/amalgamate --stubs ${SOCKLESS_INCLUDE} COMMAND_ERROR_IS_FATAL ANY)
endif()

add_library(sockless INTERFACE)
add_library(sockless::sockless ALIAS sockless)
target_compile_features(sockless INTERFACE cxx_std_20)
target_include_directories(sockless INTERFACE $<BUILD_INTERFACE:${SOCKLESS_INCLUDE}>)

# A program that takes this directory in with add_subdirectory links a component without a find_package of its own. Imported targets
# are visible in the directory that finds them, so those that are found here become global.
function(sockless_find package target)
    if(NOT TARGET ${target})
        find_package(${package} QUIET ${ARGN})
        if(TARGET ${target})
            set_target_properties(${target} PROPERTIES IMPORTED_GLOBAL ON)
        endif()
    endif()
endfunction()
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
sockless_find(MbedTLS ${sockless_mbedtls_needs})
sockless_find(OpenSSL ${sockless_openssl_needs} COMPONENTS Crypto)
sockless_find(ZLIB ${sockless_zlib_needs})

foreach(component IN LISTS SOCKLESS_COMPONENTS)
    if(NOT EXISTS ${SOCKLESS_INCLUDE}/sockless/with_${component}.hpp)
        list(REMOVE_ITEM SOCKLESS_COMPONENTS ${component})
        continue()
    endif()
    add_library(sockless_${component} INTERFACE)
    add_library(sockless::${component} ALIAS sockless_${component})
    set_target_properties(sockless_${component} PROPERTIES EXPORT_NAME ${component})
    target_link_libraries(sockless_${component} INTERFACE sockless ${sockless_${component}_needs})
endforeach()
