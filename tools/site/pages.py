# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The pages of the site: copies of the documents of the repository, in which links lead to pages of the site."""
import html
import os
import pathlib
import re
import shutil
import subprocess

import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Title of a part of the navigation, and its documents; one that does not exist is left out.
NAVIGATION = (
    ("Start", ("docs/tutorial.md",)),
    ("How-to", ("docs/recipes.md", "docs/devices.md", "docs/c.md", "docs/deflate.md", "docs/scaling.md", "examples/README.md")),
    ("Reference", ("docs/reference-tasks.md", "reference.md", "docs/inspector.md")),
    ("Explanation", ("docs/design.md", "docs/closing.md", "docs/threat-model.md", "docs/faq.md")),
    ("Evidence", ("docs/conformance.md", "docs/platforms.md", "docs/interoperability.md", "docs/performance.md", "docs/servers.md", "docs/size.md",
                  "bench/tried.md")),
    ("Migration", ("docs/migration/wslay.md", "docs/migration/beast.md", "docs/migration/websocketpp.md", "docs/migration/libwebsockets.md",
                   "docs/migration/uwebsockets.md")),
    ("Project", ("CHANGELOG.md", "docs/support.md", "docs/roadmap.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "LICENSE")),
)
# Documents outside docs/ and their names in the site.
NAMES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security.md",
         "CODE_OF_CONDUCT.md": "code-of-conduct.md", "bench/tried.md": "tried.md", "examples/README.md": "examples.md",
         "README.zh-CN.md": "readme-zh-cn.md", "docs/README.md": "documents.md", "tests/README.md": "tests.md", "fuzz/README.md": "fuzz.md",
         "tests/vectors/README.md": "vectors.md", "tools/README.md": "tools.md", "LICENSE": "license.md"}
# The folder of pages that Sphinx copies as they are: html_extra_path of conf.py.
EXTRA = "_extra"
LIGHT = HtmlFormatter(style="friendly", cssclass="code").get_style_defs(".code")
DARK = HtmlFormatter(style="github-dark", cssclass="code").get_style_defs(".code")
SOURCE_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title} - sockless</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 1rem; }}
.code {{ font-size: 0.85rem; overflow-x: auto; padding: 0 1rem; }}
@media not (prefers-color-scheme: dark) {{ a {{ color: #0b5394; }} {light} }}
@media (prefers-color-scheme: dark) {{ body {{ background: #131416; color: #cfd0d0; }} a {{ color: #7ab8f5; }} {dark} }}
</style></head>
<body><p><a href="{home}">sockless</a> / {title}</p>
{body}
</body></html>
"""
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")


class Site:
    """Copies documents to a folder, with everything in the repository that they link to."""

    def __init__(self, folder, reference):
        self.folder = folder
        self.reference = reference
        self.wanted = []
        self.pages = {}
        self.sources = set(subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                                          check=True).stdout.splitlines())
        self.broken = []

    def name_of(self, path):
        """The page of a file or folder of the repository."""
        if path not in self.pages:
            if path in NAMES:
                name = NAMES[path]
            elif path.startswith("docs/") and path.endswith(".md"):
                name = path.removeprefix("docs/")
            elif path.startswith("include/sockless/") and path.removeprefix("include/sockless/") in self.reference.entries:
                return self.reference.page(path.removeprefix("include/sockless/"))
            else:
                name = f"source/{path}" + ("" if path.endswith(".md") else ".html")
            self.pages[path] = name
            self.wanted.append(path)
        return self.pages[path]

    def exists(self, path):
        return path in self.sources or any(source.startswith(f"{path}/") for source in self.sources)

    def link(self, match, path):
        """A link of the document `path` as one of the site."""
        image, text, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match.group()
        target, _, anchor = target.partition("#")
        there = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if not self.exists(there):
            self.broken.append(f"{path}: {match.group(3)} does not exist")
            return match.group()
        here = os.path.dirname(self.name_of(path))
        if image or there.endswith((".png", ".svg")):
            name = there.removeprefix("docs/")
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / there, self.folder / name)
            return f"{image}[{text}]({os.path.relpath(name, here or '.')})"
        name = self.name_of(there)
        header = there.removeprefix("include/sockless/")
        if not anchor and text.strip("`") in self.reference.entries.get(header, {}) and there.startswith("include/"):
            anchor = text.strip("`")
        name = os.path.relpath(name, here or ".")
        if name.endswith(".html"): # not a document of Sphinx
            return f'<a href="{name}">{text}</a>'
        return f"[{text}]({name}{'#' + anchor if anchor else ''})"

    def add(self, name, text):
        page = self.folder / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")

    def document(self, path):
        text = (ROOT / path).read_text(encoding="utf-8")
        parts = re.split(r"(^ *```.*?^ *```$)", text, flags=re.S | re.M) # every second part is a block of code
        return "".join(part if i % 2 else LINK.sub(lambda match: self.link(match, path), part) for i, part in enumerate(parts))

    def source(self, path):
        """The page of a file that is not a document, or of a folder. Sphinx would need a minute for all of them."""
        here = os.path.dirname(self.name_of(path))
        if path in self.sources:
            body = pygments.highlight((ROOT / path).read_text(encoding="utf-8"), lexer_for(path), HtmlFormatter(cssclass="code"))
        else:
            files = sorted(source for source in self.sources if source.startswith(f"{path}/") and is_text(source))
            body = "\n".join(f'<li><a href="{os.path.relpath(page_url(self.name_of(file)), here)}">{file.removeprefix(path + "/")}</a></li>'
                             for file in files)
        return SOURCE_PAGE.format(title=html.escape(path), home=os.path.relpath("index.html", here), body=body, light=LIGHT, dark=DARK)

    def write(self, has_inspector):
        """Writes all pages; that of the inspector leads to it if it stands in the site."""
        trees = []
        for part, documents in NAVIGATION:
            names = [self.name_of(path) for path in documents if path in self.sources and path != "reference.md"]
            if part == "Reference":
                names.append("reference.md")
            if names:
                entries = "\n".join(name.removesuffix(".md") for name in names)
                trees.append(f"```{{toctree}}\n:hidden:\n:caption: {part}\n\n{entries}\n```\n")
        self.name_of("README.md")
        in_navigation = {path for _, documents in NAVIGATION for path in documents} | {"README.md"}
        while self.wanted:
            path = self.wanted.pop()
            if path == "LICENSE":
                text = "# Licence\n\n```text\n" + (ROOT / path).read_text(encoding="utf-8") + "```\n"
            elif path.endswith(".md"):
                text = self.document(path)
                if path not in in_navigation:
                    text = "---\norphan: true\n---\n\n" + text
            else:
                text = self.source(path)
                self.add(f"{EXTRA}/{self.name_of(path)}", text)
                continue
            if path == "docs/inspector.md" and has_inspector:
                text = text.replace("\n\n", '\n\n<a href="inspector/index.html">Open the inspector</a>\n\n', 1)
            if path == "README.md":
                text += "\n" + "\n".join(trees)
            self.add(self.name_of(path), text)


def is_text(path):
    return pathlib.Path(path).suffix not in (".png", ".gz", ".pcap", ".ico", ".wasm")


def lexer_for(path):
    try:
        return get_lexer_for_filename(path)
    except ClassNotFound:
        return TextLexer()


def page_url(name):
    return name.removesuffix(".md") + ".html" if name.endswith(".md") else name
