# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Gets Debian packages as lib.sh does. To be imported by the scripts of this folder."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def need(purpose, packages):
    """Whether all are there: `packages` names them, each with a command perhaps, as `need` of lib.sh takes them."""
    command = ["bash", "-c", '. tools/lib.sh && need "$@"', "need", purpose, *packages.split()]
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode == 0
