# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Members of the example chat, made by hand, without any of the library's own code."""
import json
import socket
from urllib.parse import quote

from wire import BINARY, CLOSE, PING, PONG, REQUEST, TEXT, Client, frame


def request(room, name, *fields, after=0):
    target = f"/chat?room={quote(room)}&name={quote(name)}" + (f"&after={after}" if after else "")
    more = "".join(f"{field}\r\n" for field in fields)
    return REQUEST.replace(b"GET / ", f"GET {target} ".encode()).replace(b"\r\n\r\n", b"\r\n" + more.encode() + b"\r\n")


class Member(Client):
    """A member that waits for each event."""

    def __init__(self, server, room, name, *fields, after=0):
        super().__init__(server.address, True, request(room, name, *fields, after=after))
        self.welcome = self.event()
        while self.welcome["type"] == "backplane":  # the room is not ready
            self.welcome = self.event()
        assert self.welcome["type"] == "welcome" and self.welcome["room"] == (room or "lobby"), self.welcome
        self.id, self.name = self.welcome["id"], self.welcome["name"]
        self.joined = self.event("joined") if "backplane" not in self.welcome else None

    def event(self, *kinds):
        """The next text, or the next of some kinds."""
        while True:
            opcode, payload = self.receive()
            assert opcode == TEXT, (opcode, payload[:80])
            message = json.loads(payload)
            if not kinds or message["type"] in kinds:
                return message

    def say(self, text):
        self.send(TEXT, text.encode())

    def hears(self, who, text):
        got = self.event("text")
        assert (got["id"], got["name"], got["text"]) == (who.id, who.name, text), got


class Refused(Exception):
    """The response is not 101."""


class PolledMember:
    """One of many members in a loop of epoll."""

    def __init__(self, address, room, name, after=0):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request(room, name, after=after))
        self.socket.setblocking(False)
        self.buffer = b""
        self.is_open = False
        self.close = None

    def read(self):
        """Returns the payloads of the received texts."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError
        buffer = self.buffer + data
        texts = []
        if not self.is_open:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                self.buffer = buffer
                return texts
            if not buffer.startswith(b"HTTP/1.1 101 "):
                raise Refused(buffer[:100])
            self.is_open = True
            buffer = buffer[end + 4:]
        at = 0
        while len(buffer) - at >= 2:
            first, size = buffer[at], buffer[at + 1]
            start = at + 2
            if size == 126:
                size = int.from_bytes(buffer[start:start + 2], "big")
                start += 2
            assert size < 65536 and first & 0xF0 == 0x80, (first, size)
            if start + size > len(buffer):
                break
            payload = buffer[start:start + size]
            at = start + size
            if first & 0x0F == TEXT:
                texts.append(payload)
            elif first & 0x0F == PING:
                self.socket.send(frame(PONG, payload))
            elif first & 0x0F == CLOSE:
                self.close = int.from_bytes(payload[:2], "big")
                self.socket.send(frame(CLOSE, payload[:2]))
            else:
                assert first & 0x0F in (PONG, BINARY), first
        self.buffer = buffer[at:]
        return texts
