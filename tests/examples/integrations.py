#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Plays the same scenarios with every example server of one event loop, and with every client.

usage: integrations.py [--tls FOLDER] [--ws FOLDER] PROGRAM TEST...
       integrations.py --http yes [--tls FOLDER] PROGRAM TEST...
       integrations.py [--ws FOLDER] --gateway GATEWAY PROGRAM TEST...
       integrations.py [--tls FOLDER] --client CLIENT PROGRAM TEST...

PROGRAM echoes messages up to 16 MiB. It takes `--port N` and `--time-out MS`, which sets all its time-outs, and with --tls
`--certificate FILE` and `--key FILE`. Its first line is "listening on URL". CLIENT takes a URL (and `--ca FILE`), sends lines of standard input
and prints messages. With --http PROGRAM has
pages and a URL with http, and takes `--tls CERTIFICATE KEY`. GATEWAY takes `--upstream URL` as well: it is played with, and PROGRAM is its upstream server. --ws is a folder with the npm package `ws` in node_modules. Without a TEST all are played of
SCENARIOS, CLIENT_SCENARIOS, and PEERS, which are played only if they are named.
"""
import asyncio
import os
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import wire
from wire import BINARY, CLOSE, PING, PONG, REQUEST, TEXT, TIMEOUT, Client, frame, wait_until

KIBI, MEBI = 1 << 10, 1 << 20
# AddressSanitizer delays the reuse of freed memory, so memory is not compared with limits, and makes programs slow.
sanitized = False
ws_folder = None
client_program = None
gateway_program = None
has_pages = False


def skip(why):
    print(f"did not run: {why}")
    sys.exit(77)


class RelayedClient(Client):
    """A gateway passes messages on in pieces: they are joined here."""
    opcode, message = 0, bytearray()

    def receive(self):
        while True:
            fin, opcode, payload = self.receive_frame()
            if opcode & 8:
                return opcode, payload
            assert bool(opcode & 15) != bool(self.opcode), (opcode, self.opcode)
            if not self.opcode:
                self.opcode, self.message = opcode, bytearray()
            self.message += payload
            if fin:
                opcode, self.opcode = self.opcode, 0
                return opcode, bytes(self.message)


class Server(wire.Server):
    upstream = None

    def __init__(self, program, *options, port=0, **more):
        if gateway_program and program != gateway_program:
            self.upstream = wire.Server(program)
            program, options = gateway_program, (*options, "--upstream", "ws://%s:%d" % self.upstream.address)
        if wire.certificates:
            files = (f"{wire.certificates}/server.pem", f"{wire.certificates}/server.key")
            options = (*options, "--tls", *files) if has_pages else (*options, "--certificate", files[0], "--key", files[1])
        command = program if isinstance(program, tuple) else [program]
        self.process = subprocess.Popen([*command, "--port", str(port), *options], stdout=subprocess.PIPE, text=True, **more)
        line = self.process.stdout.readline().strip()
        begin = "http://localhost:" if has_pages else "ws://127.0.0.1:"
        if wire.certificates:
            begin = "https://localhost:" if has_pages else "wss://localhost:"
        assert line.startswith("listening on " + begin) and line.endswith("/"), line
        self.url = line.removeprefix("listening on ")
        self.port = int(line.rsplit(":", 1)[1].rstrip("/"))
        self.address = ("127.0.0.1", self.port)

    def __exit__(self, *_):
        super().__exit__()
        if self.upstream:
            self.upstream.__exit__()

    def client(self, upgrade=True, request=REQUEST):
        return (RelayedClient if self.upstream else Client)(self.address, upgrade, request)


def raw(server):
    """A connection without TLS and without a request."""
    return socket.create_connection(server.address, TIMEOUT)


def expect_gone(one, after, within):
    """The server ends this connection, not before `after` and not later than `within` seconds; returns what arrived."""
    began = time.monotonic()
    received = b""
    try:
        while data := one.recv(65536):
            received += data
    except (ConnectionResetError, ssl.SSLError):
        pass
    took = time.monotonic() - began
    assert after <= took <= within, f"it took {took:.2f} s"
    return received


def raise_limit(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < count:
        skip(f"at most {wanted} open files")


def push(one, message, limit):
    """Sends without reading until the peer accepts nothing for a second; returns the number of bytes sent and the message's frame."""
    one.socket.settimeout(1)
    data = memoryview(frame(BINARY, message))
    sent = 0
    try:
        while sent < limit:
            sent += one.socket.send(data[sent % len(data):])
    except TimeoutError:
        pass
    one.socket.settimeout(TIMEOUT)
    return sent, data


