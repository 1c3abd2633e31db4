# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Clients that attack http2_server: its memory and time stay bounded, and another client is served meanwhile."""
import contextlib
import random
import signal
import socket
import struct
import time

import frames
import peers
import wire
from frames import DATA, END_HEADERS, END_STREAM, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, Raw, frame
from h2_client import Http2
from harness import Failure, expect

MEBI = 1 << 20
PLAIN = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "localhost")]
CONNECT = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/echo"), (":authority", "localhost"),
           ("sec-websocket-version", "13")]


def head(fields=CONNECT):
    """Returns a field section that does not change the dynamic table."""
    literal = lambda text: bytes([len(text)]) + text.encode()  # a size below 127, without Huffman code
    return b"".join(b"\x10" + literal(name) + literal(value) for name, value in fields)


def request(stream, fields=CONNECT, end=False):
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, head(fields))


def streams(count, build):
    """Returns the bytes of `build` for so many streams."""
    return b"".join(build(1 + 2 * i) for i in range(count))


def reset_after(stream, fields=CONNECT):
    return request(stream, fields) + frame(RST_STREAM, 0, stream, struct.pack("!I", frames.CANCEL))


def zero_update_after(stream):
    """The server resets the stream, because of an update of 0 (RFC 9113 6.9)."""
    return request(stream) + frame(WINDOW_UPDATE, 0, stream, bytes(4))


def masked(opcode, payload=b"", fin=True):
    return wire.frame(opcode, payload, fin)


LITERAL = b"\x10\x01x\x01y"  # x: y
COUNT = 30000

# Each sends much more than any client has a reason for.
FLOODS = {
    "HEADERS and RST_STREAM": lambda: streams(COUNT, reset_after),
    "GET and RST_STREAM": lambda: streams(COUNT, lambda stream: reset_after(stream, PLAIN)),
    "HEADERS and an error that the server answers with RST_STREAM": lambda: streams(COUNT, zero_update_after),
    "malformed HEADERS": lambda: streams(COUNT, lambda stream: request(stream, [*CONNECT, ("X-Upper", "1")])),
    "HEADERS beyond the limit of streams": lambda: streams(COUNT, request),
    "GET beyond the limit of streams": lambda: streams(COUNT, lambda stream: request(stream, PLAIN, end=True)),
    "PING": lambda: frame(PING, 0, 0, bytes(8)) * (4 * COUNT),
    "SETTINGS": lambda: frame(SETTINGS, 0, 0) * (4 * COUNT),
    "SETTINGS that change the table's size": lambda: (frame(SETTINGS, 0, 0, b"\0\1\0\0\0\0") + frame(SETTINGS, 0, 0, b"\0\1\0\0\x10\0")) * COUNT,
    "PRIORITY": lambda: b"".join(frame(PRIORITY, 0, 1 + 2 * i, struct.pack("!IB", 0, 16)) for i in range(2 * COUNT)),
    "WINDOW_UPDATE": lambda: frames.window_update(0, 1) * (4 * COUNT),
    "frames of an unknown type": lambda: frame(0xFA, 0, 0, b"x") * (4 * COUNT),
    "empty CONTINUATION": lambda: frame(HEADERS, 0, 1, head()) + frame(frames.CONTINUATION, 0, 1) * (4 * COUNT),
    "CONTINUATION with fields": lambda: frame(HEADERS, 0, 1, head()) + frame(frames.CONTINUATION, 0, 1, LITERAL * 3000) * 1000,
    "empty DATA": lambda: request(1) + frame(DATA, 0, 1) * (4 * COUNT),
    "DATA on a stream that is closed": lambda: reset_after(1) + frame(DATA, 0, 1, b"x") * (2 * COUNT),
    "DATA beyond all windows": lambda: request(1) + frame(DATA, 0, 1, b"\x82\xff\0\0\0\0\0\x80\0\0\0\0\0\0") + frame(DATA, 0, 1, bytes(16384)) * 2000,
    "pings of a WebSocket": lambda: request(1) + frame(DATA, 0, 1, masked(wire.PING, bytes(100)) * 100) * 6,
    "empty fragments of a message": lambda: request(1) + frame(DATA, 0, 1, masked(wire.TEXT, fin=False) + masked(0, fin=False) * 2000) + frame(DATA, 0, 1, masked(0, fin=False) * 2000) * 4,
    "empty messages": lambda: request(1) + frame(DATA, 0, 1, masked(wire.TEXT) * 2000) * 5,
    "DATA of a byte": lambda: request(1) + frame(DATA, 0, 1, b"\x82\xfe\xff\xff\0\0\0\0") + frame(DATA, 0, 1, b"x") * 60000,
    "trailers": lambda: request(1) + frame(HEADERS, END_HEADERS, 1, LITERAL) * COUNT,
}


