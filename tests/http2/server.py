# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""http2_server and an exact client, with TLS and without."""
import os
import signal
import socket
import time

import frames
import h2_client
import harness
import hostile
import peers
import wire
from h2_client import Http2, Refused
from harness import Failure, expect

KIBI, MEBI = 1 << 10, 1 << 20
MANY = 100
PAGE = peers.HERE.parent / "browser" / "page.html"


def refuses(opening, status):
    try:
        opening()
    except Refused as refusal:
        return expect(str(refusal), f"status {status}", "the response")
    raise Failure("it was accepted")


def http1(server, certificates, request=None, upgrade=True):
    """Returns an HTTP/1.1 connection to the same port."""
    wire.certificates = certificates
    more = {} if request is None else {"request": request}
    return wire.Client(("127.0.0.1", server.port), upgrade, **more)


def same_port(cases, what, server, certificates):
    with cases(f"{what}: the page over HTTP/2 and over HTTP/1.1 on the same port"):
        with Http2(server.port, certificates) as http2:
            expect(http2.offers_connect, True, "SETTINGS_ENABLE_CONNECT_PROTOCOL")
            page = http2.get("/")
            expect((page.status, page.ended), (200, True), "the page")
            if not (page.field("content-type") or "").startswith("text/html"):
                raise Failure(f"it is no page: {page.fields}")
            expect(bytes(page.data), PAGE.read_bytes(), "the page")
            if not http2.get("/no/such/page").status >= 400:
                raise Failure("another path has a page")
            one = http1(server, certificates, upgrade=False)
            one.socket.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            head = one.head()
            while one.read_more():
                pass
            expect((head[:13], bytes(one.buffer)), (b"HTTP/1.1 200 ", bytes(page.data)), "the page over HTTP/1.1")
            one.socket.close()
    with cases(f"{what}: a WebSocket over HTTP/1.1 on the same port, and /protocol over both"):
        one = http1(server, certificates, wire.REQUEST.replace(b"GET / ", b"GET /protocol "))
        one.expect(wire.TEXT, b"HTTP/1.1")
        for opcode, message in ((wire.TEXT, "Grüße".encode()), (wire.BINARY, os.urandom(MEBI))):
            one.send(opcode, message)
            one.expect(opcode, message)
        one.close()
        one = http1(server, certificates, wire.REQUEST.replace(b"GET / ", b"GET /refused "), upgrade=False)
        one.socket.sendall(wire.REQUEST.replace(b"GET / ", b"GET /refused "))
        expect(one.head()[:13], b"HTTP/1.1 403 ", "the refusal over HTTP/1.1")
        one.socket.close()
        with Http2(server.port, certificates) as http2:
            one = http2.websocket("/protocol")
            one.expect("HTTP/2")
            one.echo("and then it echoes")
            one.close()


def negotiation(cases, server, certificates):
    """ALPN selects the protocol, whatever the client sends then."""
    page, preface = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", frames.PREFACE + frames.frame(frames.SETTINGS, 0, 0)
    table = [(["h2", "http/1.1"], "h2", preface, b"\0\0"), (["http/1.1", "h2"], "h2", preface, b"\0\0"), (["h2"], "h2", page, b""),
             (["http/1.1"], "http/1.1", page, b"HTTP/1.1 200 "), (["http/1.1"], "http/1.1", preface, b"HTTP/1.1 400 "),
             (["spdy/1"], None, page, b"HTTP/1.1 200 "), ([], None, page, b"HTTP/1.1 200 ")]
    with cases(f"TLS: ALPN: {len(table)} lists of protocols, and bytes of the other one"):
        for offered, chosen, data, answer in table:
            with socket.create_connection(("127.0.0.1", server.port), h2_client.TIMEOUT) as plain, \
                    h2_client.trusting(certificates, offered).wrap_socket(plain, server_hostname="localhost") as secure:
                expect(secure.selected_alpn_protocol(), chosen, f"ALPN of {offered}")
                secure.sendall(data)
                expect(secure.recv(len(answer) or 1), answer, f"the answer to {offered}")


