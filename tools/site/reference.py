# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The reference of the site: Doxygen reads the comments of the headers, and this module writes one Markdown page for each header."""
import collections
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
PUBLIC_NAMES = ROOT / "tests/public_names.txt"

# The inline namespace is a macro, which Doxygen does not expand in this place. Comparisons that the compiler writes need no comment.
FILTER = ("sed -e 's/namespace sockless::inline SOCKLESS_ABI/namespace sockless/' -e 's/SOCKLESS_[A-Z]*INLINE //' -e 's/SOCKLESS_COLD //' "
          "-e 's/.*operator.*= default;.*//'")
DOXYFILE = f"""
INPUT = {INCLUDE}
RECURSIVE = YES
FILE_PATTERNS = *.hpp *.h
EXCLUDE_PATTERNS = */sockless/c/* */simd/* */fast/* */compact/*
EXCLUDE_SYMBOLS = sockless::detail sockless::detail::* std
INPUT_FILTER = "{FILTER}"
STRIP_FROM_PATH = {INCLUDE}
GENERATE_HTML = NO
GENERATE_LATEX = NO
GENERATE_XML = YES
XML_PROGRAMLISTING = NO
QUIET = YES
WARN_IF_UNDOCUMENTED = YES
WARN_IF_INCOMPLETE_DOC = NO
"""

KINDS = {"function": "function", "typedef": "type", "enum": "enumeration", "variable": "constant", "concept": "concept", "class": "class",
         "struct": "struct", "union": "union"}


def run_doxygen(folder):
    """Returns the warnings; the XML is in `folder`/xml."""
    settings = folder / "Doxyfile"
    settings.write_text(DOXYFILE + f"OUTPUT_DIRECTORY = {folder}\n", encoding="utf-8")
    result = subprocess.run(["doxygen", str(settings)], capture_output=True, text=True, check=False)
    warnings = [line.replace(f"{ROOT}/", "") for line in result.stderr.splitlines() if "warning:" in line or "error:" in line]
    # Doxygen 1.9.4 reports a lambda expression of a member initialiser.
    return [line for line in warnings if "Found ';' while parsing initializer list" not in line]


def public_names():
    """Yields header and name of each public name of the core."""
    header = None
    for line in PUBLIC_NAMES.read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("# "):
            header = line[2:].strip()
        elif line.strip():
            yield header, line.strip()


def escaped(text):
    return re.sub(r"([\\`*_{}\[\]<>|$#])", r"\\\1", re.sub(r"\s+", " ", text))


def plain(node):
    return " ".join("".join(node.itertext()).split()) if node is not None else ""


