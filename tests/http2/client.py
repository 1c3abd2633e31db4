# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""http2_client with http2_server, node's server and proxies, and with servers that do what a test says."""
import contextlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import frames
import hostile
import node
import peers
import proxies
import wire
from frames import DATA, END_HEADERS, END_STREAM, HEADERS, PING, SETTINGS, frame
from harness import Failure, expect

KIBI, MEBI = 1 << 10, 1 << 20
FIGURES = re.compile(r"(\d+) WebSockets over (\d+) connections, (\d+) bytes each: (\d+) messages came back, (\d+) lost, (\d+) wrong, "
                     r"(\d+) closed cleanly; .* (\d+) bytes of memory for each WebSocket")


class Client:
    def __init__(self, programs, certificates, authority="ca.pem"):
        self.program = programs.client
        self.trust = ["--ca", f"{certificates}/{authority}"] if certificates else []
        self.scheme = "wss" if certificates else "ws"

    def run(self, port, *words, path="/echo", host="localhost", timeout=40):
        """Returns exit status, standard output and standard error."""
        done = subprocess.run([self.program, "--url", f"{self.scheme}://{host}:{port}{path}", *self.trust, *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout, check=False)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def exchange(self, port, sockets=1, connections=1, messages=1, size=125, path="/echo", words=()):
        """All messages have to come back. Returns the bytes of memory for each WebSocket."""
        options = ("--sockets", sockets, "--connections", connections, "--messages", messages, "--size", size)
        status, out, err = self.run(port, *map(str, options), *words, path=path)
        match = FIGURES.match(out)
        if match is None:
            raise Failure(f"status {status}, {out!r}, {err!r}")
        expect((status, *map(int, match.groups()[:7])), (0, sockets, connections, size, sockets * messages, 0, 0, sockets), f"figures; {err!r}")
        return int(match.group(8))

    def fails(self, port, what, *words, path="/echo", host="localhost", within=10):
        """It ends with status 1 and says why."""
        began = time.monotonic()
        status, out, err = self.run(port, *words, path=path, host=host)
        if status != 1 or not (err.startswith("http2_client: ") or " 1 lost" in out) or time.monotonic() - began > within:
            raise Failure(f"{what}: status {status} after {time.monotonic() - began:.1f} s, {out!r}, {err!r}")
        return err or out


def conversations(cases, what, client, port, path="/echo"):
    with cases(f"{what}: one message, and none"):
        client.exchange(port, path=path)
        client.exchange(port, messages=0, path=path)
    with cases(f"{what}: 4 WebSockets on one connection, 20 messages of each length of a frame's header"):
        for size in (0, 125, 126, 65535, 65536):
            client.exchange(port, 4, 1, 20, size, path)
    with cases(f"{what}: 1 MiB, on 4 WebSockets at once; permessage-deflate"):
        client.exchange(port, 4, 1, 2, MEBI, path)
        client.exchange(port, 4, 2, 5, 100000, path, ["--deflate"])


def ours(cases, programs):
    """http2_server."""
    for what, certificates in (("h2c", None), ("TLS", programs.tls)):
        client = Client(programs, certificates)
        options = programs.tls_options if certificates else []
        with peers.Server(programs.server, *options) as server:
            conversations(cases, what, client, server.port)
            with cases(f"{what}: 1,000 WebSockets over 10 connections: nothing is lost"):
                before = server.memory()
                with client_in_background(client, server.port, "--sockets", "1000", "--connections", "10", "--messages", "20") as (process, lines):
                    most = before
                    while process.poll() is None:
                        most = max(most, server.memory())
                        time.sleep(0.01)
                match = FIGURES.match(lines[0]) if lines else None
                expect((process.returncode, match and match.group(4)), (0, "20000"), f"the client: {lines}")
                print(f"{what}: memory of each WebSocket: {(most - before) // 1000} bytes in the server, {match.group(8)} in the client")
            with cases(f"{what}: 16 MiB"):
                client.exchange(server.port, size=16 * MEBI)
            with cases(f"{what}: refused with 403"):
                client.fails(server.port, "refused", path="/refused")
            if certificates:
                with cases(f"{what}: a certificate that is not trusted, one of another name, one that has expired"):
                    Client(programs, certificates, "stranger.pem").fails(server.port, "not trusted")
                    for name in ("wrong-name", "expired"):
                        with peers.Server(programs.server, "--tls", certificates / f"{name}.pem", certificates / f"{name}.key") as other:
                            client.fails(other.port, name)
            with cases(f"{what}: the server goes away, with SIGTERM and with SIGKILL"):
                for number in (signal.SIGTERM, signal.SIGKILL):
                    with peers.Server(programs.server, *options) as other:
                        with client_in_background(client, other.port, "--sockets", "20", "--messages", "1000000") as (process, _):
                            time.sleep(0.3)
                            other.signal(number)
                            expect(process.wait(10), 1, "status of the client")
        with cases(f"{what}: nobody listens; a server without HTTP/2"):
            client.fails(server.port, "nobody listens")
            with peers.Server(programs.echo_server, *options) as other:
                client.fails(other.port, "a server without HTTP/2")
    strange_servers(cases, programs)


@contextlib.contextmanager
def client_in_background(client, port, *words):
    command = [client.program, "--url", f"{client.scheme}://localhost:{port}/echo", *client.trust, *words]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        lines = []
        try:
            yield process, lines
            lines += process.stdout.read().splitlines()
        finally:
            process.kill()


CONNECT_PROTOCOL = frame(SETTINGS, 0, 0, struct.pack("!HI", 8, 1))


def accepted(*more, end=False):
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), 1, hostile.head([(":status", "200"), *more]))