def conversations(cases, what, http2):
    with cases(f"{what}: text and binary of all sizes, fragments, a ping, a close with a reason"):
        one = http2.websocket("/echo")
        for message in ("Grüße, 世界 🧦", "", b"", bytes(125), bytes(126), bytes(65535), bytes(65536), "€" * 30000):
            one.echo(message)
        one.echo("in three 🧩🧩 frames", fragments=3)
        one.ping(b"there?")
        one.expect(("pong", b"there?"))
        one.close(3456, "Tschüß")
        expect((one.ended, one.reset_code), (True, None), "the end of the stream")
    with cases(f"{what}: 1 MiB both ways, as text and as bytes; 16 MiB, and a byte more is 1009"):
        one = http2.websocket("/echo")
        one.echo("aß語🧦" * (MEBI // 10))
        one.echo(os.urandom(MEBI))
        one.echo(bytes(16 * MEBI))
        one.send(one.message_bytes(bytes(16 * MEBI + 1))[:14])
        expect(one.receive()[:2], ("close", 1009), "the close frame")
        one.expect_end()
    with cases(f"{what}: permessage-deflate"):
        for options in ({}, {"server_max_window_bits": 9, "client_max_window_bits": 9},
                        {"server_no_context_takeover": True, "client_no_context_takeover": True}):
            one = http2.websocket("/echo", deflate=options)
            if not (one.extensions or "").startswith("permessage-deflate"):
                raise Failure(f"extensions {one.extensions!r}")
            for message in ("Hello " * 30, "Hello " * 30, os.urandom(1000), "x" * MEBI, ""):
                one.echo(message)
            one.close()
    with cases(f"{what}: subprotocols"):
        for offered, chosen in ((["chat"], "chat"), (["other", "chat", "echo"], "chat"), (["echo", "chat"], "echo"), (["other"], None), ([], None)):
            one = http2.websocket("/echo", subprotocols=offered)
            expect(one.subprotocol, chosen, "subprotocol")
            one.close()
    with cases(f"{what}: no field of an HTTP/1.1 upgrade in the response; names in lower case"):
        one = http2.websocket("/echo", fields=[("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")])
        names = [name for name, _ in one.fields]
        expect([names[0], *sorted(set(names) & {"connection", "upgrade", "sec-websocket-accept", "transfer-encoding", "content-length"})],
               [":status"], "fields")
        expect([name for name in names if name != name.lower()], [], "upper-case names")
        one.close()


def interleaved(cases, what, http2):
    with cases(f"{what}: four WebSockets on one connection, with their frames cut into each other"):
        several = [http2.websocket("/echo", deflate={} if i % 2 else None) for i in range(4)]
        messages = [[f"{i}/{k} " * 50 for k in range(10)] + [os.urandom(2000)] for i in range(4)]
        bytes_of = [b"".join(one.message_bytes(message) for message in messages[i]) for i, one in enumerate(several)]
        at, step = 0, 97
        while at < max(map(len, bytes_of)):
            for one, data in zip(several, bytes_of):
                one.send(data[at:at + step])
            at += step
        for one, wanted in zip(several, messages):
            one.expect(*wanted)
        several[1].close()
        several[3].echo("others have closed")
        for i in (0, 2, 3):
            several[i].close()
    with cases(f"{what}: 60 WebSockets on one connection"):
        several = [http2.websocket("/echo") for _ in range(60)]
        for i, one in enumerate(several):
            one.send_message(f"{i}" * 1000)
        for i, one in enumerate(several):
            one.expect(f"{i}" * 1000)
        for one in several:
            one.send_close(1000)
        for one in several:
            one.expect(("close", 1000, ""))
            one.end_quietly()
            http2.until(lambda one=one: one.ended, "END_STREAM")


MALFORMED = (400, "reset")


def refusals(cases, what, http2):
    """After each of them the connection still works."""
    ask = http2.connect_fields
    authority = http2.authority
    table = [
        ("an unknown :protocol", ask("/echo", protocol="connect-udp"), (501,)),
        ("/refused", ask("/refused"), (403,)),
        ("version 12", ask("/echo", sec_websocket_version="12"), (400,)),
        ("no version", ask("/echo", without=["sec-websocket-version"]), (400,)),
        ("two versions", ask("/echo", ("sec-websocket-version", "13")), (400,)),
        ("version x", ask("/echo", sec_websocket_version="x"), (400,)),
        ("an upper-case name", ask("/echo", ("X-Upper", "1")), MALFORMED),
        ("connection", ask("/echo", ("connection", "upgrade")), MALFORMED),
        ("upgrade", ask("/echo", ("upgrade", "websocket")), MALFORMED),
        ("keep-alive", ask("/echo", ("keep-alive", "timeout=5")), MALFORMED),
        ("transfer-encoding", ask("/echo", ("transfer-encoding", "chunked")), MALFORMED),
        ("te other than trailers", ask("/echo", ("te", "gzip")), MALFORMED),
        ("content-length", ask("/echo", ("content-length", "5")), MALFORMED),
        ("no :path", ask("/echo", without=[":path"]), MALFORMED),
        ("an empty :path", ask(""), MALFORMED),
        (":path without a slash", ask("echo"), MALFORMED),
        (":path with a space", ask("/ec ho"), MALFORMED),
        ("no :scheme", ask("/echo", without=[":scheme"]), MALFORMED),
        (":scheme with characters of no scheme", ask("/echo", scheme="ht tp"), MALFORMED),
        ("neither :authority nor host", ask("/echo", without=[":authority"]), MALFORMED),
        (":authority with user information", ask("/echo", authority=f"me@{authority}"), MALFORMED),
        ("host of another authority", ask("/echo", ("host", "elsewhere.test")), MALFORMED),
        ("GET with :protocol", ask("/echo", method="GET"), MALFORMED),
        (":method twice", [(":method", "CONNECT"), *ask("/echo")], MALFORMED),
        (":protocol twice", [(":protocol", "websocket"), *ask("/echo")], MALFORMED),
        ("an unknown pseudo-header field", [(":foo", "1"), *ask("/echo")], MALFORMED),
        (":status", [(":status", "200"), *ask("/echo")], MALFORMED),
        ("a pseudo-header field at the end", [*ask("/echo", without=[":path"]), (":path", "/echo")], MALFORMED),
        ("a line break in a value", ask("/echo", ("x", "a\r\nb")), MALFORMED),
        ("a null character in a value", ask("/echo", ("x", "a\0b")), MALFORMED),
        ("a space before a value", ask("/echo", ("x", " a")), MALFORMED),
        ("a name that is no token", ask("/echo", ("x y", "a")), MALFORMED),
        ("an empty name", ask("/echo", ("", "a")), MALFORMED),
        ("a subprotocol that is no token", ask("/echo", ("sec-websocket-protocol", "a b")), (400,)),
        ("a subprotocol twice", ask("/echo", ("sec-websocket-protocol", "chat, chat")), (400,)),
        ("extensions that are no list", ask("/echo", ("sec-websocket-extensions", ";")), (400,)),
        ("two origins", ask("/echo", ("origin", "https://a.test"), ("origin", "https://b.test")), (400,)),
        ("CONNECT for a tunnel", [(":method", "CONNECT"), (":authority", authority)], (400, 404, 405, 501)),
    ]
    for name, fields, allowed in table:
        with cases.unnamed(f"{what}: refused: {name}"):
            one = http2.request(fields)
            got = "reset" if one.is_reset and not one.fields else one.status
            if got not in allowed:
                raise Failure(f"{got}, expected one of {allowed}")
            if name == "version 12":
                expect(one.field("sec-websocket-version"), "13", "sec-websocket-version")
            http2.until(lambda one=one: one.ended or one.is_reset, "the end of the stream")
    with cases(f"{what}: {len(table)} kinds of refusals, and {2 * MANY} of one kind, and the connection still works"):
        for _ in range(2 * MANY):
            one = http2.request(ask("/refused"))
            expect(one.status, 403, "status")
            http2.until(lambda one=one: one.is_reset, "RST_STREAM: the client will not end the stream")
            expect(one.reset_code, frames.NO_ERROR, "RST_STREAM")
        one = http2.websocket("/echo", fields=[("te", "trailers"), ("host", authority), ("origin", f"{http2.scheme}://{authority}")])
        one.echo("fine")
        one.close()


def ends(cases, what, http2, server):
    with cases(f"{what}: RST_STREAM in the middle of a message; others go on"):
        other = http2.websocket("/echo")
        for code in (h2_client.h2.errors.ErrorCodes.CANCEL, h2_client.h2.errors.ErrorCodes.NO_ERROR, 0xffffffff):
            for cut in (1, 8, 100, 50000):
                one = http2.websocket("/echo")
                one.send(one.message_bytes(bytes(MEBI))[:cut])
                one.reset(code)
                other.echo(f"after {code}, {cut}")
        for _ in range(20):  # while the echo is being sent
            one = http2.websocket("/echo")
            one.pause()
            one.send_message(bytes(30000))
            http2.rest(0.005)
            one.reset()
        other.echo("at last")
        other.close()
    with cases(f"{what}: END_STREAM without a close frame: the server ends its side at once"):
        other = http2.websocket("/echo")
        for data in (b"", b"\x81", b"\x81\x85", b"\x01\x81\0\0\0\0x"):
            one = http2.websocket("/echo")
            one.send(data)
            one.end()
            http2.until(lambda one=one: one.ended or one.is_reset, "the end of the stream", 3)
            if one.reset_code not in (None, frames.NO_ERROR, frames.CANCEL):
                raise Failure(f"RST_STREAM {one.reset_code}")
            expect(one.arrived, [], "events")  # 1006 is sent to nobody
        one = http2.websocket("/echo")
        one.send_message("echo before the end")
        one.end()
        one.expect("echo before the end")
        other.echo("fine")
        other.close()
    with cases(f"{what}: END_STREAM with the request, and trailers in place of the end"):
        one = http2.stream(http2.connect_fields("/echo"), end=True)
        http2.until(lambda: one.ended or one.is_reset, "the end of the stream", 3)
        one = http2.websocket("/echo")
        http2.h2.send_headers(one.number, [("x-trailer", "1")], end_stream=True)
        http2.until(lambda: one.ended or one.is_reset, "the end of the stream", 3)
        one = http2.websocket("/echo")
        one.echo("fine")
        one.close()
    with cases(f"{what}: a violation: 1002 and 1007, and the stream ends"):
        for data, code in ((b"\x83\x80\0\0\0\0", 1002), (b"\x81\x81\0\0\0\0\xff", 1007), (b"\x81\x01x", 1002), (b"\xc1\x81\0\0\0\0x", 1002)):
            one = http2.websocket("/echo")
            one.send(data)
            expect(one.receive()[:2], ("close", code), "the close frame")
            http2.until(lambda one=one: one.ended or one.is_reset, "the end of the stream")


def flow_control(cases, what, http2, server):
    with cases(f"{what}: frames in the same packet as the request"):
        one = http2.stream(http2.connect_fields("/echo"))
        fragment = b"\x81\x85\0\0\0\0early"
        one.send(fragment * 3)
        http2.until(lambda: one.data.count(b"\x81\x05early") == 3, "three echoes")
        one.reset()
    with cases(f"{what}: padding and empty DATA use the window, and it is given back"):
        one = http2.websocket("/echo")
        for i in range(1000):
            http2.until(lambda: http2.h2.local_flow_control_window(one.number) >= 300, "credit")
            http2.h2.send_data(one.number, one.message_bytes(b"x"), pad_length=255)
            if i % 10 == 0:
                http2.h2.send_data(one.number, b"")
        one.expect(*[b"x"] * 1000)
        one.close()
    with cases(f"{what}: a client whose windows begin at 0, and are 1 byte"):
        with Http2(server.port, http2.certificates, window=0) as narrow:
            one = narrow.websocket("/echo")
            one.pause()
            one.send_message("hello")
            narrow.rest(0.2)
            expect(one.arrived, [], "without credit")
            for _ in range(7):
                narrow.h2.increment_flow_control_window(1, one.number)
                narrow.rest(0.01)
            one.expect("hello")
            narrow.h2.update_settings({h2_client.h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20})
            one.echo(bytes(100000))
            one.reset()
    with cases(f"{what}: a client stops reading one stream: memory is bounded, other streams go on, nothing is lost"):
        blocked, other = http2.websocket("/echo"), http2.websocket("/echo")
        other.echo(bytes(65536))
        before = server.memory()
        blocked.pause()
        message = bytes(range(256)) * 256
        data = blocked.message_bytes(message)
        sent = 0
        for _ in range(1000):
            left = blocked.send(data, timeout=0.5)
            if left:
                break
            sent += 1
        else:
            raise Failure("the server accepted 64 MiB")
        grown = server.memory() - before
        print(f"the server accepted {sent * len(data) / MEBI:.1f} MiB and grew by {grown / MEBI:.1f} MiB")
        if not server.is_sanitized and grown > 4 * MEBI:
            raise Failure("that is too much memory")
        spent = server.cpu_seconds()
        for number in range(10):
            other.echo(f"{number}" * 10000)
        http2.rest(1)
        if server.cpu_seconds() - spent > 0.5:
            raise Failure("the server does not sleep")
        blocked.resume()
        harness.expect(blocked.send(data[len(data) - left:]), 0, "bytes that could not be sent")
        for _ in range(sent + 1):
            blocked.expect(message)
        blocked.close()
        other.close()
    with cases(f"{what}: a client stops reading the socket: memory is bounded, and other connections go on"):
        with Http2(server.port, http2.certificates, window=1 << 30, receive_buffer=65536) as deaf:
            deaf.h2.increment_flow_control_window(1 << 30)
            several = [deaf.websocket("/echo") for _ in range(4)]
            before = server.memory()
            deaf.is_reading = False
            sent = 0
            for i in range(2000):
                left = several[i % 4].send(several[i % 4].message_bytes(bytes(65536)), timeout=0.5)
                sent += 65536 - left
                if left:
                    break
            grown = server.memory() - before
            print(f"the server accepted {sent / MEBI:.1f} MiB and grew by {grown / MEBI:.1f} MiB")
            if sent >= 100 * MEBI or (not server.is_sanitized and grown > 8 * MEBI):
                raise Failure("that is too much")
            with Http2(server.port, http2.certificates) as another:
                spent = server.cpu_seconds()
                one = another.websocket("/echo")
                one.echo("fine")
                one.close()
                another.rest(1)
                if server.cpu_seconds() - spent > 0.3:
                    raise Failure("the server does not sleep")
    with cases(f"{what}: more DATA than the window: FLOW_CONTROL_ERROR"):
        with Http2(server.port, http2.certificates) as greedy:
            one = greedy.websocket("/echo")
            one.pause()
            greedy.flush()
            # Nobody reads the echo, so there is no credit for the rest of the message.
            part = bytes(16384)
            greedy.output += frames.frame(frames.DATA, 0, one.number, b"\x82\xff\0\0\0\0\1\0\0\0\0\0\0\0")
            for _ in range(2048):
                greedy.output += frames.frame(frames.DATA, 0, one.number, part)
            try:
                greedy.until(lambda: one.is_reset or greedy.goaway is not None, "an error")
            except Failure:
                if not greedy.ended:
                    raise
            if frames.FLOW_CONTROL_ERROR not in (one.reset_code, greedy.goaway) and one.arrived[:1] != [("close", 1009)]:
                raise Failure(f"RST_STREAM {one.reset_code}, GOAWAY {greedy.goaway}, {one.arrived}")


def limits(cases, what, server, certificates):
    with cases(f"{what}: not more streams than SETTINGS_MAX_CONCURRENT_STREAMS; a place is free again after a stream has ended"):
        with Http2(server.port, certificates) as http2:
            most = http2.h2.remote_settings.max_concurrent_streams
            if not 10 <= most <= 10000:
                raise Failure(f"SETTINGS_MAX_CONCURRENT_STREAMS is {most}")
            several = [http2.websocket("/echo") for _ in range(most)]
            several.pop().close()
            several.append(http2.websocket("/echo"))
            for one in several:
                one.echo("x")
            http2.output += frames.frame(frames.HEADERS, frames.END_HEADERS, several[-1].number + 2, hostile.head())
            http2.until(lambda: http2.goaway is not None, "GOAWAY")
            expect(http2.goaway, frames.PROTOCOL_ERROR, "GOAWAY")


def shutdown(cases, what, programs, certificates, options):
    with cases(f"{what}: SIGTERM: GOAWAY, 1001 on all WebSockets after pending echoes, no new ones, exit status 0"):
        with peers.Server(programs.server, *options) as server:
            with Http2(server.port, certificates) as http2, Http2(server.port, certificates) as quiet:
                several = [http2.websocket("/echo") for _ in range(5)]
                busy = http2.websocket("/echo")
                message = bytes(range(256)) * 4096
                busy.pause()
                busy.send_message(message)
                old = http1(server, certificates)
                http2.rest(0.3)
                server.signal(signal.SIGTERM)
                http2.until(lambda: http2.goaway is not None, "GOAWAY")
                expect(http2.goaway, 0, "GOAWAY")
                for one in several:
                    expect(one.receive()[:2], ("close", 1001), "the close frame")
                several[0].send(wire.frame(wire.TEXT, b"too late for an echo"))
                busy.resume()
                busy.expect(message)
                expect(busy.receive()[:2], ("close", 1001), "the close frame")
                for one in (*several, busy):
                    one.send_close(1001)
                    one.end_quietly()
                    http2.until(lambda one=one: one.ended or one.is_reset or http2.ended, "the end of the stream")
                opcode, payload = old.receive()
                expect((opcode, payload[:2]), (wire.CLOSE, b"\x03\xe9"), "the close frame over HTTP/1.1")
                old.send(wire.CLOSE, b"\x03\xe9")
                old.expect_end()
                http2.until(lambda: http2.ended, "the end of the connection")
                quiet.until(lambda: quiet.ended, "the end of a connection without streams")
                for one in (old, http2, quiet):
                    one.socket.close()
                expect(server.wait(2), 0, "exit status")
    with cases(f"{what}: SIGTERM while clients do not answer: the server ends after the closing time-out"):
        with peers.Server(programs.server, "--time-out", "1000", *options) as server:
            with Http2(server.port, certificates) as http2:
                http2.websocket("/echo")
                blocked = http2.websocket("/echo")
                blocked.pause()
                blocked.send(blocked.message_bytes(bytes(MEBI)), timeout=0.2)
                began = time.monotonic()
                server.signal(signal.SIGTERM)
                expect(server.wait(8), 0, "exit status")
                if not 0.3 < time.monotonic() - began < 5:
                    raise Failure(f"after {time.monotonic() - began:.1f} s")
    with cases(f"{what}: the server is killed, and starts on the same port at once"):
        with peers.Server(programs.server, *options) as first, Http2(first.port, certificates) as http2:
            http2.websocket("/echo").echo("x")
            first.process.kill()
            first.process.wait()
            http2.until(lambda: http2.ended, "the end of the connection")
            with peers.Server(programs.server, *options, port=first.port) as second, Http2(second.port, certificates) as again:
                again.websocket("/echo").echo("x")


def run(cases, programs):
    for what, certificates in (("h2c", None), ("TLS", programs.tls)):
        options = programs.tls_options if certificates else []
        with peers.Server(programs.server, "--page", PAGE, *options) as server:
            same_port(cases, what, server, certificates)
            if certificates:
                negotiation(cases, server, certificates)
            with Http2(server.port, certificates) as http2:
                conversations(cases, what, http2)
                interleaved(cases, what, http2)
                refusals(cases, what, http2)
            with Http2(server.port, certificates) as http2:
                ends(cases, what, http2, server)
            with Http2(server.port, certificates) as http2:
                flow_control(cases, what, http2, server)
            limits(cases, what, server, certificates)
            with cases(f"{what}: SIGTERM with no connection"):
                server.signal(signal.SIGTERM)
                expect(server.wait(5), 0, "exit status")
        shutdown(cases, what, programs, certificates, options)
