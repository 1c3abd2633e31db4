# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""A minimal WebSocket client, independent of the library, and the example servers as child processes."""
import os
import signal
import socket
import ssl
import struct
import subprocess
import time

REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
TIMEOUT = 20
# Output folder of tools/certificates; None: without TLS.
certificates = None


def trusting(folder):
    """A client context that reports a stream without close_notify as an error."""
    context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # set by Python's default
    return context


def frame(opcode, payload, fin=True):
    """A client's frame. The masking key is 0, so masking does not change the payload."""
    head = bytes([(0x80 if fin else 0) | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 65536:
        head += struct.pack("!BH", 0x80 | 126, len(payload))
    else:
        head += struct.pack("!BQ", 0x80 | 127, len(payload))
    return head + bytes(4) + payload


class Client:
    def __init__(self, address, upgrade=True, request=REQUEST, receive_buffer=None):
        if receive_buffer:  # has to be set before the connection is made
            self.socket = socket.socket()
            self.socket.settimeout(TIMEOUT)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, TIMEOUT)
        if certificates:
            self.socket = trusting(certificates).wrap_socket(self.socket, server_hostname="localhost",
                                                             suppress_ragged_eofs=False)
        self.buffer = bytearray()
        if upgrade:
            self.socket.sendall(request)
            head = self.head()
            assert head.startswith(b"HTTP/1.1 101 ") and ACCEPT in head, head

    def read_more(self):
        data = self.socket.recv(1 << 20)
        self.buffer += data
        return bool(data)

    def take(self, size):
        while len(self.buffer) < size:
            assert self.read_more(), f"the stream ended after {bytes(self.buffer[:80])}"
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            assert self.read_more(), f"the stream ended after {bytes(self.buffer)}"
        return self.take(self.buffer.index(b"\r\n\r\n") + 4)

    def send(self, opcode, payload):
        self.socket.sendall(frame(opcode, payload))

    def receive_frame(self):
        """Returns FIN, the opcode, including RSV1, and the payload of the next frame, which has to be unmasked."""
        first, second = self.take(2)
        assert first & 0x30 == 0 and second < 0x80, (first, second)
        if second == 126:
            second = struct.unpack("!H", self.take(2))[0]
        elif second == 127:
            second = struct.unpack("!Q", self.take(8))[0]
        return first >= 0x80, first & 0x4F, self.take(second)

    def receive(self):
        """Returns the opcode, including RSV1, and the payload of the next frame, which has to be final."""
        fin, opcode, payload = self.receive_frame()
        assert fin, (opcode, payload[:80])
        return opcode, payload

    def expect(self, opcode, payload):
        got = self.receive()
        assert got == (opcode, payload), f"{got[0]} {got[1][:80]}, {len(got[1])} bytes"

    def expect_close(self, code, reason=b""):
        self.expect(CLOSE, struct.pack("!H", code) + reason)

    def expect_end(self):
        assert not self.buffer and not self.socket.recv(1), "more bytes came"

    def is_quiet(self, seconds):
        if self.buffer:
            return False
        self.socket.settimeout(seconds)
        try:
            self.read_more()
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(TIMEOUT)

    def close(self, code=1000):
        self.send(CLOSE, struct.pack("!H", code))
        self.expect_close(code)
        self.expect_end()
        self.socket.close()


class Server:
    """A child process that is killed at the end of the `with` block if it is still running."""

    def __init__(self, program, *options, **more):
        if certificates:
            options = (*options, "--tls", f"{certificates}/server.pem", f"{certificates}/server.key")
        self.process = subprocess.Popen([program, "--port", "0", *options], stdout=subprocess.PIPE, text=True, **more)
        line = self.process.stdout.readline().strip()
        scheme = "wss" if "--tls" in options else "ws"
        assert line.startswith(f"listening on {scheme}://127.0.0.1:") and line.endswith("/"), line
        self.address = ("127.0.0.1", int(line.rsplit(":", 1)[1].rstrip("/")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def client(self, upgrade=True, request=REQUEST):
        return Client(self.address, upgrade, request)

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def end(self, within=TIMEOUT):
        """Waits until the process has ended; returns the rest of its output."""
        self.process.wait(within)
        assert self.process.returncode == 0, f"status {self.process.returncode}"
        return self.process.stdout.read().strip()

    def stop(self):
        self.terminate()
        return self.end()


def wait_until(condition, what, seconds=TIMEOUT):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f"not within {seconds} s: {what}"
        time.sleep(0.02)