def status(code, *more):
    return frame(HEADERS, END_HEADERS, 1, hostile.head([(":status", code), *more]))


def data(*ws_frames, end=False):
    return frame(DATA, END_STREAM if end else 0, 1, b"".join(ws_frames))


def ws_frame(opcode, payload=b"", first=0x80):
    return bytes([first | opcode, len(payload)]) + payload


# What a server sends before the request, and after it. None: it closes the connection. The client ends with status 1 and says why.
STRANGE = {
    "no SETTINGS_ENABLE_CONNECT_PROTOCOL": (frame(SETTINGS, 0, 0), b""),
    "SETTINGS_ENABLE_CONNECT_PROTOCOL 2": (frame(SETTINGS, 0, 0, struct.pack("!HI", 8, 2)), b""),
    "no SETTINGS": (b"", b""),
    "another protocol": (b"HTTP/1.1 400 Bad Request\r\n\r\n", b""),
    "the connection ends": (None, b""),
    "GOAWAY first": (CONNECT_PROTOCOL + frame(frames.GOAWAY, 0, 0, bytes(8)), b""),
    "no response": (CONNECT_PROTOCOL, b""),
    "the connection ends after the request": (CONNECT_PROTOCOL, None),
    "status 101": (CONNECT_PROTOCOL, status("101")),
    "status 200 without a name": (CONNECT_PROTOCOL, frame(HEADERS, END_HEADERS, 1, hostile.head([("x", "200")]))),
    "status 404": (CONNECT_PROTOCOL, status("404")),
    "status 301": (CONNECT_PROTOCOL, status("301", ("location", "/other"))),
    "status 2000": (CONNECT_PROTOCOL, status("2000")),
    "a subprotocol that was not offered": (CONNECT_PROTOCOL, accepted(("sec-websocket-protocol", "chat"))),
    "an extension that was not offered": (CONNECT_PROTOCOL, accepted(("sec-websocket-extensions", "permessage-deflate"))),
    "an upper-case name": (CONNECT_PROTOCOL, accepted(("X-Upper", "1"))),
    "connection": (CONNECT_PROTOCOL, accepted(("connection", "upgrade"))),
    "END_STREAM with the response": (CONNECT_PROTOCOL, accepted(end=True)),
    "END_STREAM after it": (CONNECT_PROTOCOL, accepted() + data(end=True)),
    "RST_STREAM": (CONNECT_PROTOCOL, frame(frames.RST_STREAM, 0, 1, struct.pack("!I", frames.REFUSED_STREAM))),
    "RST_STREAM after the response": (CONNECT_PROTOCOL, accepted() + frame(frames.RST_STREAM, 0, 1, struct.pack("!I", frames.CANCEL))),
    "GOAWAY that refuses the stream": (CONNECT_PROTOCOL, frame(frames.GOAWAY, 0, 0, bytes(8))),
    "GOAWAY with an error": (CONNECT_PROTOCOL, accepted() + frame(frames.GOAWAY, 0, 0, struct.pack("!II", 1, 11))),
    "DATA before the response": (CONNECT_PROTOCOL, data(ws_frame(1, b"x"))),
    "PUSH_PROMISE": (CONNECT_PROTOCOL, frame(5, END_HEADERS, 1, struct.pack("!I", 2) + hostile.head(hostile.PLAIN))),
    "a masked frame": (CONNECT_PROTOCOL, accepted() + data(wire.frame(1, b"x"))),
    "text that is no UTF-8": (CONNECT_PROTOCOL, accepted() + data(ws_frame(1, b"\xff"))),
    "a message of 2^62 bytes": (CONNECT_PROTOCOL, accepted() + data(b"\x82\x7f\x40" + bytes(7))),
    "another message": (CONNECT_PROTOCOL, accepted() + data(ws_frame(2, b"other"))),
    "a close frame": (CONNECT_PROTOCOL, accepted() + data(ws_frame(8, b"\x03\xf3"))),
    "too many fields": (CONNECT_PROTOCOL, frame(HEADERS, 0, 1, hostile.head([(":status", "200")])) +
                        frame(frames.CONTINUATION, END_HEADERS, 1, hostile.LITERAL * 3000)),
    "100,000 PING": (CONNECT_PROTOCOL, frame(PING, 0, 0, bytes(8)) * 100000),
    "100,000 SETTINGS": (CONNECT_PROTOCOL, frame(SETTINGS, 0, 0) * 100000),
    "100,000 interim responses": (CONNECT_PROTOCOL, status("103") * 100000),
    "DATA beyond the window": (CONNECT_PROTOCOL, accepted() + data(b"\x82\x7f\0\0\0\0\0\x80\0\0") + frame(DATA, 0, 1, bytes(16384)) * 300),
}


