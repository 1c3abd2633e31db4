#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Tests of the example gateway with an upstream server that does what the test says.

usage: gateway.py [--tls FOLDER TLS_SERVER] GATEWAY TEST...

integrations.py plays the usual scenarios with the gateway. TLS_SERVER is an echo server, such as asio_tls_echo. Without a TEST all
are run.
"""
import base64
import hashlib
import os
import resource
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib

sys.dont_write_bytecode = True

import wire
from wire import BINARY, CLOSE, PING, PONG, TEXT, TIMEOUT, Client, frame, wait_until

RSV1 = 0x40
KILO, MEGA = 1000, 1000000
sanitized = False
certificates, tls_server = None, None


class UpstreamPeer(Client):
    """The upstream server's end of a connection."""

    def __init__(self, accepted):
        self.socket, self.buffer = accepted, bytearray()
        self.socket.settimeout(TIMEOUT)

    def accept(self, *fields):
        """Reads the request, answers it with 101, and returns the request's lines."""
        lines = self.head().decode().split("\r\n")[:-2]
        key = next(line.split(" ")[1] for line in lines if line.startswith("Sec-WebSocket-Key: "))
        proof = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        self.socket.sendall("\r\n".join(("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                                         f"Sec-WebSocket-Accept: {proof}", *fields, "", "")).encode())
        return lines

    def send(self, opcode, payload, fin=True):
        self.socket.sendall(plain(opcode, payload, fin))

    def receive_frame(self):
        first, second = self.take(2)
        assert first & 0x30 == 0 and second >= 0x80, (first, second)
        second &= 0x7f
        if second == 126:
            second = struct.unpack("!H", self.take(2))[0]
        elif second == 127:
            second = struct.unpack("!Q", self.take(8))[0]
        key, payload = self.take(4), self.take(second)
        pad = key * (second // 4 + 1)
        payload = (int.from_bytes(payload, "big") ^ int.from_bytes(pad[:second], "big")).to_bytes(second, "big")
        return first >= 0x80, first & 0x4F, payload


def plain(opcode, payload, fin=True):
    """A server's frame."""
    masked = frame(opcode, payload, fin)
    size = len(masked) - len(payload) - 4
    return masked[:1] + bytes([masked[1] & 0x7f]) + masked[2:size] + payload


def message(one):
    """Joins the fragments of the next message; returns the opcode with RSV1, and the payload."""
    fin, opcode, payload = one.receive_frame()
    parts = [payload]
    while not fin:
        fin, next_opcode, payload = one.receive_frame()
        assert next_opcode == 0, next_opcode
        parts.append(payload)
    return opcode, b"".join(parts)


class Gateway(wire.Server):
    """The gateway, and a listener for its upstream connections."""

    def __init__(self, program, *options, url=None, **more):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(TIMEOUT)
        self.listener_port = self.listener.getsockname()[1]
        super().__init__(program, "--upstream", url or f"ws://127.0.0.1:{self.listener_port}", *options, **more)

    def __exit__(self, *_):
        super().__exit__()
        self.listener.close()

    def upstream(self):
        return UpstreamPeer(self.listener.accept()[0])

    def pair(self, *fields, request=wire.REQUEST):
        """A client and its upstream peer, both open; the client's head is in `head`, the request in `lines`."""
        one = self.client(upgrade=False)
        one.socket.sendall(request)
        other = self.upstream()
        other.lines = other.accept(*fields)
        one.answer = one.head().decode()
        assert one.answer.startswith("HTTP/1.1 101 "), one.answer
        return one, other

    def peak(self):
        """The maximum of the resident bytes since `forget_peak`."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def works(self):
        """A connection through it works."""
        one, other = self.pair()
        one.send(TEXT, b"works")
        assert message(other) == (TEXT, b"works")
        other.send(TEXT, b"yes")
        assert message(one) == (TEXT, b"yes")
        end(one, other)


def end(one, other):
    """Closes both."""
    one.send(CLOSE, b"\x03\xe8")
    one.expect_close(1000)
    one.expect_end()
    one.socket.close()
    other.expect_close(1000)
    other.send(CLOSE, b"\x03\xe8")
    other.socket.close()


def request_with(*fields, target="/"):
    return wire.REQUEST.replace(b"GET / ", f"GET {target} ".encode())[:-2] + "".join(f"{each}\r\n" for each in fields).encode() + b"\r\n"


def large_message(program):
    """A message of 30 MB needs at most 128 kB of memory over the idle gateway, in each direction, however slow its reader is."""
    payload = bytes(range(250)) * (30 * MEGA // 250)
    with Gateway(program, "--message-bytes", "40000000") as server:
        one, other = server.pair()
        for sender, receiver, data in ((one, other, frame(BINARY, payload)), (other, one, plain(BINARY, payload))):
            for each in (one, other):  # warm
                each.send(TEXT, b"small")
            for each in (one, other):
                each.receive_frame()
            idle = server.memory()
            server.forget_peak()
            sending = threading.Thread(target=sender.socket.sendall, args=(data,))
            sending.start()
            time.sleep(0.5)  # the reader does not read
            assert message(receiver) == (BINARY, payload)
            sending.join()
            grown = server.peak() - idle
            print(f"30 MB: {grown / KILO:.0f} kB over {idle / KILO:.0f} kB")
            assert sanitized or grown <= 128 * KILO
        end(one, other)
        server.stop()


def both_ways(program):
    """30 MB at once in both directions arrive whole."""
    payload = os.urandom(30 * MEGA)
    with Gateway(program, "--message-bytes", "40000000") as server:
        one, other = server.pair()
        idle = server.memory()
        server.forget_peak()
        sending = [threading.Thread(target=one.socket.sendall, args=(frame(BINARY, payload),)),
                   threading.Thread(target=other.socket.sendall, args=(plain(BINARY, payload),))]
        results = []
        sending += [threading.Thread(target=lambda each=each: results.append(message(each))) for each in (one, other)]
        for each in sending:
            each.start()
        for each in sending:
            each.join()
        assert results == [(BINARY, payload)] * 2
        grown = server.peak() - idle
        print(f"30 MB both ways: {grown / KILO:.0f} kB over {idle / KILO:.0f} kB")
        assert sanitized or grown <= 256 * KILO
        end(one, other)
        server.stop()


def requests(program):
    """Path, query, origin, cookies and subprotocols are passed on, and fields of one connection are not; so are those of the answer."""
    with Gateway(program) as server:
        one, other = server.pair(
            "Sec-WebSocket-Protocol: b", "Set-Cookie: a=1", "Set-Cookie: b=2", "Keep-Alive: timeout=5", "Date: today",
            request=request_with("Origin: https://example.com", "Cookie: c=3", "Connection: X-Own", "X-Own: secret", "TE: trailers",
                                 "Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Protocol: c", "Authorization: Basic abc",
                                 "x-forwarded-for: 192.0.2.1", "X-Forwarded-For: 192.0.2.2", "X-Forwarded-Proto: https",
                                 target="/chat/%41?room=1&x"))
        assert other.lines[0] == "GET /chat/%41?room=1&x HTTP/1.1", other.lines
        for line in ("Origin: https://example.com", "Cookie: c=3", "Authorization: Basic abc", "Sec-WebSocket-Protocol: a, b, c",
                     f"Host: 127.0.0.1:{server.listener_port}", "X-Forwarded-For: 192.0.2.1, 192.0.2.2, 127.0.0.1",
                     "X-Forwarded-Host: localhost", "X-Forwarded-Proto: http"):
            assert other.lines.count(line) == 1, (line, other.lines)
        text = "\n".join(other.lines).lower()
        assert "x-own" not in text and "trailers" not in text and "https\n" not in text.replace("example.com", ""), text
        for line in ("Sec-WebSocket-Protocol: b", "Set-Cookie: a=1", "Set-Cookie: b=2"):
            assert f"\r\n{line}\r\n" in one.answer, one.answer
        assert "Keep-Alive" not in one.answer and "Date" not in one.answer
        end(one, other)
        one, other = server.pair(request=request_with("Sec-WebSocket-Protocol: a"))  # the upstream server chooses none
        assert "Sec-WebSocket-Protocol" not in one.answer
        end(one, other)
        server.stop()


def deflate(program):
    """permessage-deflate: offers and answer are passed on, and so are compressed messages, as they are and whatever their size."""
    text = b"".join(b'{"event":"trade","price":%d}' % (i * 7919 % 1000) for i in range(100000))
    with Gateway(program) as server:
        one, other = server.pair(
            "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12; client_max_window_bits=11",
            request=request_with("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=13, x"))
        assert "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=13; client_max_window_bits" in other.lines, other.lines
        assert "\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12; client_max_window_bits=11\r\n" in one.answer
        for sender, receiver, bits, build in ((one, other, 11, frame), (other, one, 12, plain)):
            compressor, inflater = zlib.compressobj(wbits=-bits), zlib.decompressobj(wbits=-bits)
            for payload in (b"first message", b"first message, and more", text, b"first message"):
                data = (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
                encoded = bytearray(build(TEXT, data))
                encoded[0] |= RSV1
                sender.socket.sendall(encoded)
                sender.send(BINARY, b"not compressed")
                assert message(receiver) == (TEXT | RSV1, data)
                assert inflater.decompress(data + b"\0\0\xff\xff") == payload
                assert message(receiver) == (BINARY, b"not compressed")
        end(one, other)
        one, other = server.pair(request=request_with("Sec-WebSocket-Extensions: permessage-deflate"))
        assert "Sec-WebSocket-Extensions" not in one.answer
        end(one, other)
        one, other = server.pair()
        assert "Sec-WebSocket-Extensions" not in "\n".join(other.lines)
        end(one, other)
        server.stop()


def refusals(program):
    """The status of an upstream server that refuses, 502 for one that is not there or violates HTTP, 504 for one that is silent."""
    def answer(server, *, silent=False, response=b""):
        one = server.client(upgrade=False)
        one.socket.sendall(wire.REQUEST)
        if silent or response:
            other = server.upstream()
            if response:
                other.head()
                other.socket.sendall(response)
                other.socket.close()
        head = one.head().decode()
        assert "\r\nConnection: close\r\n" in head
        one.expect_end()
        one.socket.close()
        if silent:
            other.head()
            other.expect_end()
            other.socket.close()
        return head

    with Gateway(program) as server:
        head = answer(server, response=b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nbody")
        assert head.startswith("HTTP/1.1 401 ") and "\r\nWWW-Authenticate: Basic realm=x\r\n" in head, head
        assert "Content-Type" not in head and "\r\nContent-Length: 0\r\n" in head, head
        for response, status in ((b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", 302),
                                 (b"HTTP/1.1 503 \r\n\r\nbody until the end", 503), (b"nonsense\r\n\r\n", 502), (b"HTTP/1.1 101 X\r\n\r\n", 502),
                                 (b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n", 502)):
            head = answer(server, response=response)
            assert head.startswith(f"HTTP/1.1 {status} "), head
        server.listener.close()
        assert answer(server).startswith("HTTP/1.1 502 ")
        server.stop()
    with Gateway(program, url="ws://name.invalid/") as server:
        assert answer(server).startswith("HTTP/1.1 502 ")
        server.stop()
    with Gateway(program, "--time-out", "500") as server:
        began = time.monotonic()
        assert answer(server, silent=True).startswith("HTTP/1.1 504 ")
        assert 0.4 < time.monotonic() - began < 3
        server.stop()
    for url in ("ws://127.0.0.1/path", "ftp://127.0.0.1/", ""):
        assert subprocess.run([program, "--upstream", url], stderr=subprocess.PIPE, check=False, timeout=TIMEOUT).returncode == 2, url
    assert subprocess.run([program], stderr=subprocess.PIPE, check=False, timeout=TIMEOUT).returncode == 2


def late_request(program):
    """The upstream server has its whole time-out, although the client's request comes late."""
    with Gateway(program, "--time-out", "1000") as server:
        one = server.client(upgrade=False)
        one.socket.sendall(wire.REQUEST[:-2])
        time.sleep(0.7)
        one.socket.sendall(wire.REQUEST[-2:])
        other = server.upstream()
        time.sleep(0.7)
        other.accept()
        assert one.head().startswith(b"HTTP/1.1 101 ")
        end(one, other)
        server.stop()


def deaths(program):
    """Each end may die in the middle of a message: the other one gets the pieces, 1014 or 1001, and never the end of the message."""
    with Gateway(program) as server:
        for kind in ("end", "reset"):
            for from_client in (True, False):
                one, other = server.pair()
                dying, living = (one, other) if from_client else (other, one)
                data = frame(BINARY, bytes(100000)) if from_client else plain(BINARY, bytes(100000))
                dying.socket.sendall(data[:50000])
                fin, opcode, payload = living.receive_frame()
                assert not fin and opcode == BINARY
                size = len(payload)
                if kind == "reset":
                    time.sleep(0.1)
                    dying.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                dying.socket.close()
                while True:
                    fin, opcode, payload = living.receive_frame()
                    if opcode == CLOSE:
                        break
                    assert not fin and opcode == 0
                    size += len(payload)
                assert size <= 50000
                assert payload == struct.pack("!H", 1001 if from_client else 1014), payload
                living.send(CLOSE, payload)
                if not from_client:
                    living.expect_end()
                living.socket.close()
        wait_until(lambda: server.descriptors() < 12, "all connections are closed")
        server.works()
        server.stop()


def close_codes(program):
    """A close frame is passed on with its code and reason; 1010 of a server becomes 1011, without the reason."""
    with Gateway(program) as server:
        for code in (1000, 1001, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999, None):
            for from_client in (True, False):
                one, other = server.pair()
                closing, closed = (one, other) if from_client else (other, one)
                payload = b"" if code is None else struct.pack("!H", code) + b"reason"
                closing.send(CLOSE, payload)
                got = closed.receive()
                expected = struct.pack("!H", 1011) if code == 1010 and not from_client else payload
                assert got == (CLOSE, expected), (code, from_client, got)
                closed.send(CLOSE, got[1])
                closing.expect(CLOSE, b"\x03\xe8" if code == 1010 and from_client else payload[:2])
                one.expect_end()
                one.socket.close()
                other.socket.close()
        for code in (1004, 1005, 1006, 1015, 999, 5000):  # which no end may send
            one, other = server.pair()
            other.send(CLOSE, struct.pack("!H", code))
            one.expect_close(1014)
            one.send(CLOSE, b"\x03\xf6")
            one.expect_end()
            other.expect_close(1002)
            for each in (one, other):
                each.socket.close()
        server.stop()


def silence(program):
    """An upstream server that answers no ping, or does not read, is given up, and its client gets 1014."""
    with Gateway(program, "--time-out", "600") as server:
        for reads in (True, False):
            one, other = server.pair()
            stop = False

            def answer_pings(one=one):
                while True:
                    fin, opcode, payload = one.receive_frame()
                    if opcode == PING:
                        one.send(PONG, payload)
                    else:
                        return opcode, payload

            if not reads:
                one.socket.settimeout(0.3)
                try:
                    while True:
                        one.socket.sendall(frame(BINARY, bytes(MEGA)))
                except TimeoutError:
                    pass
                one.socket.settimeout(TIMEOUT)
                began = time.monotonic()
                data = b""
                one.socket.settimeout(0.1)
                while time.monotonic() - began < 5 and not data.endswith(b"\x88\x02\x03\xf6"):
                    try:
                        more = one.socket.recv(1000)
                        data += more
                        if not more:
                            break
                    except TimeoutError:
                        pass
                assert data.endswith(b"\x88\x02\x03\xf6"), data
            else:
                assert answer_pings() == (CLOSE, struct.pack("!H", 1014))
                one.send(CLOSE, b"\x03\xf6")
                one.expect_end()
            one.socket.close()
            other.socket.close()
        server.terminate()


def shutdown(program):
    """SIGTERM: 1001 for both ends of every connection, and none of a request that waits; status 0."""
    with Gateway(program) as server:
        pairs = [server.pair() for _ in range(3)]
        waiting = server.client(upgrade=False)
        waiting.socket.sendall(wire.REQUEST)
        unanswered = server.upstream()
        unanswered.head()
        began = time.monotonic()
        server.terminate()
        for one, other in pairs:
            for each in (one, other):
                each.expect_close(1001)
        assert time.monotonic() - began < 5, "one end waited for the other one"
        for one, other in pairs:
            for each in (one, other):
                each.send(CLOSE, b"\x03\xe9")
            one.expect_end()
            other.socket.close()
            one.socket.close()
        unanswered.expect_end()
        waiting.expect_end()
        server.end(5)


def resets(program):
    """500 connections are opened and reset, before the request, while the upstream server is connected, and when they are open."""
    with Gateway(program, "--time-out", "2000") as server:  # of connections that wait for the upstream server
        server.listener.listen(1000)
        before = server.descriptors()
        accepted = []
        for number in range(500):
            one = server.client(upgrade=False)
            one.socket.sendall((b"", wire.REQUEST[:50], wire.REQUEST, wire.REQUEST + frame(BINARY, bytes(100000)))[number % 4])
            if number % 8 == 7:
                accepted.append(server.upstream())
                accepted[-1].accept()
            one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.socket.close()
        wait_until(lambda: server.descriptors() <= before, "all connections are closed")
        for each in accepted:
            each.socket.close()
        server.listener.settimeout(0.1)
        try:
            while True:
                server.upstream().socket.close()
        except TimeoutError:
            pass
        server.listener.settimeout(TIMEOUT)
        server.works()
        server.stop()


def half_closed(program):
    """A client that ends its output without a close frame is given up, also before the upstream server has answered."""
    with Gateway(program) as server:
        one = server.client(upgrade=False)
        one.socket.sendall(wire.REQUEST)
        one.socket.shutdown(socket.SHUT_WR)
        other = server.upstream()
        other.accept()
        other.expect_close(1001)
        other.socket.close()
        one.socket.close()
        one, other = server.pair()
        one.socket.sendall(frame(TEXT, b"last"))
        one.socket.shutdown(socket.SHUT_WR)
        assert message(other) == (TEXT, b"last")
        other.expect_close(1001)
        other.send(CLOSE, b"\x03\xe9")
        other.socket.close()
        one.socket.close()
        server.works()
        server.stop()


def without_descriptors(program):
    """Without a descriptor for the upstream connection the client gets 502, and the gateway does not spin."""
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    with Gateway(program, preexec_fn=limit) as server:
        idle = []
        while server.descriptors() < 19:
            idle.append(server.client(upgrade=False))
            time.sleep(0.02)
        one = server.client(upgrade=False)
        one.socket.sendall(wire.REQUEST)
        assert one.head().startswith(b"HTTP/1.1 502 ")
        for each in (one, *idle):
            each.socket.close()
        wait_until(lambda: server.descriptors() < 12, "all connections are closed")
        server.works()
        server.stop()


def tls(program):
    """The upstream server may use TLS, and its certificate is verified: 502 if it cannot be."""
    if certificates is None:
        return
    with subprocess.Popen([tls_server, "--port", "0", "--certificate", f"{certificates}/server.pem", "--key", f"{certificates}/server.key"],
                          stdout=subprocess.PIPE, text=True) as echo:
        try:
            url = echo.stdout.readline().split()[2]
            with Gateway(program, "--ca", f"{certificates}/ca.pem", url=url) as server:
                one = server.client()
                one.send(BINARY, payload := os.urandom(MEGA))
                assert message(one) == (BINARY, payload)
                one.close()
                server.stop()
            with Gateway(program, "--ca", f"{certificates}/stranger.pem", url=url) as server:
                one = server.client(upgrade=False)
                one.socket.sendall(wire.REQUEST)
                assert one.head().startswith(b"HTTP/1.1 502 ")
                one.expect_end()
                one.socket.close()
                server.stop()
        finally:
            echo.terminate()


TESTS = (large_message, both_ways, requests, deflate, refusals, late_request, deaths, close_codes, silence, shutdown, resets, half_closed,
         without_descriptors, tls)


def main():
    global sanitized, certificates, tls_server
    words = sys.argv[1:]
    if words[:1] == ["--tls"]:
        certificates, tls_server = words[1:3]
        words = words[3:]
    program, *names = words
    with open(program, "rb") as file:
        sanitized = b"__asan_init" in file.read()
    for name in names or [each.__name__ for each in TESTS]:
        began = time.monotonic()
        globals()[name](program)
        print(f"ok {name} ({time.monotonic() - began:.1f} s): {globals()[name].__doc__}", flush=True)


if __name__ == "__main__":
    main()
