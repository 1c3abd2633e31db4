# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""A blocking client for WebSockets over HTTP/2 (RFC 8441), made of Debian's python3-h2 and python3-wsproto.

It sends the fields that a test passes, also those that no client may send, and gives flow-control credit only if the test wants that.
"""
import contextlib
import select
import socket
import ssl
import time

import harness
from harness import Failure

try:
    import h2.config
    import h2.connection
    import h2.errors
    import h2.events
    import h2.exceptions
    import h2.settings
    import wsproto
    import wsproto.connection
    import wsproto.events
    import wsproto.extensions
except ImportError:
    h2 = None

TIMEOUT = 20
MAX_OUTPUT = 1 << 18  # bytes that wait for the socket


def check_packages():
    if h2 is None:
        raise harness.Missing("python3-h2 or python3-wsproto is missing (Debian packages)")


def trusting(certificates, protocols=("h2",)):
    context = ssl.create_default_context(cafile=f"{certificates}/ca.pem")
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


class Http2:
    """A connection. `certificates` None: without TLS, with prior knowledge."""

    def __init__(self, port, certificates=None, window=None, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(TIMEOUT)
        if receive_buffer:  # has to be set before the connection is made
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.certificates = certificates
        self.secure = certificates is not None
        self.is_reading = True  # the socket
        if self.secure:
            self.socket = trusting(certificates).wrap_socket(self.socket, server_hostname="localhost")
            harness.expect(self.socket.selected_alpn_protocol(), "h2", "ALPN")
        self.socket.setblocking(False)
        self.authority = f"localhost:{port}"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False))
        self.h2.initiate_connection()
        if window is not None:
            self.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.input = bytearray()
        self.output = bytearray()
        self.streams = {}
        self.goaway = None  # the error code of GOAWAY
        self.ended = False
        self.has_settings = False
        self.answered_pings = 0
        self.until(lambda: self.has_settings, "SETTINGS")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @property
    def offers_connect(self):
        return self.h2.remote_settings.enable_connect_protocol == 1

    # Transport

    def step(self, timeout):
        """Writes and reads what is possible. Returns False if nothing was within `timeout` seconds."""
        self.output += self.h2.data_to_send()
        moved = self.write()
        if self.ended:
            return moved
        pending = self.is_reading and self.secure and self.socket.pending()
        readable, writable, _ = select.select([self.socket] if self.is_reading else [], [self.socket] if self.output else [], [],
                                              0 if pending or moved else timeout)
        if writable:
            moved |= self.write()
        if readable or pending:
            moved |= self.read()
        return moved

    def write(self):
        try:
            count = self.socket.send(self.output) if self.output else 0
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except (ConnectionError, ssl.SSLError):
            self.ended = True
            self.output.clear()
            return False
        del self.output[:count]
        return count > 0

    def read(self):
        try:
            data = self.socket.recv(1 << 16)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except (ConnectionError, ssl.SSLError):
            data = b""
        if not data:
            self.ended = True
            return True
        self.input += data
        while len(self.input) >= 9 and len(self.input) >= (size := 9 + int.from_bytes(self.input[:3], "big")):
            frame = bytes(self.input[:size])
            del self.input[:size]
            if frame[3] == 7:  # after GOAWAY python3-h2 accepts nothing, though streams go on
                self.goaway = int.from_bytes(frame[13:17], "big")
                continue
            for event in self.h2.receive_data(frame):
                self.on_event(event)
        return True

    def until(self, condition, what, timeout=TIMEOUT):
        limit = time.monotonic() + timeout
        while not condition():
            if self.ended and not self.output:
                raise Failure(f"the connection ended (GOAWAY: {self.goaway}) before {what}")
            self.step(max(0.0, min(0.5, limit - time.monotonic())))
            if time.monotonic() > limit:
                raise Failure(f"not within {timeout} s: {what}")

    def rest(self, seconds):
        """Reads for a while."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0 and not self.ended:
            self.step(left)

    def flush(self):
        self.output += self.h2.data_to_send()
        self.until(lambda: not self.output or self.ended, "the output has been written")

    def on_event(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RemoteSettingsChanged):
            self.has_settings = True
        elif isinstance(event, h2.events.PingAckReceived):
            self.answered_pings += 1
        elif stream is None:
            pass
        elif isinstance(event, h2.events.ResponseReceived):
            stream.fields = list(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            stream.received(event.data, event.flow_controlled_length)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset_code = int(event.error_code)

    # Requests

    def stream(self, fields, end=False, kind=None, **options):
        """Sends a request with these fields, which include the pseudo-header fields."""
        number = self.h2.get_next_available_stream_id()
        self.h2.send_headers(number, fields, end_stream=end)
        stream = self.streams[number] = (kind or Stream)(self, number, **options)
        return stream

    def get(self, path, *fields):
        """Returns the finished stream of a GET."""
        stream = self.stream([(":method", "GET"), (":scheme", self.scheme), (":path", path), (":authority", self.authority), *fields],
                             end=True)
        self.until(lambda: stream.ended or stream.is_reset, "the response")
        return stream

    @property
    def scheme(self):
        return "https" if self.secure else "http"

    def connect_fields(self, path, *more, without=(), **changed):
        """Returns the fields of an extended CONNECT. The keys of `changed` are names without `:`, with `_` for `-`."""
        fields = {":method": "CONNECT", ":protocol": "websocket", ":scheme": self.scheme, ":path": path,
                  ":authority": self.authority, "sec-websocket-version": "13"}
        for name, value in changed.items():
            pseudo = f":{name}"
            fields[pseudo if pseudo in fields else name.replace("_", "-")] = value
        return [*[item for item in fields.items() if item[0] not in without], *more]

    def request(self, fields):
        """Sends these fields and waits for a response or an error of the stream. Returns the stream."""
        stream = self.stream(fields)
        self.until(lambda: stream.fields or stream.is_reset, "a response")
        return stream

    def websocket(self, path="/echo", subprotocols=(), deflate=None, fields=()):
        """Opens a WebSocket; raises Refused for another status than 200. `deflate`: options of wsproto's extension."""
        extension = wsproto.extensions.PerMessageDeflate(**deflate) if deflate is not None else None
        more = list(fields)
        if subprotocols:
            more.append(("sec-websocket-protocol", ", ".join(subprotocols)))
        if extension:
            offer = extension.offer()
            more.append(("sec-websocket-extensions", extension.name if offer is True else f"{extension.name}; {offer}"))
        one = self.stream(self.connect_fields(path, *more), kind=WebSocket)
        self.until(lambda: one.fields or one.is_reset, "a response")
        one.open(subprotocols, extension)
        return one


class Refused(Exception):
    """The request was answered with another status, or the stream was reset."""


class Stream:
    def __init__(self, connection, number):
        self.connection = connection
        self.number = number
        self.fields = None
        self.data = bytearray()
        self.ended = False
        self.reset_code = None
        self.is_reading = True  # otherwise only the connection has credit for new data
        self.owed = 0

    @property
    def is_reset(self):
        return self.reset_code is not None

    @property
    def status(self):
        return int(self.field(":status")) if self.fields else None

    def field(self, wanted):
        return next((value for name, value in self.fields or () if name == wanted), None)

    def received(self, data, size):
        self.data += data
        if self.is_reading:
            self.connection.h2.acknowledge_received_data(size, self.number)
        elif size:
            self.owed += size
            self.connection.h2.increment_flow_control_window(size)

    def pause(self):
        self.is_reading = False

    def resume(self):
        self.is_reading = True
        if self.owed:
            self.connection.h2.increment_flow_control_window(self.owed, self.number)
        self.owed = 0

    def send(self, data, end=False, timeout=TIMEOUT):
        """Sends all of it as the windows permit. Returns what was not sent within the time."""
        http2, view = self.connection, memoryview(data)
        limit = time.monotonic() + timeout
        while len(view) and not (self.is_reset or http2.ended):
            size = min(len(view), http2.h2.local_flow_control_window(self.number), http2.h2.max_outbound_frame_size)
            if size == 0 or len(http2.output) > MAX_OUTPUT:
                http2.step(max(0.0, min(0.5, limit - time.monotonic())))
                if time.monotonic() > limit:
                    break
                continue
            http2.h2.send_data(self.number, bytes(view[:size]))
            http2.output += http2.h2.data_to_send()
            view = view[size:]
        if end and not self.is_reset:
            self.end()
        http2.step(0)
        return len(view)

    def end(self):
        self.connection.h2.end_stream(self.number)
        self.connection.flush()

    def reset(self, code=8):
        """RST_STREAM, by default with CANCEL."""
        self.connection.h2.reset_stream(self.number, code)
        self.connection.flush()

    def expect_end(self):
        """The server ends its side."""
        self.connection.until(lambda: self.ended or self.is_reset, f"the end of stream {self.number}")
        harness.expect(self.reset_code, None, "RST_STREAM")

    def expect_reset(self, *codes):
        self.connection.until(lambda: self.ended or self.is_reset, f"the reset of stream {self.number}")
        if self.reset_code not in codes:
            raise Failure(f"stream {self.number}: RST_STREAM {self.reset_code}, expected one of {codes}")


class WebSocket(Stream):
    """One WebSocket; `subprotocol` and `extensions` are those of the response."""

    def open(self, subprotocols, extension):
        if self.status != 200:
            raise Refused(f"status {self.status}" if self.status else f"RST_STREAM {self.reset_code}")
        self.subprotocol = self.field("sec-websocket-protocol")
        self.extensions = self.field("sec-websocket-extensions")
        if self.subprotocol is not None and self.subprotocol not in subprotocols:
            raise Failure(f"the subprotocol {self.subprotocol!r} was not offered")
        for name in ("connection", "upgrade"):
            harness.expect(self.field(name), None, name)
        used = []
        if self.extensions:
            if extension is None:
                raise Failure(f"unexpected extensions {self.extensions!r}")
            extension.finalize(self.extensions)
            used = [extension]
        self.ws = wsproto.connection.Connection(wsproto.ConnectionType.CLIENT, used)
        self.parts = []
        self.arrived = []  # messages, ("ping", bytes), ("pong", bytes), ("close", code, reason)
        self.unread, self.data = self.data, bytearray()
        self.frames(self.unread)

    def received(self, data, size):
        super().received(b"", size)
        if hasattr(self, "ws"):
            self.frames(data)
        else:
            self.data += data

    def frames(self, data):
        if not data:
            return
        self.ws.receive_data(bytes(data))
        for event in self.ws.events():
            if isinstance(event, wsproto.events.Message):
                self.parts.append(event.data)
                if event.message_finished:
                    self.arrived.append(type(event.data)().join(self.parts))
                    self.parts = []
            elif isinstance(event, wsproto.events.Ping):
                self.arrived.append(("ping", bytes(event.payload)))
            elif isinstance(event, wsproto.events.Pong):
                self.arrived.append(("pong", bytes(event.payload)))
            elif isinstance(event, wsproto.events.CloseConnection):
                self.arrived.append(("close", int(event.code), event.reason or ""))

    def message_bytes(self, message, fragments=1):
        kind = wsproto.events.TextMessage if isinstance(message, str) else wsproto.events.BytesMessage
        size = max(1, -(-len(message) // fragments))
        return b"".join(self.ws.send(kind(data=message[i * size:(i + 1) * size], message_finished=i == fragments - 1))
                        for i in range(fragments))

    def send_message(self, message, fragments=1):
        left = self.send(self.message_bytes(message, fragments))
        harness.expect(left, 0, "bytes that could not be sent")

    def ping(self, payload):
        self.send(self.ws.send(wsproto.events.Ping(payload=payload)))

    def pong(self, payload):
        self.send(self.ws.send(wsproto.events.Pong(payload=payload)))

    def receive(self, timeout=TIMEOUT):
        """Returns the next message, ping, pong or close."""
        self.connection.until(lambda: self.arrived or self.ended or self.is_reset, "a message", timeout)
        if not self.arrived:
            raise Failure(f"stream {self.number} ended (RST_STREAM: {self.reset_code}) before a message")
        return self.arrived.pop(0)

    def expect(self, *wanted):
        for one in wanted:
            harness.expect(self.receive(), one, f"message of stream {self.number}")

    def echo(self, message, **options):
        self.send_message(message, **options)
        self.expect(message)

    def send_close(self, code=1000, reason=""):
        self.send(self.ws.send(wsproto.events.CloseConnection(code=code, reason=reason)))

    def close(self, code=1000, reason=""):
        """The closing handshake from this side; both sides of the stream end."""
        self.send_close(code, reason)
        got = self.receive()
        harness.expect(got[:2] if isinstance(got, tuple) else got, ("close", code), "the close frame")
        self.end_quietly()
        self.connection.until(lambda: self.ended or self.is_reset, "the end of the stream")

    def end_quietly(self):
        with contextlib.suppress(h2.exceptions.ProtocolError):  # a proxy may have ended the stream already
            self.end()
