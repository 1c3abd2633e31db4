# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""HTTP/2 frames as bytes, for what python3-h2 refuses to send."""
import socket
import ssl
import struct
import time

import h2_client

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
NO_ERROR, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = 0, 1, 3, 5, 7, 8, 11
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def window_update(stream, size):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack("!I", size))


class Raw:
    """A connection on which a test sends bytes. It reads nothing on its own."""

    def __init__(self, port, certificates=None, preface=PREFACE + frame(SETTINGS, 0, 0)):
        self.socket = socket.create_connection(("127.0.0.1", port), h2_client.TIMEOUT)
        if certificates:
            self.socket = h2_client.trusting(certificates).wrap_socket(self.socket, server_hostname="localhost")
        self.input = bytearray()
        self.ended = False
        self.goaway_code = None
        self.send(preface)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, timeout=h2_client.TIMEOUT):
        """Returns whether the server has accepted all of it within the time."""
        self.socket.settimeout(timeout)
        try:
            self.socket.sendall(data)
        except (TimeoutError, ConnectionError, ssl.SSLError):
            return False
        return True

    def drain(self, wanted=b"", seconds=0.0):
        """Reads for so long, or until the frame arrives. Returns whether it has."""
        return any(frame(kind, flags, stream, payload) == wanted for kind, flags, stream, payload in self.frames(seconds))

    def frames(self, timeout=h2_client.TIMEOUT):
        """Yields (kind, flags, stream, payload) until the connection ends, or nothing arrives within the time."""
        limit = time.monotonic() + timeout
        while True:
            while len(self.input) < 9 or len(self.input) < 9 + int.from_bytes(self.input[:3], "big"):
                self.socket.settimeout(max(0.001, limit - time.monotonic()))
                try:
                    data = self.socket.recv(1 << 16)
                except TimeoutError:
                    return
                except (ConnectionError, ssl.SSLError):
                    data = b""
                if not data:
                    self.ended = True
                    return
                self.input += data
            size = int.from_bytes(self.input[:3], "big")
            kind, flags, stream = struct.unpack("!BBI", self.input[3:9])
            payload = bytes(self.input[9:9 + size])
            del self.input[:9 + size]
            if kind == GOAWAY:
                self.goaway_code = struct.unpack("!I", payload[4:8])[0]
            yield kind, flags, stream, payload

    def end(self, timeout=h2_client.TIMEOUT):
        """Reads until the connection ends, which it has to. Returns the error code of the last GOAWAY; None without one."""
        for _ in self.frames(timeout):
            pass
        if not self.ended:
            raise h2_client.Failure(f"the server does not end the connection within {timeout} s (GOAWAY: {self.goaway_code})")
        return self.goaway_code

    def wait_for_end(self, timeout):
        """The same for an answer that is not HTTP/2."""
        limit = time.monotonic() + timeout
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(1 << 16):
                self.socket.settimeout(max(0.01, limit - time.monotonic()))
        except TimeoutError:
            raise h2_client.Failure(f"the server does not end the connection within {timeout} s") from None
        except (ConnectionError, ssl.SSLError):
            pass
