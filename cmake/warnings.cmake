# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# What everything in this repository is compiled with. The headers stand on a non-system path, so they are held to it too.
# It is no part of what the library asks of the programs that use it. The presets make warnings errors; a plain configure does not, since
# the next compiler warns of something else.

if(MSVC)
    add_compile_options(/W4 /permissive- /Zc:__cplusplus)
else()
    add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wundef
        -Wcast-align -Wdouble-promotion -Wimplicit-fallthrough -Wnon-virtual-dtor)
endif()
