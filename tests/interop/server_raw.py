# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Our server with handwritten clients, which send bytes that a conforming peer does not send."""
import os
import signal
import socket
import threading

from harness import EchoServer, Failure, expect
from raw import (ACCEPT, BINARY, CLOSE, CONTINUATION, KEY, MASK, PING, PONG, TEXT, close_payload, connect, frame,
                 open_client, request)

MAX_MESSAGE = 70000  # bytes of a message


def run(cases, programs):
    with EchoServer(programs.echo_server, "--max-message", str(MAX_MESSAGE), "--subprotocol", "chat") as server:
        splits(cases, server.port)
        good_requests(cases, server.port)
        wrong_requests(cases, server.port)
        plain_requests(cases, server.port)
        violations(cases, server.port)
        closings(cases, server.port)
        load(cases, server.port)
        with cases("SIGTERM: open connections get 1001, a begun request 503, a silent one the end; then status 0"):
            ends = [open_client(server.port) for _ in range(20)]
            silent = connect(server.port)
            begun = connect(server.port)
            begun.send(request()[:30])
            ends[0].send(masked(TEXT, b"before"))
            ends[0].expect_frame(TEXT, b"before")
            server.signal(signal.SIGTERM)
            for end in ends:
                end.expect_close(1001)
                end.send(masked(CLOSE, close_payload(1001)))
                end.expect_end()
            expect(begun.head().status, 503, "status")
            for end in (silent, begun):
                end.expect_end()
            for end in (*ends, silent, begun):
                end.sock.close()
            expect(server.wait(3), 0, "exit status")
    with cases("SIGTERM: a client that does not read is not waited for without end"):
        with EchoServer(programs.echo_server) as other:
            with open_client(other.port) as end:
                end.send(masked(BINARY, b"x" * 1000) * 50)
                end.expect_frame(BINARY, b"x" * 1000)
                expect(other.terminate(), 0, "exit status")
    with cases("idle: a client without messages is sent away with 1001"):
        with EchoServer(programs.echo_server, "--idle", "1") as other:
            with open_client(other.port) as end:
                end.send(masked(TEXT, b"Hello"))
                end.expect_frame(TEXT, b"Hello")
                end.expect_close(1001)
                end.send(masked(CLOSE, close_payload(1001)))
                end.expect_end()
            expect(other.terminate(), 0, "exit status")
    with cases("keep-alive: a client that answers pings stays, one that does not is given up"):
        with EchoServer(programs.echo_server, "--ping", "0.5") as other:
            with open_client(other.port) as silent, open_client(other.port) as alive:
                for _ in range(4):
                    first, payload, _ = alive.frame()
                    expect(hex(first), hex(0x80 | PING), "frame")
                    alive.send(masked(PONG, payload))
                alive.send(masked(TEXT, b"still there"))
                expect_after_pings(alive, b"still there")
                expect_after_pings(silent, None)


def expect_after_pings(end, text):
    """Expects an echo. `text` None: the end of the stream."""
    while True:
        if text is None and not end.buffer and not end.more():
            return
        first, payload, _ = end.frame()
        if first != 0x80 | PING:
            expect((hex(first), payload), (hex(0x80 | TEXT), text), "frame")
            return


def masked(opcode, payload=b"", **how):
    return frame(opcode, payload, mask=MASK, **how)


# --- bytes cut and joined

def splits(cases, port):
    hello = masked(TEXT, b"Hello")
    farewell = masked(CLOSE, close_payload(1000, "bye"))

    def conversation(end):
        head = end.head()
        expect((head.status, head.one("Sec-WebSocket-Accept")), (101, ACCEPT), "answer")
        end.expect_frame(TEXT, b"Hello")
        end.expect_frame(PONG, b"abcd")
        end.expect_close(1000, "")
        end.expect_end()

    stream = request() + hello + masked(PING, b"abcd") + farewell
    with cases("one write: request head, message, ping and close frame"):
        with connect(port) as end:
            end.send(stream)
            conversation(end)
    with cases("one write: request head and the first byte of a frame"):
        with connect(port) as end:
            at = len(request()) + 1
            end.send(stream[:at])
            expect(end.head().status, 101, "status")
            end.send(stream[at:])
            end.expect_frame(TEXT, b"Hello")
            end.expect_frame(PONG, b"abcd")
            end.expect_close(1000, "")
            end.expect_end()
    with cases(f"two writes: the same {len(stream)} bytes cut at every offset"):
        for at in range(1, len(stream)):
            with connect(port) as end:
                end.send(stream[:at])
                end.send(stream[at:])
                conversation(end)
    with cases("bytewise: the same"):
        with connect(port) as end:
            end.send_bytewise(stream)
            conversation(end)
    with cases("binary: a 64-bit length, byte by byte in its header"):
        data = os.urandom(65536)
        with open_client(port) as end:
            message = masked(BINARY, data)
            end.send_bytewise(message[:14])
            end.send(message[14:])
            end.expect_frame(BINARY, data)


