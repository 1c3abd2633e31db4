# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Mends what Debian's package of furo lacks: its script is a module that no browser loads from a file, its style sheet imports another one from
the web server, and its compiler of style sheets has dropped the palette for `prefers-color-scheme: dark`."""
import pathlib
import re

NORMALIZE = pathlib.Path("/usr/share/javascript/normalize.css/normalize.css")
IMPORT = "@import url(/javascript/normalize.css/normalize.css);"
DARK = re.compile(r'body\[data-theme="dark"\] \{(\s*--color.*?)\}', re.S)


def mend(site):
    """Changes the files of the theme in `site`. A newer package, which is whole, is left as it is."""
    style = site / "_static/styles/furo.css"
    text = style.read_text(encoding="utf-8")
    if text.startswith(IMPORT):
        text = NORMALIZE.read_text(encoding="utf-8") + text.removeprefix(IMPORT)
    if "prefers-color-scheme" not in text:
        palette = DARK.search(text).group(1)
        text += "\n@media not print { @media (prefers-color-scheme: dark) {\n"
        text += f'body:not([data-theme="light"]) {{{palette}}}\n'
        text += 'html body:not([data-theme="light"]) .only-light { display: none !important; }\n'
        text += 'body:not([data-theme="light"]) .only-dark { display: block !important; }\n} }\n'
    style.write_text(text, encoding="utf-8")

    script = site / "_static/scripts/furo.js"
    text = script.read_text(encoding="utf-8")
    imported = 'import Gumshoe from "./gumshoe-patched.js";'
    if imported in text:
        library = (site / "_static/scripts/gumshoe-patched.js").read_text(encoding="utf-8")
        script.write_text(library + "\n" + text.replace(imported, ""), encoding="utf-8")