# The server may accept these, which cost it not more than the client. It ends the connection of all others.
ACCEPTABLE = {"WINDOW_UPDATE", "frames of an unknown type", "DATA beyond all windows", "pings of a WebSocket", "empty fragments of a message",
              "empty messages", "DATA of a byte", "trailers"}


def bomb(names):
    """A field of 4,000 bytes in the dynamic table, and references to it: 64 MB in 16 KB."""
    encoded = head() + b"\x40\x01x\x7f" + bytes([0xA1, 0x1E]) + b"z" * 4000
    return frame(HEADERS, END_HEADERS, 1, encoded + b"\xbe" * names)


BOMBS = {
    "references to a large field": lambda: bomb(12000),
    "a field of 60,000 bytes": lambda: frame(HEADERS, 0, 1, head() + b"\x10\x01x\x7f" + bytes([0xE1, 0xD3, 0x03]) + b"z" * 16000) +
    b"".join(frame(frames.CONTINUATION, flags, 1, b"z" * size) for flags, size in ((0, 16000), (0, 16000), (END_HEADERS, 12000))),
    "5,000 fields": lambda: frame(HEADERS, 0, 1, head()) + frame(frames.CONTINUATION, END_HEADERS, 1, LITERAL * 3200),
    "a size of the dynamic table beyond the limit": lambda: frame(HEADERS, END_HEADERS, 1, b"\x3f\xe1\xff\xff\xff\x07" + head()),
    "an integer without end": lambda: frame(HEADERS, END_HEADERS, 1, b"\x7f" + b"\xff" * 10000),
    "an index of no field": lambda: frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\x7f"),
}

# Errors of the connection (RFC 9113 5.4.1).
ERRORS = {
    "a frame larger than SETTINGS_MAX_FRAME_SIZE": frame(DATA, 0, 0, bytes(20000)),
    "DATA without a stream": frame(DATA, 0, 0, b"x"),
    "DATA on an idle stream": frame(DATA, 0, 1, b"x"),
    "HEADERS on an even stream": request(2),
    "RST_STREAM on an idle stream": frame(RST_STREAM, 0, 7, bytes(4)),
    "RST_STREAM of 3 bytes": request(1) + frame(RST_STREAM, 0, 1, bytes(3)),
    "SETTINGS of 5 bytes": frame(SETTINGS, 0, 0, bytes(5)),
    "SETTINGS on a stream": frame(SETTINGS, 0, 1),
    "SETTINGS with a window of 2^31": frame(SETTINGS, 0, 0, struct.pack("!HI", 4, 1 << 31)),
    "SETTINGS with a frame size of 1": frame(SETTINGS, 0, 0, struct.pack("!HI", 5, 1)),
    "SETTINGS_ENABLE_PUSH 2": frame(SETTINGS, 0, 0, struct.pack("!HI", 2, 2)),
    "PING of 7 bytes": frame(PING, 0, 0, bytes(7)),
    "PUSH_PROMISE from a client": frame(5, END_HEADERS, 1, struct.pack("!I", 2) + head()),
    "WINDOW_UPDATE beyond 2^31": frames.window_update(0, 0x7FFFFFFF),
    "WINDOW_UPDATE of 0 for the connection": frames.window_update(0, 0),
    "CONTINUATION without HEADERS": frame(frames.CONTINUATION, END_HEADERS, 1, head()),
    "another frame in place of CONTINUATION": frame(HEADERS, 0, 1, head()) + frame(PING, 0, 0, bytes(8)),
    "padding larger than the frame": request(1) + frame(DATA, frames.PADDED, 1, b"\x09abc"),
}

NOT_HTTP2 = {
    "noise": bytes(range(256)) * 40,
    "the beginning of a TLS handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "a wrong preface": b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + frame(SETTINGS, 0, 0),
    "a preface without SETTINGS": frames.PREFACE + frame(PING, 0, 0, bytes(8)),
    "a preface with LF": b"PRI * HTTP/2.0\n\nSM\n\n" + bytes(100),
}


