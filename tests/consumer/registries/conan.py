#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Runs a Conan recipe without Conan.

    conan.py RECIPE FOLDER VERSION COMPILER

Implements the functions of Conan that this recipe uses, as Conan's manual describes them; any other function fails. The result is
FOLDER/package, and the recipe's test package, which is built against it and run.
"""
import collections
import fnmatch
import hashlib
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import types
import urllib.request


class Component:
    """cpp_info, or one of its components."""

    def __init__(self):
        self.properties, self.requires = {}, []
        self.bindirs, self.libdirs, self.includedirs = ["bin"], ["lib"], ["include"]
        self.components = collections.defaultdict(Component)

    def set_property(self, name, value):
        self.properties[name] = value


class ConanFile:
    """The base class of a recipe."""

    def __init__(self):
        self.required, self.cpp_info, self.info = [], Component(), types.SimpleNamespace(clear=lambda: None)

    def requires(self, reference):
        self.required.append(reference)


def get(recipe, url, sha256, strip_root):
    content = urllib.request.urlopen(url).read()
    if hashlib.sha256(content).hexdigest() != sha256:
        sys.exit(f"{url}: not the file of conandata.yml")
    archive = recipe.source_folder.parent / "archive.tar.gz"
    archive.write_bytes(content)
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            member.name = member.name.split("/", 1)[1] if strip_root else member.name
            files.extract(member, recipe.source_folder)


def copy(_, pattern, source, target):
    for path in pathlib.Path(source).rglob("*"):
        name = path.relative_to(source)
        if path.is_file() and fnmatch.fnmatch(str(name), pattern):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / name)


def offer(minimum_seen):
    """Puts the modules that a recipe imports where it looks for them."""
    offered = {"conan": {"ConanFile": ConanFile}, "conan.tools": {}, "conan.tools.files": {"copy": copy, "get": get},
               "conan.tools.build": {"check_min_cppstd": lambda _, standard: minimum_seen.append(standard)},
               "conan.tools.layout": {"basic_layout": lambda recipe, src_folder: None}}
    for name, members in offered.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)


def make(recipe_class, sources, version, folder, **chosen):
    """A recipe in the state in which Conan calls its methods."""
    recipe = recipe_class()
    recipe.version = version
    recipe.conan_data = {"sources": {version: sources}}
    recipe.options = types.SimpleNamespace(**{**recipe.default_options, **chosen})
    recipe.source_folder, recipe.package_folder = folder / "source", folder / "package"
    recipe.layout()
    recipe.requirements()
    recipe.validate()
    recipe.package_id()
    return recipe


def write_config(recipe, folder):
    """What CMakeDeps makes of cpp_info."""
    lines = []
    for component in recipe.cpp_info.components.values():
        target = component.properties["cmake_target_name"]
        lines += [f"add_library({target} INTERFACE IMPORTED)",
                  f"target_include_directories({target} INTERFACE {recipe.package_folder / component.includedirs[0]})"]
    (folder / f"{recipe.cpp_info.properties['cmake_file_name']}-config.cmake").write_text("\n".join(lines) + "\n")


def main():
    if len(sys.argv) != 5:
        print(__doc__)
        return 2
    recipes, folder, version, compiler = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    inside = re.search(rf'^  "{re.escape(version)}":\n    folder: (\w+)$', (recipes / "config.yml").read_text(), re.M)
    if not inside:
        sys.exit(f"config.yml does not know version {version}")
    recipe_folder = recipes / inside.group(1)
    data = (recipe_folder / "conandata.yml").read_text()
    sources = dict(re.findall(r'^    (\w+): "([^"]+)"$', data[data.index(f'"{version}":'):], re.M))

    standards = []
    offer(standards)
    spec = importlib.util.spec_from_file_location("conanfile", recipe_folder / "conanfile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (recipe_class,) = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, ConanFile) and c is not ConanFile]

    recipe = make(recipe_class, sources, version, folder, with_openssl=True, with_zlib=True)
    recipe.source()
    recipe.package()
    recipe.package_info()
    targets = {c.properties["cmake_target_name"]: c.requires for c in recipe.cpp_info.components.values()}
    assert standards == [20], standards
    assert [r.split("/")[0] for r in recipe.required] == ["openssl", "zlib"], recipe.required
    assert targets == {"sockless::sockless": [], "sockless::openssl": ["sockless", "openssl::crypto"],
                       "sockless::zlib": ["sockless", "zlib::zlib"]}, targets
    assert (recipe.package_folder / "licenses" / "LICENSE").is_file()
    assert not make(recipe_class, sources, version, folder).required, "the core needs nothing"

    write_config(recipe, folder)
    build = folder / "test_package"
    for command in (["cmake", "-S", recipe_folder / "test_package", "-B", build, f"-DCMAKE_PREFIX_PATH={folder}",
                     f"-Dsockless_DIR={folder}", f"-DCMAKE_CXX_COMPILER={compiler}"], ["cmake", "--build", build],
                    [build / "test_package"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"conan: {recipe.name} {version}, {len(list(recipe.package_folder.rglob('*.hpp')))} headers, {len(targets)} targets")
    return 0


if __name__ == "__main__":
    sys.exit(main())