# --- the opening handshake

def good_requests(cases, port):
    for name, how in {
        "Connection: keep-alive, Upgrade": {"connection": "keep-alive, Upgrade"},
        "names and tokens in other cases": {"upgrade": "WebSocket", "connection": "uPGRADE"},
        "an absolute target": {"line": f"GET http://127.0.0.1:{port}/ HTTP/1.1"},
        "an unknown extension": {"more": ["Sec-WebSocket-Extensions: x-unknown; a=1; b=\"c\""]},
        "an Origin": {"more": ["Origin: http://example.com"]},
    }.items():
        with cases(f"accepted: {name}"):
            with open_client(port, **how) as end:
                end.send(masked(TEXT, b"x"))
                end.expect_frame(TEXT, b"x")
    with cases("subprotocol: chosen from two lines"):
        with connect(port) as end:
            end.send(request(more=["Sec-WebSocket-Protocol: soap", "Sec-WebSocket-Protocol: wamp, chat"]))
            expect(end.head().one("Sec-WebSocket-Protocol"), "chat", "choice")
    with cases("subprotocol: no field for a list without a known name, and none for another spelling"):
        for offered in ("soap, wamp", "CHAT"):
            with connect(port) as end:
                end.send(request(more=[f"Sec-WebSocket-Protocol: {offered}"]))
                head = end.head()
                expect((head.status, head.all("Sec-WebSocket-Protocol")), (101, []), f"answer to {offered}")


WRONG = {
    "no key": (400, {"key": None}),
    "a key of 15 bytes": (400, {"key": "dGhlIHNhbXBsZSBub25j"}),
    "a key that is not base64": (400, {"key": "dGhlIHNhbXBsZSBub25jZ!=="}),
    "two keys": (400, {"more": [f"Sec-WebSocket-Key: {KEY}"]}),
    "no Host": (400, {"host": None}),
    "two Hosts": (400, {"more": ["Host: 127.0.0.1"]}),
    "a Host with a slash": (400, {"host": "a/b"}),
    "no Connection": (400, {"connection": None}),
    "Connection: keep-alive": (400, {"connection": "keep-alive"}),
    "Connection: not-upgrade": (400, {"connection": "not-upgrade"}),
    "no version": (400, {"version": None}),
    "version: 13, 8": (400, {"version": "13, 8"}),
    "version: abc": (400, {"version": "abc"}),
    "version: 8": (426, {"version": "8"}),
    "version: 14": (426, {"version": "14"}),
    "POST": (405, {"line": "POST / HTTP/1.1"}),
    "an unknown method": (405, {"line": "BREW / HTTP/1.1"}),
    "HTTP/1.0": (505, {"line": "GET / HTTP/1.0"}),
    "HTTP/2.0": (505, {"line": "GET / HTTP/2.0"}),
    "HTTP/1.x": (400, {"line": "GET / HTTP/1.x"}),
    "an unknown path": (404, {"line": "GET /nowhere HTTP/1.1"}),
    "a target without a slash": (400, {"line": "GET nowhere HTTP/1.1"}),
    "a subprotocol that is no token": (400, {"more": ["Sec-WebSocket-Protocol: a b"]}),
    "a subprotocol twice": (400, {"more": ["Sec-WebSocket-Protocol: a, a"]}),
    "extensions against the grammar": (400, {"more": ["Sec-WebSocket-Extensions: ;;"]}),
    "Content-Length: 5": (400, {"more": ["Content-Length: 5"]}),
    "Transfer-Encoding: chunked": (400, {"more": ["Transfer-Encoding: chunked"]}),
    "a space before the colon": (400, {"more": ["X-Field : 1"]}),
    "a field without a name": (400, {"more": [": 1"]}),
    "a folded line": (400, {"more": ["X-Field: 1", " 2"]}),
    "a control character in a value": (400, {"more": ["X-Field: a\x01b"]}),
    "a head of 9000 bytes": (431, {"more": ["X-Field: " + "x" * 9000]}),
    "300 fields": (431, {"more": [f"X-{i}: 1" for i in range(300)]}),
    "a request line of 9000 bytes": (414, {"line": "GET /" + "x" * 9000 + " HTTP/1.1"}),
}