class Beside:
    """Another client, which the server has to serve during an attack."""

    def __init__(self, server, certificates):
        self.server = server
        self.http2 = Http2(server.port, certificates)
        self.one = self.http2.websocket("/echo")
        self.one.echo("x")
        self.memory = server.memory()
        self.spent = server.cpu_seconds()

    def check(self, what, max_growth=8 * MEBI, max_seconds=2.0):
        """Echoes, and checks what the attack has cost the server."""
        began = time.monotonic()
        self.one.echo("still served")
        waited = time.monotonic() - began
        spent, grown = self.server.cpu_seconds() - self.spent, self.server.memory() - self.memory
        figures = f"{spent:.2f} s of CPU, {grown / MEBI:.1f} MiB, an echo after {waited * 1000:.0f} ms"
        if self.server.is_sanitized:
            max_seconds *= 20
        if waited > max_seconds or spent > max_seconds or (grown > max_growth and not self.server.is_sanitized):
            raise Failure(f"{what}: {figures}")
        return figures

    def sleeps(self, seconds=0.5):
        spent = self.server.cpu_seconds()
        self.http2.rest(seconds)
        if self.server.cpu_seconds() - spent > seconds / 2:
            raise Failure("the server does not sleep after the attack")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http2.socket.close()


ANSWER = frame(PING, frames.ACK, 0, b"the last")


def floods(cases, what, server, certificates):
    datas = {name: build() + frame(PING, 0, 0, b"the last") for name, build in FLOODS.items()}
    for name, data in datas.items():
        with cases(f"{what}: flood of {name}"), Beside(server, certificates) as beside, Raw(server.port, certificates) as raw:
            sent, is_answered = 0, False
            while sent < len(data) and raw.send(data[sent:sent + 65536], 0.5):
                sent += 65536
                is_answered = raw.drain(ANSWER)
            is_answered = is_answered or raw.drain(ANSWER, 1)
            outcome = "ended" if raw.ended else "all accepted" if is_answered else "neither ended nor all accepted"
            print(f"  {outcome}, GOAWAY {raw.goaway_code}: {beside.check(name)}")
            beside.sleeps(0.1)
            if not raw.ended and (name not in ACCEPTABLE or not is_answered):
                raise Failure(f"the server does not end the connection; GOAWAY {raw.goaway_code}")
    with cases(f"{what}: all {len(datas)} floods at once, by clients that read nothing"), Beside(server, certificates) as beside, \
            contextlib.ExitStack() as stack:
        several = [(stack.enter_context(Raw(server.port, certificates)), data) for data in datas.values()]
        pending = list(several)
        for at in range(0, max(len(data) for _, data in several), 65536):
            pending = [(raw, data) for raw, data in pending if at < len(data) and raw.send(data[at:at + 65536], 0.1)]
        print(f"  {beside.check('floods', 2 * len(datas) * MEBI, 4)}")
        beside.sleeps()
        for raw, _ in several:
            raw.drain(seconds=0.01)


def bombs(cases, what, server, certificates):
    for name, build in BOMBS.items():
        with cases.unnamed(f"{what}: {name}"), Beside(server, certificates) as beside:
            with Raw(server.port, certificates) as raw:
                raw.send(build() + frame(PING, 0, 0, b"answered"))
                answer = None
                for kind, _, stream, payload in raw.frames(3):
                    if kind == HEADERS and stream == 1 and b"200" in payload or payload[:1] == b"\x88":
                        raise Failure("the request was accepted")
                    if kind in (frames.GOAWAY, PING):
                        answer = kind
                        break
                if answer is None and not raw.ended:
                    raise Failure("no answer")
            beside.check(name, 4 * MEBI, 0.5)
    with cases(f"{what}: {len(BOMBS)} requests with too much in their fields are refused"):
        pass


