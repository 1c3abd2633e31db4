# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The common part of the tests of this folder: cases, and programs that are started, read and ended."""
import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import scenes

HERE = Path(__file__).resolve().parent
SKIPPED = 77
MAX_FAILURES = 12  # each may take its whole time limit


class Failure(Exception):
    pass


def expect(got, wanted, what):
    if got != wanted:
        raise Failure(f"{what}: expected {shortened(wanted)}, got {shortened(got)}")


def shortened(value, max_size=300):
    text = repr(value)
    return text if len(text) <= max_size else f"{text[:max_size // 2]} ... {text[-max_size // 2:]}"


class Cases:
    """Prints one line per case; `with cases("text: empty"): ...` fails if its block raises anything."""

    def __init__(self, title):
        self.passed = 0
        self.failed = 0
        self.began = time.monotonic()
        print(f"== {title}", flush=True)

    @contextlib.contextmanager
    def __call__(self, name):
        began = time.monotonic()
        with self.unnamed(name):
            yield
            self.passed += 1
            took = time.monotonic() - began
            print(f"ok {name}" + (f" ({took:.1f} s)" if took >= 1 else ""), flush=True)

    @contextlib.contextmanager
    def unnamed(self, name="outside of the cases"):
        """A case that is counted only if it fails."""
        try:
            yield
        except Exception as problem:
            self.failed += 1
            text = str(problem) if isinstance(problem, Failure) else f"{type(problem).__name__}: {problem}"
            print(f"FAILED {name}: {text}", flush=True)
            if self.failed == MAX_FAILURES:
                print("too many failures: the remaining cases are skipped")
                sys.exit(self.end())

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {time.monotonic() - self.began:.1f} s")
        return 1 if self.failed or not self.passed else 0


class Missing(Exception):
    """A peer is not available; the text names the package."""


def missing_status(problem):
    print(f"did not run: {problem}", flush=True)
    return 1 if os.environ.get("CI") in ("true", "1") else SKIPPED


