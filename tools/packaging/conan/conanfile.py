# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, get
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"


class SocklessConan(ConanFile):
    name = "sockless"
    description = "WebSocket without the sockets: RFC 6455 as a header-only C++20 library that does no I/O"
    license = "MIT"
    topics = ("websocket", "rfc6455", "sans-io", "header-only", "embedded")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"with_openssl": [True, False], "with_zlib": [True, False]}
    default_options = {"with_openssl": False, "with_zlib": False}
    no_copy_source = True

    def layout(self):
        basic_layout(self, src_folder="src")

    def requirements(self):
        if self.options.with_openssl:
            self.requires("openssl/[>=1.1 <4]")
        if self.options.with_zlib:
            self.requires("zlib/[>=1.2.11 <2]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        for pattern in ("*.hpp", "*.h", "*.cppm"):
            copy(self, pattern, os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "sockless")
        self.cpp_info.set_property("pkg_config_name", "sockless")
        self.add_component("sockless")
        if self.options.with_openssl:
            self.add_component("openssl", "openssl::crypto")
        if self.options.with_zlib:
            self.add_component("zlib", "zlib::zlib")

    def add_component(self, name, needs=None):
        """Declares the CMake target sockless::`name`; all others depend on the first."""
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"sockless::{name}")
        component.bindirs = []
        component.libdirs = []
        if needs:
            component.requires = ["sockless", needs]