class Reference:
    """The documented names, by header."""

    def __init__(self, xml):
        self.xml = xml
        self.entries = collections.defaultdict(lambda: collections.defaultdict(list))  # header -> name -> nodes
        self.kinds = {}
        self.documented = set()
        for entry in ElementTree.parse(xml / "index.xml").getroot():
            if entry.get("kind") in ("class", "struct", "union", "concept", "namespace"):
                self._read(entry.get("refid"), entry.get("kind"))
        self._read_c()
        self.home = {}
        for header, names in self.entries.items():
            for name in names:
                self.home.setdefault(name, header)

    def _compound(self, identifier):
        return ElementTree.parse(self.xml / f"{identifier}.xml").getroot().find("compounddef")

    def _add(self, node, name, kind):
        header = node.find("location").get("file").removeprefix("sockless/")
        self.entries[header][name].append((kind, node))

    def _read(self, identifier, kind):
        compound = self._compound(identifier)
        name = plain(compound.find("compoundname")).removeprefix("sockless::")
        if kind == "namespace":
            if name in ("sockless", "testing"):
                for member in compound.iter("memberdef"):
                    self._add(member, plain(member.find("name")), member.get("kind"))
        elif "::" not in name.removeprefix("testing::") and not name.startswith("sockless_") and "<" not in name:
            self._add(compound, name.removeprefix("testing::"), kind)

    def _read_c(self):
        compound = self._compound("sockless_8h")
        for inner in compound.findall("innerclass"):
            inner = self._compound(inner.get("refid"))
            self._add(inner, plain(inner.find("compoundname")), inner.get("kind"))
        for member in compound.iter("memberdef"):
            name = plain(member.find("name"))
            if member.get("kind") != "define" and name not in self.entries["sockless.h"]: # a typedef repeats its struct
                self._add(member, name, member.get("kind"))

    def headers(self):
        """The headers in reading order: those of the umbrella, then the others."""
        umbrella = re.findall(r'#include "([^"]+)"', (INCLUDE / "sockless/sockless.hpp").read_text(encoding="utf-8"))
        order = {header: i for i, header in enumerate(umbrella)}
        return sorted(self.entries, key=lambda header: (order.get(header, len(order)), header))

    @staticmethod
    def page(header):
        return f"reference/{header}.md"

    # Markdown of comments

    def inline(self, node, header):
        out = [escaped(node.text or "")]
        for child in node:
            out.append(self._inline_element(child, header))
            out.append(escaped(child.tail or ""))
        return "".join(out)

    def _inline_element(self, node, header):
        if node.tag == "computeroutput":
            return self.code(plain(node), header)
        if node.tag == "ref":
            return self.code(plain(node), header) if plain(node) in self.home else escaped(plain(node))
        if node.tag == "ulink":
            return f"[{escaped(plain(node))}]({node.get('url')})"
        if node.tag in ("bold", "emphasis"):
            mark = "**" if node.tag == "bold" else "*"
            return mark + self.inline(node, header) + mark
        if node.tag == "linebreak":
            return " "
        special = {"ndash": "–", "mdash": "—", "nonbreakablespace": " ", "sect": "§"}
        return special.get(node.tag) or self.inline(node, header)

    def code(self, text, header):
        name = re.split(r"::|<|\(", text)[0]
        shown = "`" + text + "`" if "`" not in text else escaped(text)
        if name not in self.home:
            return shown
        steps = header.count("/") + 1
        target = ("../" * steps) + self.page(self.home[name])
        return f"[{shown}]({target}#{name})"

    def code_spans(self, text, header):
        """Markdown of a title, in which Doxygen leaves backticks as they are."""
        parts = text.split("`")
        return "".join(self.code(part, header) if i % 2 else escaped(part) for i, part in enumerate(parts))

    def blocks(self, node, header):
        """Yields the paragraphs, lists, tables and blocks of code of a description."""
        if node is None:
            return
        for child in node:
            if child.tag == "para":
                yield from self._paragraph(child, header)
            elif child.tag.startswith("sect"):
                yield from self.blocks(child, header)

    def _paragraph(self, para, header):
        text = [escaped(para.text or "")]
        for child in para:
            block = list(self._block(child, header))
            if block or child.tag in ("simplesect", "parameterlist"):
                if "".join(text).strip():
                    yield "".join(text).strip()
                text = []
                yield from block
            else:
                text.append(self._inline_element(child, header))
            text.append(escaped(child.tail or ""))
        if "".join(text).strip():
            yield "".join(text).strip()

    def _block(self, node, header):
        if node.tag == "programlisting":
            lines = ["".join(self._code_parts(line)) for line in node.findall("codeline")]
            yield "```cpp\n" + "\n".join(lines) + "\n```"
        elif node.tag in ("verbatim", "preformatted"):
            yield "```text\n" + "".join(node.itertext()).strip("\n") + "\n```"
        elif node.tag in ("itemizedlist", "orderedlist"):
            mark = "- " if node.tag == "itemizedlist" else "1. "
            yield "\n".join(mark + " ".join(self.blocks(item, header)) for item in node.findall("listitem"))
        elif node.tag == "table":
            rows = [["".join(self.blocks(cell, header)) for cell in row.findall("entry")] for row in node.findall("row")]
            yield table(*rows)
        elif node.tag == "simplesect":
            title = {"return": "Returns", "pre": "Precondition", "post": "Postcondition", "note": "Note", "see": "See",
                     "warning": "Warning"}.get(node.get("kind"), plain(node.find("title")))
            body = list(self.blocks(node, header))
            if not body: # `@par Source RFC 6455 5.4` is one title for Doxygen
                title, _, rest = title.partition(" ")
                body = [self.code_spans(rest.strip(), header)]
            yield f"**{escaped(title)}**: {body[0]}"
            yield from body[1:]
        elif node.tag == "parameterlist":
            title = {"param": "Parameter", "templateparam": "Template parameter"}.get(node.get("kind"), "Value")
            rows = []
            for item in node.findall("parameteritem"):
                names = []
                for name in item.iter("parametername"):
                    direction = name.get("direction")
                    names.append(f"`{plain(name)}`" + (f" ({direction})" if direction and direction != "in" else ""))
                rows.append((", ".join(names), " ".join(self.blocks(item.find("parameterdescription"), header))))
            yield table((title, "Meaning"), *rows)

    @staticmethod
    def _code_parts(node):
        if node.text:
            yield node.text
        for child in node:
            if child.tag == "sp":
                yield " "
            else:
                yield from Reference._code_parts(child)
            if child.tail:
                yield child.tail

    def description(self, node, header):
        return [*self.blocks(node.find("briefdescription"), header), *self.blocks(node.find("detaileddescription"), header)]

    # Declarations

    @staticmethod
    def template(node):
        parameters = node.find("templateparamlist")
        if parameters is None:
            return ""
        shown = []
        for parameter in parameters.findall("param"):
            text = plain(parameter.find("type"))
            name = plain(parameter.find("declname"))
            if name and not text.endswith(name):
                text += " " + name
            if parameter.find("defval") is not None:
                text += " = " + plain(parameter.find("defval"))
            shown.append(text)
        return f"template <{', '.join(shown)}>\n"

    def declaration(self, kind, node):
        name = plain(node.find("name")) or plain(node.find("compoundname")).removeprefix("sockless::").removeprefix("testing::")
        requires = plain(node.find("requiresclause"))
        template = self.template(node) + (f"    requires {requires}\n" if requires else "")
        if kind == "function":
            return template + tidy(f"{plain(node.find('type'))} {name}{plain(node.find('argsstring'))};")
        if kind == "typedef":
            text = plain(node.find("definition"))
            return template + tidy((text if text.startswith("using") or text.startswith("typedef") else "using " + text) + ";")
        if kind == "variable":
            value = plain(node.find("initializer"))
            text = f"{plain(node.find('type'))} {name}{plain(node.find('argsstring'))}"
            return template + tidy(f"{text} {value};" if value and len(value) < 60 else f"{text};")
        if kind == "enum":
            base = plain(node.find("type"))
            return tidy(f"enum {'class ' if node.get('strong') == 'yes' else ''}{name}{' : ' + base if base else ''};")
        if kind == "concept":
            return plain_code(node.find("initializer"))
        bases = ", ".join(f"{b.get('prot')} {plain(b)}" for b in node.findall("basecompoundref") if "detail" not in plain(b))
        return template + tidy(f"{kind} {name}{' : ' + bases if bases else ''};")

    def members(self, node, header, level):
        """Markdown of the public members of a class."""
        if node is None:
            return
        functions, values, types = collections.OrderedDict(), [], []
        for section in node.findall("sectiondef"):
            for member in section.findall("memberdef"):
                kind = member.get("kind")
                if member.get("prot") != "public" or kind == "friend":
                    continue
                name = plain(member.find("name"))
                if kind == "function":
                    functions.setdefault(name, []).append(member)
                elif kind == "variable":
                    values.append(member)
                elif kind in ("typedef", "enum"):
                    types.append(member)
        for member in types:
            yield f"{'#' * level} {heading(plain(member.find('name')))}"
            yield from self.entry(member.get("kind"), member, header)
        for inner in node.findall("innerclass"):
            if inner.get("prot") != "public":
                continue
            compound = self._compound(inner.get("refid"))
            yield f"{'#' * level} {heading(plain(compound.find('compoundname')).rsplit('::', 1)[-1])}"
            yield from self.entry(compound.get("kind"), compound, header, level + 1)
        if values:
            yield table(("Member", "Meaning"), *((f"`{self.declaration('variable', value).removesuffix(';')}`",
                                                 " ".join(self.description(value, header))) for value in values))
        for name, overloads in functions.items():
            # Deleted functions say what does not exist.
            shown = [f for f in overloads if "=delete" not in plain(f.find("argsstring")).replace(" ", "") and not name.startswith("~")]
            if not shown:
                continue
            yield f"{'#' * level} {heading(name)}"
            for function in shown:
                yield from self.entry("function", function, header)

    def entry(self, kind, node, header, level=3):
        yield f"```cpp\n{self.declaration(kind, node)}\n```"
        yield from self.description(node, header)
        if kind == "enum":
            rows = []
            for value in node.findall("enumvalue"):
                shown = f"{plain(value.find('name'))} {plain(value.find('initializer'))}".strip()
                rows.append((f"`{shown}`", " ".join(self.description(value, header))))
            yield table(("Enumerator", "Meaning"), *rows)
        elif kind in ("class", "struct", "union"):
            yield from self.members(node, header, level)

    def markdown(self, header):
        """The page of one header."""
        text = (INCLUDE / "sockless" / header).read_text(encoding="utf-8")
        parts = [f"# {header}", *self._introduction(text), f"```cpp\n#include <sockless/{header}>\n```"]
        names = self.entries[header]
        for name, nodes in names.items():
            parts.append(f"## {heading(name)}")
            for kind, node in nodes:
                parts.extend(self.entry(kind, node, header))
        return "\n\n".join(parts) + "\n"

    @staticmethod
    def _introduction(text):
        """The comment on the purpose of a file, which is Markdown but for its code."""
        match = re.search(r"^// Copyright.*\n\n((?:///.*\n)+)#", text, re.M)
        if not match:
            return []
        body = re.sub(r"^/// ?", "", match.group(1), flags=re.M)
        body = body.replace("@code", "```c" if text.startswith("// SPDX") and "extern \"C\"" in text else "```cpp").replace("@endcode", "```")
        return [re.sub(r"@[pc] (\w+)", r"`\1`", body).strip()]

    def index(self):
        """The page of all headers."""
        rows = []
        for header in self.headers():
            names = ", ".join(f"[`{name}`]({self.page(header)}#{name})" for name in sorted(self.entries[header], key=str.lower)
                              if not name.startswith("operator"))
            rows.append((f"[`{header}`]({self.page(header)})", names))
        return "\n\n".join(["# Reference by header", "One page for each header, made from its comments. `sockless.hpp` includes those "
                            "that need no other library; [Reference by task](reference-tasks.md) lists the names by purpose.",
                            table(("header", "names"), *rows)]) + "\n"


def heading(name):
    return f"`{name}`"


def table(*rows):
    """A table whose first row has the titles."""
    lines = ["| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell.replace("\n", " ")) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def plain_code(node):
    return "".join(node.itertext()).strip() if node is not None else ""


def tidy(text):
    """The layout of a declaration: one parameter on each line if it is long."""
    text = re.sub(r"< (?=\w)", "<", text.strip())
    text = re.sub(r"(?<=[\w>*&]) >", ">", text).replace(" &", "&").replace(" *", "*").replace("sockless::", "")
    text = re.sub(r"\)(const|noexcept|override)", r") \1", text).replace("=delete", " = delete").replace("=default", " = default")
    text = re.sub(r"([&*])(?=\w)", r"\1 ", text).replace("& &", "&&")
    if len(text) <= 96 or "(" not in text:
        return text
    begin = text.index("(") + 1
    parts, depth, start = [], 0, begin
    for i in range(begin, len(text)):
        if text[i] in "(<{":
            depth += 1
        elif text[i] in ")>}":
            if depth == 0:
                parts.append(text[start:i].strip())
                return text[:begin] + "\n    " + ",\n    ".join(parts) + text[i:]
            depth -= 1
        elif text[i] == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return text