def errors(cases, what, server, certificates):
    with cases(f"{what}: {len(ERRORS)} errors of a connection end it, with GOAWAY"), Beside(server, certificates) as beside:
        for name, data in ERRORS.items():
            with cases.unnamed(f"{what}: {name}"), Raw(server.port, certificates) as raw:
                raw.send(data)
                if raw.end(3) in (None, frames.NO_ERROR):
                    raise Failure("no GOAWAY with an error")
        beside.check("errors")
    with cases(f"{what}: {len(NOT_HTTP2)} beginnings that are no HTTP are refused"), Beside(server, certificates) as beside:
        for name, data in NOT_HTTP2.items():
            with cases.unnamed(f"{what}: {name}"), Raw(server.port, certificates, preface=data) as raw:
                raw.wait_for_end(3)
        beside.check("no HTTP")
    with cases(f"{what}: connections that end at each byte of a request"), Beside(server, certificates) as beside:
        whole = frames.PREFACE + frame(SETTINGS, 0, 0) + request(1) + frame(DATA, 0, 1, masked(wire.TEXT, b"hello"))
        for size in range(0, len(whole), 3 if certificates else 1):
            with contextlib.suppress(OSError), Raw(server.port, certificates, preface=whole[:size]) as raw:
                if size % 2:
                    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        beside.check("cuts")


def noise(cases, what, server, certificates):
    with cases(f"{what}: 400 connections with random changes of valid bytes"), Beside(server, certificates) as beside:
        rng = random.Random(8441)
        whole = frame(SETTINGS, 0, 0, struct.pack("!HI", 4, 100)) + request(1) + frame(DATA, 0, 1, masked(wire.TEXT, b"hello")) + \
            request(3, PLAIN, end=True) + frames.window_update(1, 70000) + frame(PING, 0, 0, bytes(8)) + \
            frame(DATA, END_STREAM, 1, masked(wire.CLOSE, b"\x03\xe8"))
        for _ in range(400):
            data = bytearray(whole)
            for _ in range(rng.randint(1, 6)):
                data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            with contextlib.suppress(OSError), Raw(server.port, certificates) as raw:
                raw.send(bytes(data), 2)
        beside.check("noise")


def random_websocket_frame(rng):
    size = rng.randrange(200)
    kind, fin = rng.choice((wire.TEXT, wire.BINARY, 0, 0, wire.PING, wire.CLOSE, 3)), rng.random() < 0.6
    payload = b"\x03\xe8" if kind == wire.CLOSE else b"x" * min(size, 125 if kind == wire.PING else 200)
    return bytes([wire.frame(kind, payload, fin)[0] | rng.choice((0, 0, 0, 0x40))]) + wire.frame(kind, payload, fin)[1:]


def random_frame(rng, opened):
    """A frame that is well-formed, on one of the streams that were opened, or that opens one."""
    stream, kind = rng.choice(opened or [1]), rng.randrange(14)
    if kind < 3:
        opened.append(opened[-1] + 2 if opened else 1)
        more = [("sec-websocket-extensions", "permessage-deflate")] if rng.random() < 0.5 else []
        return request(opened[-1], [*(CONNECT if kind else PLAIN), *more], end=rng.random() < 0.15)
    if kind < 8:
        data = b"".join(random_websocket_frame(rng) for _ in range(rng.randrange(5)))
        cut = rng.randrange(len(data) + 1)
        return frame(DATA, 0, stream, data[:cut]) + frame(DATA, END_STREAM if rng.random() < 0.1 else 0, stream, data[cut:])
    return rng.choice((
        frame(RST_STREAM, 0, stream, struct.pack("!I", rng.randrange(14))),
        frames.window_update(rng.choice((0, stream)), rng.choice((1, 1000, 1 << 20))),
        frame(SETTINGS, 0, 0, struct.pack("!HI", rng.choice((1, 3, 4, 6)), rng.choice((0, 1, 100, 65535)))),
        frame(PING, rng.choice((0, frames.ACK)), 0, bytes(8)),
        frame(HEADERS, END_HEADERS | END_STREAM, stream, LITERAL),
        frame(DATA, frames.PADDED, stream, b"\x03\0\0\0\0"),
        frame(frames.GOAWAY, 0, 0, bytes(8))))


def random_frames(cases, what, server, certificates):
    with cases(f"{what}: 300 connections with random frames"), Beside(server, certificates) as beside:
        rng = random.Random(9113)
        for _ in range(300):
            opened = []
            with contextlib.suppress(OSError), Raw(server.port, certificates) as raw:
                for _ in range(rng.randrange(1, 40)):
                    raw.send(random_frame(rng, opened), 1)
                    if rng.random() < 0.2:
                        raw.drain()
        beside.check("random frames")