def wrong_requests(cases, port):
    for name, (status, how) in WRONG.items():
        with cases(f"refused: {status} for {name}"):
            refused(port, request(**how), status)
    with cases("refused: 400 for lines that end in LF alone"):
        refused(port, request().replace(b"\r\n", b"\n"), 400)
    with cases("refused: 400 for something that is not HTTP"):
        refused(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400)
    with cases("refused: frames after a refused head are not read"):
        refused(port, request(version="8") + masked(TEXT, b"Hello"), 426)


PLAIN = {"upgrade": None, "connection": None, "key": None, "version": None}
ALLOW = "GET, HEAD, OPTIONS"
# status, Allow, has a body
ANSWERED = {
    "GET": (200, None, True, PLAIN),
    "GET with Upgrade: h2c": (200, None, True, {"upgrade": "h2c"}),
    "GET of HTTP/1.0": (200, None, True, PLAIN | {"line": "GET / HTTP/1.0", "host": None}),
    "HEAD": (200, None, False, PLAIN | {"line": "HEAD / HTTP/1.1"}),
    "HEAD of HTTP/1.0": (200, None, False, PLAIN | {"line": "HEAD / HTTP/1.0", "host": None}),
    "HEAD of an unknown path": (404, None, False, PLAIN | {"line": "HEAD /nowhere HTTP/1.1"}),
    "OPTIONS": (204, ALLOW, False, PLAIN | {"line": "OPTIONS / HTTP/1.1"}),
    "OPTIONS of HTTP/1.0": (204, ALLOW, False, PLAIN | {"line": "OPTIONS / HTTP/1.0", "host": None}),
    "OPTIONS *": (204, ALLOW, False, PLAIN | {"line": "OPTIONS * HTTP/1.1"}),
    "CONNECT": (405, ALLOW, False, PLAIN | {"line": "CONNECT localhost:80 HTTP/1.1"}),
    "POST": (405, ALLOW, False, PLAIN | {"line": "POST / HTTP/1.1", "more": ["Content-Length: 4"]}),
    "chunked PUT": (405, ALLOW, False, PLAIN | {"line": "PUT / HTTP/1.1", "more": ["Transfer-Encoding: chunked"]}),
}


def plain_requests(cases, port):
    for name, (status, allow, has_body, how) in ANSWERED.items():
        with cases(f"A15: {status} for a plain request: {name}"), connect(port) as end:
            end.send(request(**how) + b"body")
            head = end.head()
            expect(head.status, status, f"status ({head.start})")
            expect(head.options("Connection")[-1:], ["close"], "Connection")
            expect(head.all("Allow"), [allow] if allow else [], "Allow")
            length = int(head.one("Content-Length")) if status != 204 else 0
            expect(length != 0, status == 200, "the length is that of the page")
            end.take(length if has_body else 0)
            end.expect_end()
    for name, how in {"no Host": {"host": None}, "two lengths": {"more": ["Content-Length: 4", "Transfer-Encoding: chunked"]}}.items():
        with cases(f"A15: 400 for a malformed plain request: {name}"):
            refused(port, request(**PLAIN | how), 400)


def refused(port, data, status):
    with connect(port) as end:
        end.send(data)
        head = end.head()
        expect(head.status, status, f"status ({head.start})")
        expect(head.options("Connection")[-1:], ["close"], "Connection")
        if status == 426:
            expect((head.one("Upgrade"), head.one("Sec-WebSocket-Version")), ("websocket", "13"), "fields of a 426")
            expect("upgrade" in head.options("Connection"), True, "Connection contains upgrade")
        if status == 405:
            expect(head.one("Allow"), "GET", "Allow of a 405")
        expect(head.all("Sec-WebSocket-Accept"), [], "Sec-WebSocket-Accept")
        end.take(int(head.one("Content-Length")))
        end.expect_end()


# --- frames

