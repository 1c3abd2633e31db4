# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# Warnings for everything in this repository. The headers are on a non-system path, so that the warnings apply to them too. Programs that use
# the library do not inherit them. The presets make warnings errors; a plain configuration does not, because another compiler has other warnings.

if(MSVC)
    add_compile_options(/W4 /permissive- /Zc:__cplusplus)
else()
    add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wundef
        -Wcast-align -Wdouble-promotion -Wimplicit-fallthrough -Wnon-virtual-dtor)
endif()
