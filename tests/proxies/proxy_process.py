# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""A proxy as a child process, with a configuration of the test."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import harness
from harness import Failure


def free_ports(count):
    """Returns free ports. If another process takes one before the proxy does, the proxy does not start and the test fails."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


class Proxy:
    """A proxy with a given configuration; it is ended by the id of its process group."""

    def __init__(self, name, template, command, package=None, **values):
        program = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if program is None:
            raise harness.Missing(f"{package or name} is missing (Debian package)")
        self.folder = tempfile.TemporaryDirectory(prefix="sockless-proxy-", ignore_cleanup_errors=True)
        os.chmod(self.folder.name, 0o755)  # nginx's worker runs as another user
        self.ports = free_ports(3)
        configuration = Path(self.folder.name) / "configuration"
        configuration.write_text(template.format(folder=self.folder.name, ports=self.ports, **values), encoding="ascii")
        self.log = open(Path(self.folder.name) / "log", "w+", encoding="utf-8", errors="replace")
        words = [word.format(file=configuration, folder=self.folder.name) for word in command]
        self.process = subprocess.Popen([program, *words], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        start_new_session=True)
        try:
            self.wait_for(self.ports[0])
        except BaseException:
            self.end()
            raise

    def wait_for(self, port):
        limit = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > limit:
                    self.log.seek(0)
                    raise Failure(f"the proxy does not start: {self.log.read()[-1000:]}") from None
                time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()
        self.folder.cleanup()
