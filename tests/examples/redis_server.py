# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Debian's redis-server as a child process, on a free port of the loopback address, with its files in a temporary folder."""
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


class RedisServer:
    """It is killed at the end of the `with` block. `persistent`: each write is in a file before its reply."""

    def __init__(self, persistent=False, password=None):
        self.program = shutil.which("redis-server", path="/usr/bin:/usr/local/bin")
        if self.program is None:
            raise FileNotFoundError("redis-server is missing (Debian package redis-server)")
        self.folder = tempfile.TemporaryDirectory(prefix="sockless-redis-")
        self.port = free_port()
        self.password = password
        self.process = None
        self.options = ["--appendonly", "yes", "--appendfsync", "always"] if persistent else []
        if password:
            self.options += ["--requirepass", password]
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder.name, "--save", "",
             "--logfile", f"{self.folder.name}/log", *self.options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            cwd=self.folder.name)
        limit = time.monotonic() + 15
        while True:
            try:
                if self.command("PING") == "PONG":
                    return
            except (OSError, AssertionError):
                assert self.process.poll() is None and time.monotonic() < limit, "redis-server does not start"
            time.sleep(0.02)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def command(self, *words):
        """Returns the reply: text, number, None or a list. An error is an AssertionError."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as one, one.makefile("rwb") as file:
            if self.password:
                self.write(file, "AUTH", self.password)
                self.read(file)
            self.write(file, *words)
            return self.read(file)

    @staticmethod
    def write(file, *words):
        values = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        file.write(b"*%d\r\n" % len(values) + b"".join(b"$%d\r\n%b\r\n" % (len(value), value) for value in values))
        file.flush()

    @classmethod
    def read(cls, file):
        line = file.readline()
        assert line.endswith(b"\r\n"), "the stream has ended"
        kind, value = line[:1], line[1:-2]
        if kind == b"$":
            return None if value == b"-1" else file.read(int(value) + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return [cls.read(file) for _ in range(int(value))]
        assert kind != b"-", value.decode()
        return int(value) if kind == b":" else value.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.folder.cleanup()
