# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Both roles of a WebSocket connection, byte by byte, for input that a conforming peer does not send."""
import base64
import contextlib
import hashlib
import socket
import struct

from harness import Failure, expect

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
MASK = bytes.fromhex("37fa213d")
TIMEOUT = 8


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()


def frame(opcode, payload=b"", *, fin=True, mask=None, reserved=0, length_form=None):
    """`mask`: the key of a client's frame. `length_form`: 7, 16 or 64 bits, if not the shortest form."""
    n = len(payload)
    form = length_form or (7 if n < 126 else 16 if n < 65536 else 64)
    head = bytes([(0x80 if fin else 0) | reserved | opcode])
    bit = 0x80 if mask else 0
    if form == 7:
        head += bytes([bit | n])
    elif form == 16:
        head += bytes([bit | 126]) + struct.pack(">H", n)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", n)
    if mask:
        return head + mask + masked(payload, mask)
    return head + payload


def masked(payload, mask):
    n = len(payload)
    key = (mask * (n // 4 + 1))[:n]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(n, "big")


def close_payload(code, reason=""):
    return struct.pack(">H", code) + reason.encode()


def request(*, line="GET / HTTP/1.1", host="127.0.0.1", upgrade="websocket", connection="Upgrade", key=KEY,
            version="13", more=()):
    """Returns a valid request; None omits a field."""
    fields = [("Host", host), ("Upgrade", upgrade), ("Connection", connection), ("Sec-WebSocket-Key", key),
              ("Sec-WebSocket-Version", version)]
    lines = [line] + [f"{name}: {value}" for name, value in fields if value is not None] + list(more)
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


class Head:
    """A start line and fields, as received."""

    def __init__(self, data):
        text = data.decode("latin-1")
        self.start, *lines = text.rstrip("\r\n").split("\r\n")
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]

    @property
    def status(self):
        return int(self.start.split(" ")[1])

    def all(self, name):
        return [value for n, value in self.fields if n.lower() == name.lower()]

    def one(self, name):
        values = self.all(name)
        if len(values) != 1:
            raise Failure(f"{name} occurs {len(values)} times: {self.start} {self.fields}")
        return values[0]

    def options(self, name):
        return [item.strip().lower() for value in self.all(name) for item in value.split(",")]


class End:
    """One endpoint of a TCP connection."""

    def __init__(self, sock):
        self.sock = sock
        sock.settimeout(TIMEOUT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, *data):
        self.sock.sendall(b"".join(data))

    def send_bytewise(self, data):
        for i in range(len(data)):
            self.sock.sendall(data[i:i + 1])

    def more(self):
        """Reads more; returns False at the end of the stream. A reset counts as the end; unread data is lost."""
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            return False
        except socket.timeout:
            raise Failure(f"nothing arrives for {TIMEOUT} s; unread: {bytes(self.buffer[:80])}") from None
        self.buffer += data
        return bool(data)

    def take(self, n):
        while len(self.buffer) < n:
            if not self.more():
                raise Failure(f"the stream ends where {n} bytes are expected; unread: {bytes(self.buffer[:80])}")
        data = bytes(self.buffer[:n])
        del self.buffer[:n]
        return data

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.more():
                raise Failure(f"the stream ends inside a head: {bytes(self.buffer[:200])}")
        return Head(self.take(self.buffer.index(b"\r\n\r\n") + 4))

    def frame(self):
        """Returns opcode with the upper four bits of its byte, payload, masking key or None."""
        first, second = self.take(2)
        n = second & 0x7F
        if n == 126:
            n, = struct.unpack(">H", self.take(2))
        elif n == 127:
            n, = struct.unpack(">Q", self.take(8))
        key = self.take(4) if second & 0x80 else None
        payload = self.take(n)
        if key:
            payload = masked(payload, key)
        return first, payload, key

    def expect_frame(self, opcode, payload, fin=True):
        first, got, key = self.frame()
        expect((hex(first), got), (hex((0x80 if fin else 0) | opcode), payload), "frame")
        return key

    def expect_close(self, code, reason=None):
        """`code` None: an empty frame. `reason` None: any reason."""
        first, got, key = self.frame()
        expect(hex(first), hex(0x80 | CLOSE), f"first byte of a close frame with {got[:60]!r}")
        expect(got[:2], b"" if code is None else struct.pack(">H", code), "close code")
        if reason is not None:
            expect(got[2:], reason.encode(), "close reason")
        return key

    def expect_end(self):
        while self.more():
            pass
        expect(bytes(self.buffer), b"", "bytes before the end of the stream")

    def drop(self):
        """Ends the connection with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def connect(port):
    return End(socket.create_connection(("127.0.0.1", port), TIMEOUT))


def open_client(port, **fields):
    """Returns a connection to a server after the handshake."""
    end = connect(port)
    end.send(request(**fields))
    head = end.head()
    expect((head.status, head.one("Sec-WebSocket-Accept")), (101, ACCEPT), "response to a valid request")
    return end


@contextlib.contextmanager
def listener():
    """Returns a listening socket and its port."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(TIMEOUT)
        yield sock, sock.getsockname()[1]


def take_connection(sock):
    try:
        return End(sock.accept()[0])
    except socket.timeout:
        raise Failure(f"no connection for {TIMEOUT} s") from None


def answer(key, *, line="HTTP/1.1 101 Switching Protocols", upgrade="websocket", connection="Upgrade", accept=True,
           more=()):
    """Returns a valid 101; None omits a field, `accept` True means the correct value."""
    value = accept_of(key) if accept is True else accept
    fields = [("Upgrade", upgrade), ("Connection", connection), ("Sec-WebSocket-Accept", value)]
    lines = [line] + [f"{name}: {value}" for name, value in fields if value is not None] + list(more)
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