def echoes(program):
    """Text comes back as text and binary as binary, whole and of every length form, up to 16 MiB; a larger message is refused."""
    with Server(program) as server:
        one = server.client()
        for size in (0, 1, 125, 126, 127, 4000, 65535, 65536, MEBI, 16 * MEBI):
            one.send(BINARY, data := (bytes(range(256)) * (size // 256 + 1))[:size])
            one.expect(BINARY, data)
            one.send(TEXT, text := ("\u20ac" * (size // 3)).encode())
            one.expect(TEXT, text)
        one.socket.sendall(frame(BINARY, bytes(16 * MEBI + 1))[:14])
        one.expect_close(1009)
        one.expect_end()
        one.socket.close()
        server.stop()


def fragments(program):
    """Fragments with control frames between them make one message; bytes that arrive one by one make the same."""
    with Server(program) as server:
        one = server.client()
        one.socket.sendall(frame(TEXT, b"one ", fin=False) + frame(PING, b"between") + frame(0, b"", fin=False) + frame(0, b"message"))
        one.expect(PONG, b"between")
        one.expect(TEXT, b"one message")
        for byte in frame(TEXT, b"byte ", fin=False) + frame(0, b"by byte"):
            one.socket.sendall(bytes([byte]))
            time.sleep(0.002)
        one.expect(TEXT, b"byte by byte")
        large = bytes(range(256)) * 4096
        one.socket.sendall(b"".join(frame(BINARY if i == 0 else 0, large[i * 16384:][:16384], fin=i == 63) for i in range(64)))
        one.expect(BINARY, large)
        one.close()
        server.stop()


def pings(program):
    """A ping is answered with its payload, in order with the echoes. A gateway answers for itself."""
    with Server(program) as server:
        one = server.client()
        one.socket.sendall(frame(PING, b"") + frame(TEXT, b"message") + frame(PING, b"p" * 125) + frame(PONG, b"unasked"))
        expected = [(PONG, b""), (TEXT, b"message"), (PONG, b"p" * 125)]
        received = [one.receive() for _ in expected]
        assert received == expected or (gateway_program and sorted(received) == sorted(expected)), received
        one.close()
        server.stop()


def closes(program):
    """A close frame is answered with the same code; a violation is answered with its code, also if the peer keeps sending."""
    with Server(program) as server:
        for code in (1000, 1001, 3000, 4999):
            server.client().close(code)
        one = server.client()
        one.send(CLOSE, b"")
        one.expect(CLOSE, b"")
        one.expect_end()
        for data, code in ((frame(3, b""), 1002), (frame(TEXT, b"\xff"), 1007), (frame(PING, bytes(126)), 1002)):
            one = server.client()
            one.socket.sendall(data)
            one.expect_close(code)
            one.expect_end()
            one.socket.close()
        for _ in range(10):
            one = server.client()
            one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.socket.sendall(frame(BINARY, bytes(16 * MEBI + 1))[:14])
            for _ in range(50):
                one.socket.sendall(bytes(900))
                time.sleep(0.0005)
            one.expect_close(1009)
            one.expect_end()
            one.socket.close()
        server.stop()


def requests(program):
    """Requests for no WebSocket are answered, some servers have a page; a request byte by byte, and frames in the same packet as the request, work."""
    with Server(program) as server:
        for request, status in ((b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 200 " if has_pages else b"HTTP/1.1 426 "),
                                (b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 405 "),
                                (b"nonsense\r\n\r\n", b"HTTP/1.1 400 ")):
            one = server.client(upgrade=False)
            one.socket.sendall(request)
            assert one.head().startswith(status), status
            one.socket.close()
        one = server.client(upgrade=False)
        for byte in REQUEST:
            one.socket.sendall(bytes([byte]))
        one.socket.sendall(frame(TEXT, b"later"))
        assert one.head().startswith(b"HTTP/1.1 101 ")
        one.expect(TEXT, b"later")
        one.close()
        one = server.client(upgrade=False)
        close = frame(CLOSE, b"\x03\xe8")
        one.socket.sendall(REQUEST + frame(TEXT, b"together") + (b"" if gateway_program else close))
        assert one.head().startswith(b"HTTP/1.1 101 ")
        one.expect(TEXT, b"together")
        if gateway_program:  # it answers before the echo arrives
            one.socket.sendall(close)
        one.expect_close(1000)
        one.expect_end()
        one.socket.close()
        server.stop()


def slow_reader(program):
    """A client sends and does not read: the server stops reading, buffers little, sleeps, serves others and loses nothing."""
    message = bytes(range(256)) * 256
    with Server(program) as server:
        other, blocked = server.client(), server.client()
        before = server.memory()
        sent, data = push(blocked, message, 256 * MEBI)
        grown = server.memory() - before
        print(f"the server accepted {sent / MEBI:.1f} MiB and grew by {grown / MEBI:.1f} MiB")
        assert sent < 256 * MEBI, "the server kept reading"
        assert sanitized or grown < 4 * MEBI
        spent = server.cpu_seconds()
        for number in range(10):
            other.send(TEXT, b"%d" % number)
            other.expect(TEXT, b"%d" % number)
        time.sleep(1)
        assert server.cpu_seconds() - spent < 0.5, "the server does not sleep"
        rest = data[sent % len(data):] if sent % len(data) else b""
        count = (sent + len(rest)) // len(data)
        for _ in range(count - 1):
            blocked.expect(BINARY, message)
        blocked.socket.sendall(rest)
        blocked.expect(BINARY, message)
        blocked.close()
        other.close()
        server.stop()


def silent_client(program):
    """Connections that send nothing, a part of a request, or (with TLS) no handshake are ended by the handshake time-out."""
    with Server(program, "--time-out", "600") as server:
        silent, partial, mute = server.client(upgrade=False), server.client(upgrade=False), raw(server)
        partial.socket.sendall(REQUEST[:-2])
        expect_gone(silent.socket, 0.2, 3)
        assert expect_gone(partial.socket, 0, 2)[:9] in (b"", b"HTTP/1.1 ")
        expect_gone(mute, 0, 2)
        server.client().close()
        server.stop()


def dead_peer(program):
    """A peer that answers no ping is given up, one that does not read its echo too; a peer that answers stays."""
    with Server(program, "--time-out", "600") as server:
        blocked = server.client()
        try:
            sent, _ = push(blocked, bytes(MEBI), 64 * MEBI)
            assert sent < 64 * MEBI
        except (ConnectionError, ssl.SSLError):
            pass # it was given up within the second for which `push` waits
        dead, alive = server.client(), server.client()
        began = time.monotonic()
        opcode, payload = dead.receive()
        assert opcode == PING and payload, (opcode, payload)
        answered = 0
        while time.monotonic() - began < 4:
            opcode, payload = alive.receive()
            assert opcode == PING, (opcode, payload)
            alive.send(PONG, payload)
            answered += 1
        assert answered >= 3, answered
        expect_gone(dead.socket, 0, 0.1)
        expect_gone(blocked.socket, 0, 3)
        alive.send(TEXT, b"still here")
        while (got := alive.receive())[0] == PING:
            alive.send(PONG, got[1])
        assert got == (TEXT, b"still here"), got
        server.terminate()


def resets(program):
    """Connections are reset at any time, also while an echo is being written: the server goes on."""
    large = frame(BINARY, bytes(4 * MEBI))
    with Server(program) as server:
        other = server.client()
        for size in (0, 1, 40, len(REQUEST), len(REQUEST) + 3, len(REQUEST) + 100000, len(REQUEST) + len(large)):
            for wait in (0, 0.01, 0.05):
                one = server.client(upgrade=False)
                one.socket.sendall((REQUEST + large)[:size])
                time.sleep(wait)
                one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.socket.close()
        for _ in range(5):  # half-closed before the echo has been read
            one = server.client()
            one.socket.sendall(large)
            if not wire.certificates and not gateway_program:  # which gives up the upstream connection
                one.socket.shutdown(socket.SHUT_WR)
                one.expect(BINARY, large[14:])
            one.socket.close()
        other.send(TEXT, b"fine")
        other.expect(TEXT, b"fine")
        other.close()
        server.stop()


def restart(program):
    """The server can be started again on the same port at once, after SIGTERM and after SIGKILL, with clients connected."""
    with Server(program) as first:
        one = first.client()
        first.terminate()
        one.expect_close(1001)
        one.send(CLOSE, b"\x03\xe9")
        one.expect_end()
        one.socket.close()
        first.end()
        with Server(program, port=first.port) as second:
            one = second.client()
            second.process.kill()
            second.process.wait()
            with Server(program, port=first.port) as third:
                one = third.client()
                one.send(TEXT, b"again")
                one.expect(TEXT, b"again")
                one.close()
                third.stop()


def many(program):
    """1,000 connections at once; each receives its echo."""
    count = 200 if wire.certificates and sanitized else 1000
    raise_limit(count + 50)
    with Server(program) as server:
        first = server.client()
        empty = server.memory()
        began = time.monotonic()
        clients = [Client(server.address, upgrade=False) for _ in range(count)]
        for one in clients:
            one.socket.sendall(REQUEST + frame(TEXT, b"after the head"))
        for one in clients:
            assert one.head().startswith(b"HTTP/1.1 101 ")
            one.expect(TEXT, b"after the head")
        each = (server.memory() - empty) / count
        print(f"{count} connections, {each:.0f} bytes of memory each, open after {time.monotonic() - began:.2f} s")
        for number, one in enumerate(clients):
            one.send(TEXT, f"message {number}".encode())
        for number, one in enumerate(clients):
            one.expect(TEXT, f"message {number}".encode())
        for one in clients:
            one.close()
        first.close()
        server.stop()


def descriptors(program):
    """Without free descriptors the server sleeps instead of spinning, and accepts again when a connection ends."""
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    with Server(program, preexec_fn=limit) as server:
        clients = []
        for _ in range(40):  # without TLS, whose handshake would wait
            one = Client.__new__(Client)
            one.socket, one.buffer = raw(server), bytearray()
            clients.append(one)
        time.sleep(0.5)
        spent = server.cpu_seconds()
        time.sleep(1)
        assert server.cpu_seconds() - spent < 0.1, "the server does not sleep"  # it gets little time on a busy machine
        for one in clients:
            one.socket.close()
        waiting = server.client()
        waiting.send(TEXT, b"free")
        waiting.expect(TEXT, b"free")
        waiting.close()
        server.stop()


def shutdown(program):
    """SIGTERM: 1001 for open connections after pending echoes, no new connections, exit status 0."""
    with Server(program) as server:
        idle, busy, polite = server.client(), server.client(), server.client()
        asking, silent, mute = server.client(upgrade=False), server.client(upgrade=False), raw(server)
        asking.socket.sendall(REQUEST[:40])
        large = bytes(range(256)) * (256 if gateway_program else 16 * KIBI)  # a gateway does not have all of it
        busy.send(BINARY, large)
        polite.send(CLOSE, b"\x03\xe8")
        polite.expect_close(1000)
        time.sleep(0.5)
        server.terminate()
        for one in (idle, busy):
            if one is busy:
                one.expect(BINARY, large)
            assert (got := one.receive())[0] == CLOSE and got[1][:2] == b"\x03\xe9", got
            one.send(TEXT, b"too late for an echo")
            one.send(CLOSE, b"\x03\xe9")
            one.expect_end()
            one.socket.close()
        polite.expect_end()
        polite.socket.close()
        for one in (asking.socket, silent.socket, mute):
            expect_gone(one, 0, 2)
            one.close()
        try:
            server.client(upgrade=False)
            raise AssertionError("a new connection was accepted")
        except ConnectionRefusedError:
            pass
        server.end(5)


def shutdown_time_out(program):
    """SIGTERM while clients do not answer: the server ends after the closing time-out, with status 0."""
    with Server(program, "--time-out", "1500") as server:
        clients = [server.client() for _ in range(3)]
        clients[1].socket.sendall(frame(BINARY, bytes(12 * MEBI))[:12 * MEBI])
        clients[2].socket.sendall(b"\x82\xff")
        time.sleep(0.2)
        began = time.monotonic()
        server.terminate()
        server.end(8)
        assert time.monotonic() - began > 0.5


def trust():
    return wire.trusting(wire.certificates) if wire.certificates else None


def python_websockets(program):
    """python3-websockets: echoes of 0 to 16 MiB, fragments, pings, close from either side."""
    try:
        import websockets
    except ImportError:
        skip("python3-websockets is missing (Debian package)")

    async def play(server):
        async with websockets.connect(server.url, ssl=trust(), max_size=None) as ws:
            for message in ("", "text", "\u20ac" * 100000, b"", b"\0\xff", os.urandom(MEBI), os.urandom(16 * MEBI)):
                await ws.send(message)
                assert await ws.recv() == message
            await ws.send(["frag", "men", "ts"])
            assert await ws.recv() == "fragments"
            await asyncio.wait_for(await ws.ping(b"ping"), TIMEOUT)
            await ws.close(4001, "bye")
            assert ws.close_code == 4001, ws.close_code
        async with websockets.connect(server.url, ssl=trust()) as ws:
            server.terminate()
            try:
                await ws.recv()
                raise AssertionError("a message came")
            except websockets.ConnectionClosed as end:
                assert end.code == 1001, end.code

    with Server(program) as server:
        asyncio.run(play(server))
        server.end()


NODE = """
const WebSocket = require(process.argv[2]);
const crypto = require('crypto');
const options = process.argv[4] ? { ca: require('fs').readFileSync(process.argv[4]) } : {};
const ws = new WebSocket(process.argv[3], options);
const messages = ['', 'text', '\\u20ac'.repeat(100000), Buffer.alloc(0), crypto.randomBytes(1 << 20), crypto.randomBytes(16 << 20)];
let next = 0, pongs = 0;
const fail = (why) => { console.error(why); process.exit(1); };
const wrong = (data, binary, sent) => binary !== (typeof sent !== 'string') || Buffer.compare(data, Buffer.from(sent)) !== 0;
ws.on('error', fail);
ws.on('open', () => ws.send(messages[0]));
ws.on('pong', () => { ++pongs; });
ws.on('message', (data, binary) => {
    if (next === messages.length) {
        if (data.toString() !== 'fragments' || pongs !== 1) fail(`not 'fragments' but ${data}, ${pongs} pongs`);
        return ws.close(4001, 'bye');
    }
    if (wrong(data, binary, messages[next])) fail(`message ${next} is another one`);
    if (++next < messages.length) return ws.send(messages[next]);
    ws.ping('ping');
    ws.send('frag', { fin: false });
    ws.send('ments', { fin: true });
});
ws.on('close', (code) => {
    if (code !== 4001) fail(`code ${code}`);
    const other = new WebSocket(process.argv[3], options);
    other.on('error', fail);
    other.on('open', () => console.log('open'));
    other.on('close', (code) => process.exit(code === 1001 ? 0 : fail(`code ${code}`)));
});
"""


def npm_ws(program):
    """npm ws: echoes of 0 to 16 MiB, fragments, pings, close from either side."""
    module = f"{ws_folder}/node_modules/ws"
    if ws_folder is None or not os.path.exists(module):
        skip("the npm package ws is missing: see tests/interop/prepare")
    with Server(program) as server:
        ca = [f"{wire.certificates}/ca.pem"] if wire.certificates else []
        node = subprocess.Popen(["node", "-e", NODE, "-", module, server.url, *ca], stdout=subprocess.PIPE, text=True)
        assert node.stdout.readline() == "open\n", "the first connection"
        server.terminate()
        assert node.wait(TIMEOUT) == 0
        node.stdout.close()
        server.end()


class Run:
    """The client as a child process."""

    def __init__(self, url, *options):
        if wire.certificates and "--ca" not in options:
            options = (*options, "--ca", f"{wire.certificates}/ca.pem")
        self.process = subprocess.Popen([client_program, *options, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def end(self, status, rest=b"", within=TIMEOUT):
        """Ends standard input, and expects the rest of the output and the exit status; returns standard error."""
        out, err = self.process.communicate(timeout=within)
        assert self.process.returncode == status, f"status {self.process.returncode}: {err.decode()}"
        assert out == rest, out[:200]
        return err.decode()


def echo_lines(server):
    run = Run(server.url)
    for line in (b"one\n", b"\n", b"\xe2\x82\xac\n", b"x" * 100000 + b"\n"):
        run.write(line)
        assert run.process.stdout.readline() == line
    run.end(0)


def client_echo(program):
    """Lines are sent, messages are printed; end of standard input closes the connection after the last echo."""
    with Server(program) as server:
        echo_lines(server)
        lines = b"".join(b"line %d\n" % i for i in range(20000))
        run = Run(server.url)
        out, err = run.process.communicate(lines + b"without an end", timeout=TIMEOUT)
        assert run.process.returncode == 0, err
        assert out == lines + b"without an end\n", len(out)
        server.stop()


def client_failures(program):
    """A refused connection, a server that does not answer, one that closes, and an invalid URL: a sentence and a status."""
    with Server(program) as server:
        address, url = server.address, server.url
        run = Run(url)
        run.write(b"hello\n")
        assert run.process.stdout.readline() == b"hello\n"
        server.terminate()
        assert run.process.wait(TIMEOUT) == 0, run.process.stderr.read()
        run.end(0)
        server.end()
    run = Run(url)
    assert run.end(1), "no sentence"
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(address)
        silent.listen()
        began = time.monotonic()
        run = Run(url, "--time-out", "500")
        assert run.process.wait(TIMEOUT) == 1
        assert run.end(1), "no sentence"
        assert 0.3 < time.monotonic() - began < 5
    assert Run("http//").end(2), "no sentence"
    assert b"usage" in subprocess.run([client_program, "--help"], check=True, capture_output=True, timeout=TIMEOUT).stdout


def client_trust(program):
    """With TLS a certificate that cannot be verified fails the connection."""
    if not wire.certificates:
        return
    with Server(program) as server:
        assert "certificate" in Run(server.url, "--ca", f"{wire.certificates}/stranger.pem").end(1)
        server.stop()


PYTHON_SERVER = """
import asyncio, os, signal, ssl, sys, websockets
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
secure = "--certificate" in options
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if secure else None
if secure:
    tls.load_cert_chain(options["--certificate"], options["--key"])
async def echo(ws, *_):
    try:
        async for message in ws:
            await ws.send(message)
    except websockets.ConnectionClosed:
        pass
async def main():
    async with websockets.serve(echo, "127.0.0.1", int(options["--port"]), ssl=tls, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        print("listening on " + (f"wss://localhost:{port}/" if secure else f"ws://127.0.0.1:{port}/"), flush=True)
        await asyncio.get_running_loop().create_future()
asyncio.run(main())
"""


def echo_lines_from(*command):
    """Its server answers the ping at the end of the input at once, so that no other echo may be on the way."""
    with Server(command) as server:
        for _ in range(10):
            echo_lines(server)
        server.stop()


def client_python_websockets(_):
    """Lines come back from a server of python3-websockets."""
    try:
        import websockets
    except ImportError:
        skip("python3-websockets is missing (Debian package)")
    echo_lines_from(sys.executable, "-c", PYTHON_SERVER)


NODE_SERVER = """
const WebSocket = require(process.argv[2]);
const options = {};
for (let i = 3; i < process.argv.length; i += 2) options[process.argv[i].slice(2)] = process.argv[i + 1];
const read = require('fs').readFileSync;
process.on('SIGTERM', () => process.exit(0));
const server = options.certificate ? require('https').createServer({ cert: read(options.certificate), key: read(options.key) })
                                   : require('http').createServer();
new WebSocket.Server({ server }).on('connection', ws => ws.on('message', (data, binary) => ws.send(data, { binary })));
server.listen(Number(options.port), '127.0.0.1', () => {
    const port = server.address().port;
    console.log('listening on ' + (options.certificate ? `wss://localhost:${port}/` : `ws://127.0.0.1:${port}/`));
});
"""


def client_npm_ws(_):
    """Lines come back from a server of npm ws."""
    module = f"{ws_folder}/node_modules/ws"
    if ws_folder is None or not os.path.exists(module):
        skip("the npm package ws is missing: see tests/interop/prepare")
    echo_lines_from("node", "-e", NODE_SERVER, "-", module)


SCENARIOS = (echoes, fragments, pings, closes, requests, slow_reader, silent_client, dead_peer, resets, restart, many,
             descriptors, shutdown, shutdown_time_out)
PEERS = (python_websockets, npm_ws, client_python_websockets, client_npm_ws)
CLIENT_SCENARIOS = (client_echo, client_failures, client_trust)


def main():
    global sanitized, ws_folder, client_program, gateway_program, has_pages
    words = sys.argv[1:]
    while words and words[0].startswith("--"):
        if words[0] == "--tls":
            wire.certificates = words[1]
        elif words[0] == "--ws":
            ws_folder = words[1]
        elif words[0] == "--client":
            client_program = words[1]
        elif words[0] == "--http":
            has_pages = True
        elif words[0] == "--gateway":
            gateway_program = words[1]
        else:
            print(__doc__.strip())
            sys.exit(0 if words[0] == "--help" else 2)
        words = words[2:]
    program, *names = words
    with open(gateway_program or program, "rb") as file:
        sanitized = b"__asan_init" in file.read()
    for name in names or [scenario.__name__ for scenario in (CLIENT_SCENARIOS if client_program else SCENARIOS)]:
        began = time.monotonic()
        globals()[name](program)
        print(f"ok {name} ({time.monotonic() - began:.1f} s): {globals()[name].__doc__}", flush=True)


if __name__ == "__main__":
    main()