def violations(cases, port):
    hello = masked(TEXT, b"Hello")
    open_text = masked(TEXT, b"Hel", fin=False)
    table = {
        "an unmasked text frame": (1002, frame(TEXT, b"Hello")),
        "an unmasked empty frame": (1002, frame(TEXT)),
        "an unmasked ping": (1002, frame(PING, b"x")),
        "RSV1": (1002, masked(TEXT, b"Hello", reserved=0x40)),
        "RSV2": (1002, masked(TEXT, b"Hello", reserved=0x20)),
        "RSV3 on a ping": (1002, masked(PING, b"", reserved=0x10)),
        "opcode 3": (1002, masked(0x3, b"Hello")),
        "opcode B": (1002, masked(0xB)),
        "a ping in fragments": (1002, masked(PING, b"x", fin=False)),
        "a ping of 126 bytes": (1002, masked(PING, b"x" * 126)),
        "5 bytes with a 16-bit length": (1002, masked(BINARY, b"Hello", length_form=16)),
        "126 bytes with a 64-bit length": (1002, masked(BINARY, b"x" * 126, length_form=64)),
        "a 64-bit length with its top bit": (1002, bytes([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]) + MASK),
        "a continuation of nothing": (1002, masked(CONTINUATION, b"lo")),
        "a message inside a message": (1002, open_text + hello),
        "a close frame of one byte": (1002, masked(CLOSE, b"\x03")),
        "close code 999": (1002, masked(CLOSE, close_payload(999))),
        "close code 1004": (1002, masked(CLOSE, close_payload(1004))),
        "close code 1005": (1002, masked(CLOSE, close_payload(1005))),
        "close code 1006": (1002, masked(CLOSE, close_payload(1006))),
        "close code 1015": (1002, masked(CLOSE, close_payload(1015))),
        "close code 2999": (1002, masked(CLOSE, close_payload(2999))),
        "close code 5000": (1002, masked(CLOSE, close_payload(5000))),
        "bad UTF-8: C0 80": (1007, masked(TEXT, b"a\xc0\x80")),
        "bad UTF-8: a surrogate": (1007, masked(TEXT, b"\xed\xa0\x80")),
        "bad UTF-8: above 10FFFF": (1007, masked(TEXT, b"\xf4\x90\x80\x80")),
        "bad UTF-8: cut off at the end": (1007, masked(TEXT, b"\xf0\x9f\x98")),
        "bad UTF-8: before the message is complete": (1007, masked(TEXT, b"\xf4\x90", fin=False)),
        "bad UTF-8: over a frame's border": (1007, masked(TEXT, b"\xed", fin=False)
                                             + masked(CONTINUATION, b"\xa0", fin=False)),
        "bad UTF-8: in a close frame's reason": (1007, masked(CLOSE, b"\x03\xe8\xff")),
        "too large: one byte more than allowed": (1009, masked(BINARY, b"x" * (MAX_MESSAGE + 1))),
        "too large: announced only": (1009, masked(BINARY, b"x" * (MAX_MESSAGE + 1))[:14]),
        "too large: 2^62 bytes announced": (1009, bytes([0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0]) + MASK),
        "too large: over three frames": (1009, masked(BINARY, b"x" * (MAX_MESSAGE // 2), fin=False)
                                         + masked(CONTINUATION, b"x" * (MAX_MESSAGE // 2), fin=False)
                                         + masked(CONTINUATION, b"x")),
    }
    for name, (code, data) in table.items():
        with cases(f"close {code}: {name}"):
            with open_client(port) as end:
                end.send(hello, data)
                end.expect_frame(TEXT, b"Hello")
                end.expect_close(code)
                # Later input is neither read nor answered.
                end.send(hello, masked(PING, b"late"))
                end.expect_end()
    with cases("close 1002: bytewise, and nothing of the offending frame comes back"):
        with open_client(port) as end:
            end.send_bytewise(masked(TEXT, b"Hello", reserved=0x40)[:1])
            end.expect_close(1002)
            end.expect_end()
    with cases("allowed: exactly as many bytes as allowed, in one frame and in three"):
        data = os.urandom(MAX_MESSAGE)
        with open_client(port) as end:
            end.send(masked(BINARY, data))
            end.expect_frame(BINARY, data)
            end.send(masked(BINARY, data[:1], fin=False), masked(CONTINUATION, data[1:], fin=False),
                     masked(CONTINUATION))
            end.expect_frame(BINARY, data)
    with cases("allowed: a zero mask key"):
        with open_client(port) as end:
            end.send(frame(TEXT, b"Hello", mask=bytes(4)))
            end.expect_frame(TEXT, b"Hello")
    with cases("allowed: UTF-8 cut over frames, with a ping inside"):
        with open_client(port) as end:
            end.send(masked(TEXT, b"\xf0", fin=False), masked(CONTINUATION, b"\x9f\x98", fin=False))
            end.send(masked(PING, b"\xff"), masked(CONTINUATION, b"\x80"))
            end.expect_frame(PONG, b"\xff")
            end.expect_frame(TEXT, b"\xf0\x9f\x98\x80")
    with cases("allowed: an unasked pong is not answered"):
        with open_client(port) as end:
            end.send(masked(PONG, b"unasked"), hello)
            end.expect_frame(TEXT, b"Hello")


# --- the end

def closings(cases, port):
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999):
        # RFC 6455 7.4.1: servers do not send 1010.
        with cases(f"close: {code} is answered with {1000 if code == 1010 else code} and the end of the stream"):
            with open_client(port) as end:
                end.send(masked(CLOSE, close_payload(code, "reason")))
                end.expect_close(1000 if code == 1010 else code, "")
                end.expect_end()
    with cases("close: an empty frame is answered with an empty one"):
        with open_client(port) as end:
            end.send(masked(CLOSE))
            end.expect_close(None)
            end.expect_end()
    with cases("close: frames after a close frame are not read"):
        with open_client(port) as end:
            end.send(masked(CLOSE, close_payload(1000)), masked(TEXT, b"late"), frame(TEXT, b"late and unmasked"))
            end.expect_close(1000)
            end.expect_end()
    with cases("close: messages before it are answered first"):
        with open_client(port) as end:
            end.send(masked(BINARY, b"x" * 65536) * 10, masked(CLOSE, close_payload(1000)))
            for _ in range(10):
                end.expect_frame(BINARY, b"x" * 65536)
            end.expect_close(1000)
            end.expect_end()
    with cases("dropped: reset and end of stream, in the head, in a frame and between frames"):
        beginnings = [b"", request()[:30], request(), request() + masked(TEXT, b"Hello")[:3],
                      request() + masked(BINARY, b"x" * 70000)[:5000], request() + masked(TEXT, b"Hello")]
        for data in beginnings:
            with connect(port) as end:
                end.send(data)
                end.drop()
            with connect(port) as end:
                end.send(data)
                end.sock.shutdown(socket.SHUT_WR)
                while end.more():
                    pass
        with open_client(port) as end:
            end.send(masked(TEXT, b"still there"))
            end.expect_frame(TEXT, b"still there")


# --- large numbers and sizes

def load(cases, port):
    with cases("many: 300 connections at once, answered in any order"):
        ends = [connect(port) for _ in range(300)]
        try:
            for end in ends:
                end.send(request())
            for end in reversed(ends):
                expect(end.head().status, 101, "status")
            for i, end in enumerate(ends):
                end.send(masked(TEXT, b"%d" % i))
            for i, end in reversed(list(enumerate(ends))):
                end.expect_frame(TEXT, b"%d" % i)
        finally:
            for end in ends:
                end.sock.close()
    with cases("much: 32 MiB to a client that reads late, and nothing is lost"):
        message = masked(BINARY, bytes(range(256)) * 256)
        count = 512
        with open_client(port) as end:
            sender = threading.Thread(target=lambda: end.send(message * count), daemon=True)
            end.sock.settimeout(20)
            sender.start()
            sender.join(0.3)
            for _ in range(count):
                end.expect_frame(BINARY, bytes(range(256)) * 256)
            sender.join(5)
    with cases("much: 20,000 pings in a row are answered, the newest at least"):
        with open_client(port) as end:
            sender = threading.Thread(target=lambda: end.send(*(masked(PING, b"%d" % i) for i in range(20000)),
                                                              masked(TEXT, b"done")), daemon=True)
            sender.start()
            latest = -1
            while True:
                first, payload, _ = end.frame()
                if first == 0x80 | TEXT:
                    break
                expect(hex(first), hex(0x80 | PONG), "frame")
                if int(payload) <= latest:
                    raise Failure(f"pong {int(payload)} after {latest}")
                latest = int(payload)
            expect((payload, latest), (b"done", 19999), "message and last pong")
