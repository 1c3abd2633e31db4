# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Checks of the site: links lead to something, pages load nothing from elsewhere, the list by task is complete."""
import html.parser
import os
import pathlib
import re
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
TASKS = ROOT / "docs/reference-tasks.md"


class Page(html.parser.HTMLParser):
    """The links and ids of a page, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids.update(attributes[name] for name in ("id", "name") if attributes.get(name))
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag == "link" and attributes.get("rel") not in ("canonical", "next", "prev", "index", "search"):
            self.loads.append(attributes.get("href"))
        elif tag in ("script", "img", "iframe", "source", "object", "embed", "video"):
            self.loads.append(attributes.get("src") or attributes.get("data"))
        if re.search(r"url\(\s*['\"]?(https?:)?//", attributes.get("style") or ""):
            self.loads.append("https://" + attributes["style"])


def check_site(folder):
    """Returns figures, and the links of the pages in `folder` that lead nowhere or load something from elsewhere."""
    pages = {path.relative_to(folder).as_posix(): Page(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")
             if path.relative_to(folder).parts[0] not in ("inspector", "_static")}
    broken, links, elsewhere = [], 0, 0
    for name, page in sorted(pages.items()):
        for target in page.links + [load for load in page.loads if load]:
            links += 1
            scheme = urllib.parse.urlsplit(target).scheme
            if scheme or target.startswith("//"):
                elsewhere += 1
                if target in page.loads and scheme != "data":
                    broken.append(f"{name}: loads {target}")
                continue
            path, _, anchor = urllib.parse.unquote(target).partition("#")
            path = os.path.normpath(os.path.join(os.path.dirname(name), path.split("?")[0])) if path else name
            if not (folder / path).exists():
                broken.append(f"{name}: {target} does not exist")
            elif anchor and path in pages and anchor not in pages[path].ids:
                broken.append(f"{name}: {target} has no such section")
    for path in [*folder.rglob("*.css"), *folder.rglob("*.js")]:
        if path.relative_to(folder).parts[0] == "inspector":
            continue
        for match in re.finditer(r"(?:@import|url\()\s*['\"]?((?:https?:)?/[^'\")\s]+)|(?:fetch|importScripts)\(['\"](https?://[^'\"]+)",
                                 path.read_text(encoding="utf-8")):
            broken.append(f"{path.relative_to(folder)}: loads {match.group(1) or match.group(2)}")
    return {"pages": len(pages), "links": links, "elsewhere": elsewhere}, broken


def check_tasks(public_names):
    """Returns the public names that the list by task does not link to their header."""
    listed = set(re.findall(r"\[`(\w+)`\]\(\.\./include/sockless/([\w./]+)\)", TASKS.read_text(encoding="utf-8")))
    return [f"docs/reference-tasks.md: {name} of {header} is missing" for header, name in public_names if (name, header) not in listed]
