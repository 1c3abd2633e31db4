# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# sockless::sockless is the library: every header that needs only the standard library and the operating system.
# A header that needs another library belongs to a separate target, sockless::<component>, which links that library.
# The program that links the target finds the other library (in a package: the component does), not this file.

set(SOCKLESS_COMPONENTS openssl zlib)
set(sockless_openssl_needs OpenSSL::Crypto)
set(sockless_zlib_needs ZLIB::ZLIB)

set(SOCKLESS_INCLUDE ${PROJECT_SOURCE_DIR}/include)
if(SOCKLESS_SINGLE_HEADER)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${SOCKLESS_INCLUDE}/sockless/*.hpp)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers} ${PROJECT_SOURCE_DIR}/tools/amalgamate)
    set(SOCKLESS_INCLUDE ${PROJECT_BINARY_DIR}/include)
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/amalgamate --stubs ${SOCKLESS_INCLUDE} COMMAND_ERROR_IS_FATAL ANY)
endif()
file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${SOCKLESS_INCLUDE}/sockless/*.hpp)

foreach(component IN LISTS SOCKLESS_COMPONENTS)
    set(header ${SOCKLESS_INCLUDE}/sockless/with_${component}.hpp)
    if(NOT header IN_LIST headers)
        list(REMOVE_ITEM SOCKLESS_COMPONENTS ${component})
        continue()
    endif()
    list(REMOVE_ITEM headers ${header})
    add_library(sockless_${component} INTERFACE)
    add_library(sockless::${component} ALIAS sockless_${component})
    set_target_properties(sockless_${component} PROPERTIES EXPORT_NAME ${component})
    target_sources(sockless_${component} INTERFACE
        FILE_SET HEADERS BASE_DIRS ${SOCKLESS_INCLUDE} FILES ${header})
    target_link_libraries(sockless_${component} INTERFACE sockless ${sockless_${component}_needs})
endforeach()

# Each of these is for one kind of processor and is not compiled alone; the headers that include them are.
set(vector_headers ${headers})
list(FILTER vector_headers INCLUDE REGEX "/bytes/simd/")
list(REMOVE_ITEM headers ${vector_headers})

add_library(sockless INTERFACE)
add_library(sockless::sockless ALIAS sockless)
target_compile_features(sockless INTERFACE cxx_std_20)
target_sources(sockless INTERFACE
    FILE_SET HEADERS BASE_DIRS ${SOCKLESS_INCLUDE} FILES ${headers}
    FILE_SET vector TYPE HEADERS BASE_DIRS ${SOCKLESS_INCLUDE} FILES ${vector_headers})
set_target_properties(sockless PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