class Program:
    """A child process whose lines are read as they arrive. It is always ended, by its own id."""

    def __init__(self, command, env=None):
        self.command = [str(word) for word in command]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(self.command, **pipes, env={**os.environ, **(env or {})},
                                        text=True, encoding="utf-8", errors="replace")
        self.lines = queue.Queue()
        self.said = []      # its standard error
        self.readers = [threading.Thread(target=self.read, args=a, daemon=True)
                        for a in ((self.process.stdout, self.lines.put), (self.process.stderr, self.said.append))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def read(stream, keep):
        for line in stream:
            keep(line.rstrip("\n"))
        keep(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def complaint(self):
        text = " / ".join(line for line in self.said if line)
        return f"; its output: {text[-1000:]}" if text else ""

    def line(self, timeout=scenes.PATIENCE + 5):
        """Returns the next line of standard output; None at its end."""
        try:
            return self.lines.get(timeout=timeout)
        except queue.Empty:
            raise Failure(f"{Path(self.command[0]).name} prints nothing for {timeout} s{self.complaint()}") from None

    def rest(self, timeout=scenes.PATIENCE + 5):
        """Returns the remaining lines and the exit status."""
        deadline = time.monotonic() + timeout
        lines = []
        while (line := self.line(max(0.1, deadline - time.monotonic()))) is not None:
            lines.append(line)
        return lines, self.wait(max(1, deadline - time.monotonic()))

    def wait(self, timeout):
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"{Path(self.command[0]).name} does not end within {timeout:.0f} s") from None
        for reader in self.readers:
            reader.join(2)
        return status

    def write(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader in self.readers:
            reader.join(2)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                stream.close()


class EchoServer(Program):
    """The example program, on a free port."""
    words = ()  # options of every run

    def __init__(self, program, *options):
        super().__init__([program, "--port", "0", *self.words, *options])
        line = self.line()
        match = re.fullmatch(r"listening on (ws://[^:]+:(\d+))/?", line or "")
        if not match:
            self.kill()
            raise Failure(f"the server's first line is {line!r}{self.complaint()}")
        self.url = match.group(1) + "/"
        self.port = int(match.group(2))

    def terminate(self):
        """Stops it and returns its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(scenes.PATIENCE)


class Seen:
    """The events that one endpoint has printed, by kind."""
    clean = ""

    def __init__(self, lines):
        self.all = [line for line in lines if line]
        self.messages = self.of("text ", "binary ")
        self.pings = self.of("ping ")
        self.pongs = self.of("pong ")
        self.closes = self.of("close ")
        self.errors = self.of("error ")
        self.refusals = self.of("refused ")
        self.opens = self.of("open ")

    def of(self, *kinds):
        return [line for line in self.all if line.startswith(kinds)]

    @property
    def protocol(self):
        match = re.match(r"open protocol=(\S*)", self.opens[0]) if self.opens else None
        return match.group(1) if match else None

    @property
    def extensions(self):
        match = re.search(r" extensions=(.*)", self.opens[0]) if self.opens else None
        return match.group(1) if match else None

    def expect_messages(self, wanted, who):
        if self.messages == wanted:
            return
        for i, line in enumerate(wanted):
            if i >= len(self.messages) or self.messages[i] != line:
                got = self.messages[i] if i < len(self.messages) else f"nothing; all it saw: {shortened(self.all)}"
                raise Failure(f"message {i + 1} of {len(wanted)} at {who}: expected {line}, got {got}")
        raise Failure(f"{who} got {len(self.messages)} messages, not {len(wanted)}; then {self.messages[len(wanted)]}")

    def expect_close(self, code, reason, who):
        """`reason` None: any."""
        lines = [re.sub(' ".*"', "", line) for line in self.closes] if reason is None else self.closes
        wanted = (f"close {code}" if reason is None else scenes.close_line(code, reason)) + self.clean
        expect(lines, [wanted], f"close at {who} ({shortened(self.all)})")


class SeenByOurs(Seen):
    """The same for the example program client, with its exit status and whether the close was clean."""
    clean = " clean"

    def __init__(self, lines, status):
        super().__init__(lines)
        self.status = status

    def expect_clean(self, code, reason):
        expect((self.errors, self.status), ([], 0), f"errors and exit status of our client ({shortened(self.all)})")
        self.expect_close(code, reason, "our client")

    def expect_error(self, name):
        expect(([line.split(":")[0] for line in self.errors], self.status), ([f"error {name}"], 1),
               f"errors and exit status of our client ({shortened(self.all)})")
        expect(self.closes, ['close 1006 "" unclean'] if self.opens else [], "close at our client")


class Peer(Program):
    """A peer program: scenes go in, events come out."""

    def __init__(self, name, command, env=None):
        super().__init__(command, env)
        self.name = name
        self.shows_pings = name in ("ws", "gorilla", "netty")  # the interface of websockets does not report them
        self.playing = False

    def start(self, scene):
        if self.playing:
            self.events()  # those of a case that has failed
        self.write(json.dumps(scene) + "\n")
        self.playing = True

    def events(self):
        """Returns all lines up to the end of the scene."""
        lines = []
        while (line := self.line()) != "end":
            if line is None:
                raise Failure(f"{self.name} has ended{self.complaint()}")
            lines.append(line)
        self.playing = False
        return Seen(lines)

    def connect(self, url, *actions, **scene):
        """Runs the peer as a client."""
        self.start({"connect": url, "actions": actions, **scene})
        return self.events()

    def listen(self, *actions, **scene):
        """Runs the peer as a server for one connection; returns its port. `events` returns the events."""
        self.start({"listen": True, "actions": actions, **scene})
        line = self.line()
        if not line or not line.startswith("listening "):
            raise Failure(f"{self.name} prints {line!r} instead of its port{self.complaint()}")
        return int(line.split()[1])


# The program of each peer, its Debian package, and a check whether that is installed.
PYTHON = [sys.executable, "-B"]
PEERS = {
    "websockets": ([*PYTHON, HERE / "peer_websockets.py"], "python3-websockets", [*PYTHON, "-c", "import websockets.legacy"]),
    "ws": (["node", HERE / "peer_ws.js"], "nodejs", ["node", "--version"]),
    "aiohttp": ([*PYTHON, HERE / "peer_aiohttp.py"], "python3-aiohttp", [*PYTHON, "-c", "import aiohttp"]),
    "tornado": ([*PYTHON, HERE / "peer_tornado.py"], "python3-tornado", [*PYTHON, "-c", "import tornado"]),
    "mojolicious": (["/usr/bin/perl", HERE / "peer_mojolicious.pl"], "libmojolicious-perl", ["/usr/bin/perl", "-MMojolicious", "-e1"]),
}
# Peers that the script build compiles into the folder of the npm packages.
JARS = [f"/usr/share/java/{name}.jar" for name in
        ("netty-common", "netty-buffer", "netty-transport", "netty-resolver", "netty-codec", "netty-codec-http", "netty-handler", "jzlib")]
BUILT = {
    "gorilla": (["{folder}/peer_gorilla"], "golang-go or golang-github-gorilla-websocket-dev"),
    "netty": (["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", ":".join(["{folder}/netty", *JARS]), "PeerNetty"],
              "default-jdk-headless, libnetty-java or libjzlib-java"),
}


def start_peer(name, modules):
    if name in BUILT:
        command, package = BUILT[name]
        folder = Path(modules).resolve().parent
        if not (folder / {"gorilla": "peer_gorilla", "netty": "netty/PeerNetty.class"}[name]).exists():
            raise Missing(f"{package} is missing (Debian package); tests/interop/build compiles the peer")
        return Peer(name, [word.format(folder=folder) for word in command])
    command, package, check = PEERS[name]
    try:
        there = subprocess.run(check, capture_output=True, check=False).returncode == 0
    except OSError:
        there = False
    if not there:
        raise Missing(f"{package} is missing (Debian package)")
    if name == "ws" and not (Path(modules) / "ws" / "package.json").exists():
        raise Missing("ws is missing (npm package); tests/interop/prepare installs it, with npm (Debian package)")
    return Peer(name, command, {"NODE_PATH": str(modules)})