def gone(one, after, within):
    began = time.monotonic()
    one.settimeout(within)
    with contextlib.suppress(ConnectionError):
        try:
            while one.recv(65536):
                pass
        except TimeoutError:
            raise Failure(f"the connection does not end within {within} s") from None
    if time.monotonic() - began < after:
        raise Failure(f"it ended after {time.monotonic() - began:.2f} s already")


def time_outs(cases, what, programs, certificates, options):
    """Of the connection."""
    with peers.Server(programs.server, "--time-out", "600", *options) as server:
        with cases(f"{what}: time-outs: no byte, a part of the preface, no request, no stream any more"):
            mute = socket.create_connection(("127.0.0.1", server.port))
            silent = Raw(server.port, certificates, preface=b"")
            partial = Raw(server.port, certificates, preface=frames.PREFACE[:10])
            without_settings = Raw(server.port, certificates, preface=frames.PREFACE)
            idle = Raw(server.port, certificates)
            part = Raw(server.port, certificates)
            part.send(frame(HEADERS, 0, 1, head()))
            used = Raw(server.port, certificates)
            used.send(request(1, PLAIN, end=True))
            gone(mute, 0.2, 4)
            for each in (silent, partial, without_settings, idle, part, used):
                gone(each.socket, 0, 4)
                each.socket.close()
            mute.close()
        with cases(f"{what}: time-outs: the preface byte by byte, and PING without requests"):
            slow = Raw(server.port, certificates, preface=b"")
            pinging = Raw(server.port, certificates)
            began = time.monotonic()
            data = memoryview(frames.PREFACE + frame(SETTINGS, 0, 0) * 10)
            while time.monotonic() - began < 4 and len(data):
                if not (slow.send(data[:1]) and pinging.send(frame(PING, 0, 0, bytes(8)))):
                    break
                data = data[1:]
                time.sleep(0.05)
            gone(slow.socket, 0, 1)
            gone(pinging.socket, 0, 1)


def dead_clients(cases, what, programs, certificates, options):
    with peers.Server(programs.server, "--time-out", "600", *options) as server:
        with cases(f"{what}: a WebSocket whose client answers no ping is given up, one that answers stays, and so does one beside it"):
            with Http2(server.port, certificates) as http2:
                dead, alive = http2.websocket("/echo"), http2.websocket("/echo")
                began = time.monotonic()
                answered = 0
                while time.monotonic() - began < 2:
                    event = alive.receive()
                    if event[0] == "ping":
                        alive.pong(event[1])
                        answered += 1
                if not answered:
                    raise Failure("no pings")
                if not (dead.is_reset or dead.ended):
                    raise Failure("the dead one is still there")
                alive.send_message("still here")
                while (event := alive.receive()) != "still here":
                    alive.pong(event[1])
        with cases(f"{what}: a client that does not read its echo is given up"):
            with Http2(server.port, certificates) as http2:
                one = http2.websocket("/echo")
                one.pause()
                one.send(one.message_bytes(bytes(200000)), timeout=0.3)
                http2.until(lambda: one.is_reset or one.ended or http2.ended, "the end of the stream", 5)


def many(cases, what, server, certificates):
    count = 300
    with cases(f"{what}: {count} idle connections, and more than the server accepts"), Beside(server, certificates) as beside:
        several = [Raw(server.port, certificates) for _ in range(count)]
        for one in several:
            for kind, *_ in one.frames():
                if kind == SETTINGS:
                    break
        each = (server.memory() - beside.memory) / count
        print(f"  {each / 1024:.1f} KiB for each; {beside.check('idle connections', 200 * MEBI)}")
        for one in several:
            one.socket.close()
        beside.sleeps()


def run(cases, programs):
    for what, certificates in (("h2c", None), ("TLS", programs.tls)):
        options = programs.tls_options if certificates else []
        with peers.Server(programs.server, *options) as server:
            errors(cases, what, server, certificates)
            bombs(cases, what, server, certificates)
            if certificates is None:  # TLS makes no difference, and takes time
                noise(cases, what, server, certificates)
                random_frames(cases, what, server, certificates)
                floods(cases, what, server, certificates)
            many(cases, what, server, certificates)
            server.signal(signal.SIGTERM)
            expect(server.wait(10), 0, "exit status")
        time_outs(cases, what, programs, certificates, options)
        if certificates is None:
            dead_clients(cases, what, programs, certificates, options)
