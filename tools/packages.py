# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Installs Debian packages as lib.sh does; a module for the scripts of this folder."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def need(purpose, packages):
    """Returns whether all packages are installed; `packages` has the form that `need` of lib.sh accepts."""
    command = ["bash", "-c", '. tools/lib.sh && need "$@"', "need", purpose, *packages.split()]
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode == 0
