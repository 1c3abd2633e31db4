# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Reads titles and tags from the sources of the tests; a module for the scripts of this folder."""
import re

TAG = re.compile(r"\[([^\[\]\s]+)\]")
_STRINGS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
_MACRO = re.compile(r"(?:TEMPLATE_)?TEST_CASE(?:_SIG\(|_METHOD\([^,]*,|\()\s*" + _STRINGS + r",\s*" + _STRINGS)


def cases_in(text):
    """Yields (title, tags) for every tagged test case of a C++ source."""
    for match in _MACRO.finditer(text):
        title, tags = ("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', part)) for part in match.groups())
        yield title, TAG.findall(tags)
