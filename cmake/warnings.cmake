# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# Warnings for everything in this repository. The headers are on a non-system path, so that the warnings apply to them too. Programs that use
# the library do not inherit them. The presets make warnings errors; a plain configuration does not, because another compiler has other warnings.

if(MSVC)
    add_compile_options(/W4 /permissive- /Zc:__cplusplus)
else()
    add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef
        -Wcast-align -Wdouble-promotion -Wimplicit-fallthrough
        "$<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast;-Wnon-virtual-dtor>" "$<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes>")
endif()