# A part of what the client says; others may say less.
REASONS = {
    "no SETTINGS_ENABLE_CONNECT_PROTOCOL": "has no WebSockets over HTTP/2",
    "the connection ends": "the server has ended the connection",
    "no response": "in time",
    "the connection ends after the request": "without a close frame",
    "status 404": "not 2xx",
    "status 301": "not 2xx",
    "a subprotocol that was not offered": "subprotocol that was not offered",
    "an extension that was not offered": "extension that was not offered",
    "RST_STREAM": "without a close frame",
    "END_STREAM after it": "without a close frame",
    "a masked frame": "masked",
    "text that is no UTF-8": "UTF-8",
    "a message of 2^62 bytes": "larger than",
    "a close frame": "1 lost",
}


def has_request(received):
    at = len(frames.PREFACE)
    while at + 9 <= len(received):
        if received[at + 3] == HEADERS:
            return True
        at += 9 + int.from_bytes(received[at:at + 3], "big")
    return False


class StrangeServer:
    """Serves one connection."""

    def __init__(self, before, after):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, args=(before, after))
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.thread.join()

    def serve(self, before, after):
        self.listener.settimeout(10)
        with contextlib.suppress(OSError), self.listener.accept()[0] as peer:
            peer.settimeout(10)
            if before is None:
                return
            peer.sendall(before)
            received = b""
            while not has_request(received):
                if not (part := peer.recv(65536)):
                    return
                received += part
            if after is None:
                return
            with contextlib.suppress(TimeoutError):
                peer.settimeout(3)
                peer.sendall(after)
            peer.settimeout(10)
            while peer.recv(65536):
                pass


def strange_servers(cases, programs):
    client = Client(programs, None)

    def play(item):
        name, (before, after) = item
        try:
            with StrangeServer(before, after) as server:
                why = client.fails(server.port, f"a server with {name}", "--time-out", "2000", within=5)
            if REASONS.get(name, "") not in why:
                return f"a server with {name}: {why!r}"
        except Failure as failure:
            return str(failure)
        return None

    with cases(f"{len(STRANGE)} servers that make mistakes: the client ends, with the reason"):
        with ThreadPoolExecutor(8) as pool:
            failures = [each for each in pool.map(play, STRANGE.items()) if each]
        if failures:
            raise Failure("; ".join(failures))


def others(cases, programs):
    """node's server, and proxies in front of echo_server."""
    for what, certificates in (("h2c", None), ("TLS", programs.tls)):
        client = Client(programs, certificates)
        files = programs.tls_options[1:] if certificates else []
        with node.NodeServer(programs, *files) as server:
            conversations(cases, f"node, {what}", client, server.port)
            with cases(f"node, {what}: refused with 403"):
                client.fails(server.port, "refused", path="/refused")
        for name in ("nghttpx", "haproxy"):
            with proxies.behind(name, programs) as (_, ports):
                conversations(cases, f"{name}, {what}", client, ports[1 if certificates else 0], "/")
        with proxies.behind("apache2", programs) as (_, ports), cases(f"apache2, {what}: 4 WebSockets on one connection"):
            # Apache ends a stream only after the client has ended it, so each of them takes the closing time-out.
            client.exchange(ports[1 if certificates else 0], 4, 1, 20, 1000, "/", ["--time-out", "1000"])
