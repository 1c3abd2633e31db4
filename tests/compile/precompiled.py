# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Compiles a header once for many sources that begin with it."""
import subprocess


def precompile(header, folder, command):
    """Compiles `header` into `folder`.

    Returns the command of the compiler that includes it in a source. g++ and clang++ find the `.gch` file beside the name after -include.
    """
    name = folder / "header.hpp"
    name.write_text(f'#include "{header}"\n', encoding="utf-8")
    subprocess.run([*command, "-x", "c++-header", name, "-o", f"{name}.gch"], check=True)
    return [*command, "-include", str(name)]
