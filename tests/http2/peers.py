# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The programs of these tests, as child processes."""
import os
import re
from pathlib import Path

import harness
from harness import Failure

HERE = Path(__file__).resolve().parent


class Programs:
    """The built examples, and the files of the tests."""

    def __init__(self, options):
        self.what = options.what
        self.folder = options.programs
        self.echo_server = options.programs / "echo_server"
        self.tls = options.tls.resolve()
        self.modules = options.modules

    @property
    def server(self):
        return self.http2("http2_server")

    @property
    def client(self):
        return self.http2("http2_client")

    def http2(self, name):
        program = self.folder / "http2" / name
        if not program.exists():
            raise harness.Missing(f"libnghttp2-dev is missing (Debian package): {name} was not built")
        return program

    @property
    def tls_options(self):
        return ["--tls", f"{self.tls}/server.pem", f"{self.tls}/server.key"]


class Server(harness.Program):
    """A server that prints `listening on URL` first."""

    def __init__(self, program, *options, port=0):
        self.start([program, "--port", str(port), *options])

    def start(self, command, env=None):
        super().__init__(command, env)
        first = self.line() or ""
        match = re.fullmatch(r"listening on \w+://[^:/]+:(\d+)/", first)
        if not match:
            self.kill()
            raise Failure(f"the server prints {first!r}{self.complaint()}")
        self.url = first.split()[-1]
        self.port = int(match.group(1))
        # AddressSanitizer delays the reuse of freed memory, so memory is not compared with limits, and makes programs slow.
        self.is_sanitized = b"__asan_init" in Path(command[0]).read_bytes()

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
