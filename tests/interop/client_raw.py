# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Our client with handwritten servers, which send bytes that a conforming peer does not send."""
import base64
import socket

from harness import Failure, Program, SeenByOurs, expect
from raw import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, accept_of, answer, close_payload, frame, listener,
                 take_connection)
from scenes import message_line


def run(cases, programs):
    client = Client(programs.client)
    requests(cases, client)
    splits(cases, client)
    wrong_responses(cases, client)
    violations(cases, client)
    closings(cases, client)


class Client:
    def __init__(self, program):
        self.program = program

    def run(self, serve, *options, path="/"):
        """Runs the program once with `serve` as its server; returns the events of the program."""
        with listener() as (sock, port):
            with Program([self.program, f"ws://127.0.0.1:{port}{path}", *options]) as program:
                program.process.stdin.close()
                with take_connection(sock) as end:
                    serve(end, end.head())
                return SeenByOurs(*program.rest())

    def after_handshake(self, serve, *options, after=b""):
        """The same after a valid response. `after` is written together with it."""
        def play(end, head):
            end.send(answer(head.one("Sec-WebSocket-Key")), after)
            serve(end)
        return self.run(play, *options)


def say_goodbye(end, code=1000):
    """Sends a close frame and reads the reply."""
    end.send(frame(CLOSE, close_payload(code, "bye")))
    expect_masked(end.expect_close(code))


def expect_masked(key):
    if key is None:
        raise Failure("a frame of the client is not masked")


# --- the request

def requests(cases, client):
    def serve(end, head, kept):
        kept.append(head)
        end.send(answer(head.one("Sec-WebSocket-Key")))
        say_goodbye(end)

    with cases("request: everything that RFC 6455 4.1 requires, once"):
        kept = []
        client.run(lambda end, head: serve(end, head, kept), "--echo", path="/a/b?c=d")
        head = kept[0]
        expect(head.start, "GET /a/b?c=d HTTP/1.1", "request line")
        expect(head.one("Host").split(":")[0], "127.0.0.1", "Host")
        expect(head.one("Upgrade").lower(), "websocket", "Upgrade")
        expect(head.options("Connection"), ["upgrade"], "Connection")
        expect(head.one("Sec-WebSocket-Version"), "13", "Sec-WebSocket-Version")
        expect(len(base64.b64decode(head.one("Sec-WebSocket-Key"), validate=True)), 16, "bytes in the key")
        expect(head.all("Sec-WebSocket-Protocol") + head.all("Origin"), [], "fields without an option")
    with cases("request: subprotocols, origin and further fields"):
        kept = []
        client.run(lambda end, head: serve(end, head, kept), "--echo", "--subprotocol", "chat",
                   "--subprotocol", "superchat", "--origin", "http://example.com", "--header", "Cookie: a=b")
        head = kept[0]
        expect(head.options("Sec-WebSocket-Protocol"), ["chat", "superchat"], "Sec-WebSocket-Protocol")
        expect((head.one("Origin"), head.one("Cookie")), ("http://example.com", "a=b"), "Origin and Cookie")
    with cases("request: another key in every run"):
        kept = []
        for _ in range(3):
            client.run(lambda end, head: serve(end, head, kept), "--echo")
        expect(len({head.one("Sec-WebSocket-Key") for head in kept}), 3, "different keys")
    with cases("frames: masked, each with another key"):
        keys = []

        def collect(end):
            for _ in range(5):
                end.send(frame(TEXT, b"Hello"))
                keys.append(end.expect_frame(TEXT, b"Hello"))
            say_goodbye(end)
        client.after_handshake(collect, "--echo")
        expect((len(set(keys)), None in keys), (5, False), "different keys, and one missing")


# --- bytes cut and joined

def splits(cases, client):
    binary = bytes(range(256)) * 300
    frames = b"".join([
        frame(TEXT, "fi😀rst".encode()), frame(PING, b"abcd"), frame(BINARY, binary), frame(TEXT, b"in ", fin=False),
        frame(PING, b"1234"), frame(CONTINUATION, b"pieces"), frame(CLOSE, close_payload(1000, "bye"))])
    wanted = [message_line("fi😀rst"), message_line(binary), message_line("in pieces")]

    def check(seen):
        seen.expect_messages(wanted, "our client")
        expect(seen.pings, ['ping 4 "abcd"', 'ping 4 "1234"'], "pings at our client")
        seen.expect_clean(1000, "bye")

    def answers(end):
        for opcode, payload in ((TEXT, "fi😀rst".encode()), (PONG, b"abcd"), (BINARY, binary), (PONG, b"1234"),
                                (TEXT, b"in pieces")):
            expect_masked(end.expect_frame(opcode, payload))
        expect_masked(end.expect_close(1000, ""))

    with cases("one write: response head, messages, pings and close frame"):
        check(client.after_handshake(answers, "--echo", after=frames))
    with cases("one write: response head and three bytes of a frame"):
        def rest(end):
            end.send(frames[3:])
            answers(end)
        check(client.after_handshake(rest, "--echo", after=frames[:3]))
    with cases("bytewise: response head and the beginning of the frames"):
        def bytewise(end, head):
            end.send_bytewise(answer(head.one("Sec-WebSocket-Key")) + frames[:60])
            end.send(frames[60:])
            answers(end)
        check(client.run(bytewise, "--echo"))
    with cases("two writes: response head, ping and close frame, cut at every tenth offset"):
        after = frame(PING, b"abcd") + frame(CLOSE, close_payload(1000, "bye"))
        for at in range(1, len(answer("x" * 24) + after), 10):
            def cut(end, head):
                stream = answer(head.one("Sec-WebSocket-Key")) + after
                end.send(stream[:at])
                end.send(stream[at:])
                end.expect_frame(PONG, b"abcd")
                end.expect_close(1000, "")
            client.run(cut, "--echo").expect_clean(1000, "bye")
    with cases("interim responses before the 101 are skipped"):
        def interim(end, head):
            end.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
                     answer(head.one("Sec-WebSocket-Key")), frames)
            answers(end)
        check(client.run(interim, "--echo"))
    with cases("fields: a folded line, other spellings and repeated fields do no harm"):
        def odd(end, head):
            more = ["X-Field: 1", "  2", "Server: a", "Server: b", "Set-Cookie: c=d", "set-cookie: e=f", "Empty:"]
            end.send(answer(head.one("Sec-WebSocket-Key"), upgrade="WebSocket", connection="keep-alive, UPGRADE",
                            more=more), frames)
            answers(end)
        check(client.run(odd, "--echo"))
    with cases("the close frame and the end of the stream in one segment"):
        def and_leave(end):
            end.send(frame(TEXT, b"x"), frame(CLOSE, close_payload(1000, "bye")))
            end.sock.shutdown(socket.SHUT_WR)
            while end.more():
                pass
        seen = client.after_handshake(and_leave, "--echo")
        seen.expect_messages([message_line("x")], "our client")
        seen.expect_clean(1000, "bye")


# --- wrong responses

SAMPLE = "HSmrc0sMlYUkAGmm5OPpG2HaGWk="  # a valid value, for another key
WRONG = [
    ("accept_mismatch", "of another key", {"accept": SAMPLE}),
    ("accept_missing", "no such field", {"accept": None}),
    ("accept_repeated", "a right one and a wrong one", {"more": [f"Sec-WebSocket-Accept: {SAMPLE}"]}),
    ("upgrade_missing", "no such field", {"upgrade": None}),
    ("upgrade_not_websocket", "h2c", {"upgrade": "h2c"}),
    ("upgrade_not_websocket", "one more protocol than requested", {"upgrade": "websocket, h2c"}),
    ("connection_not_upgrade", "no such field", {"connection": None}),
    ("connection_not_upgrade", "close", {"connection": "close"}),
    ("subprotocol_not_offered", "another one", {"more": ["Sec-WebSocket-Protocol: soap"]}),
    ("subprotocol_not_offered", "another spelling", {"more": ["Sec-WebSocket-Protocol: CHAT"]}),
    ("subprotocol_repeated", "the same on two lines", {"more": ["Sec-WebSocket-Protocol: chat"] * 2}),
    ("subprotocol_invalid", "a list", {"more": ["Sec-WebSocket-Protocol: chat, superchat"]}),
    ("extension_not_offered", "permessage-deflate", {"more": ["Sec-WebSocket-Extensions: permessage-deflate"]}),
    ("extensions_invalid", "against the grammar", {"more": ["Sec-WebSocket-Extensions: ;"]}),
    ("http_version_unsupported", "HTTP/1.0", {"line": "HTTP/1.0 101 Switching Protocols"}),
    ("http_version_invalid", "HTTP/11", {"line": "HTTP/11 101 Switching Protocols"}),
    ("status_line_invalid", "1x1", {"line": "HTTP/1.1 1x1 Switching Protocols"}),
    ("field_name_space", "before a colon", {"more": ["X-Field : 1"]}),
    ("head_too_large", "9000 bytes", {"more": ["X-Field: " + "x" * 9000]}),
    ("too_many_fields", "300", {"more": [f"X-{i}: 1" for i in range(300)]}),
]


def wrong_responses(cases, client):
    def run(make):
        def serve(end, head):
            end.send(make(head.one("Sec-WebSocket-Key")), frame(TEXT, b"too early"))
            while end.more():
                pass
            expect(bytes(end.buffer), b"", "output of the client after an invalid response")
        return client.run(serve, "--subprotocol", "chat", "--send", "Hello")

    def check(seen, name):
        expect((seen.messages, seen.opens), ([], []), "messages and open events")
        seen.expect_error(name)

    for name, what, how in WRONG:
        with cases(f"{name}: {what}"):
            check(run(lambda key: answer(key, **how)), name)
    with cases("accept_mismatch: in small letters"):
        check(run(lambda key: answer(key, accept=accept_of(key).lower())), "accept_mismatch")
    with cases("line_end_invalid: lines that end in LF alone"):
        check(run(lambda key: answer(key).replace(b"\r\n", b"\n")), "line_end_invalid")
    with cases("field_folded: a first line that begins with a space"):
        check(run(lambda key: answer(key).replace(b"\r\n", b"\r\n X-Field: 1\r\n", 1)), "field_folded")
    with cases("status_line_invalid: something that is not HTTP"):
        check(run(lambda key: b"SSH-2.0-OpenSSH\r\n\r\n"), "status_line_invalid")

    for status_line in ("200 OK", "301 Moved Permanently", "401 Unauthorized", "404 Not Found",
                        "503 Service Unavailable"):
        with cases(f"refused: {status_line}"):
            body = b"a page\n"

            def refuse(end, head):
                end.send(f"HTTP/1.1 {status_line}\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body)
                while end.more():
                    pass
                expect(bytes(end.buffer), b"", "output of the client after a refusal")
            seen = client.run(refuse, "--send", "Hello")
            expect((seen.refusals, seen.status), ([f"refused {status_line}"], 1), f"refusal and status ({seen.all})")
            expect((seen.messages, seen.opens), ([], []), "messages and open events")
    with cases("connection_lost: the stream ends inside the head"):
        def leave(end, head):
            end.send(answer(head.one("Sec-WebSocket-Key"))[:40])
        client.run(leave, "--echo").expect_error("connection_lost")
    with cases("connection_lost: the stream ends where the head is due"):
        client.run(lambda end, head: end.sock.shutdown(socket.SHUT_WR), "--echo").expect_error("connection_lost")


# --- frames

def violations(cases, client):
    table = {
        "mask_unexpected": (1002, frame(TEXT, b"Hello", mask=b"\1\2\3\4")),
        "mask_unexpected with an empty ping": (1002, frame(PING, mask=b"\1\2\3\4")),
        "reserved_bit_set": (1002, frame(TEXT, b"Hello", reserved=0x40)),
        "reserved_opcode": (1002, frame(0x5)),
        "control_frame_fragmented": (1002, frame(PING, fin=False)),
        "control_frame_too_long": (1002, frame(PING, b"x" * 126)),
        "length_not_minimal": (1002, frame(BINARY, b"Hello", length_form=16)),
        "length_out_of_range": (1002, bytes([0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0])),
        "unexpected_continuation": (1002, frame(CONTINUATION, b"lo")),
        "message_interleaved": (1002, frame(TEXT, b"Hel", fin=False) + frame(TEXT, b"lo")),
        "close_payload_truncated": (1002, frame(CLOSE, b"\3")),
        "close_code_not_on_wire": (1002, frame(CLOSE, close_payload(1005))),
        "close_reason_not_utf8": (1007, frame(CLOSE, b"\x03\xe8\xff")),
        "text_not_utf8": (1007, frame(TEXT, b"\xed\xa0\x80")),
        "text_not_utf8 before the message is complete": (1007, frame(TEXT, b"\xf4\x90", fin=False)),
        "message_too_large": (1009, frame(BINARY, b"x" * 600, fin=False) + frame(CONTINUATION, b"x" * 600)),
    }
    for name, (code, data) in table.items():
        with cases(f"close {code}: {name}"):
            def serve(end):
                end.send(frame(TEXT, b"good"), data, frame(TEXT, b"late"))
                expect_masked(end.expect_frame(TEXT, b"good"))
                expect_masked(end.expect_close(code))
                end.expect_end()
            seen = client.after_handshake(serve, "--max-message", "1000", "--echo")
            seen.expect_messages([message_line("good")], "our client")
            seen.expect_error(name.split()[0])
    for name, data in {"frame_too_large: announced only": bytes([0x82, 126, 0xFF, 0xFF]),
                       "frame_too_large: 2^62 bytes announced": bytes([0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0])}.items():
        with cases(f"close 1009: {name}"):
            def announce(end):
                end.send(data)
                expect_masked(end.expect_close(1009))
                end.expect_end()
            client.after_handshake(announce, "--max-message", "1000", "--echo").expect_error("frame_too_large")


# --- the end

def closings(cases, client):
    for name, begun in (("between frames", b""), ("inside a frame", frame(TEXT, b"Hello")[:4]),
                        ("inside a message", frame(TEXT, b"Hello", fin=False))):
        for how in ("end of stream", "reset"):
            with cases(f"connection_lost: {how} {name}"):
                def leave(end):
                    end.send(frame(PING))
                    end.expect_frame(PONG, b"")
                    end.send(begun)
                    if how == "reset":
                        end.drop()
                seen = client.after_handshake(leave, "--echo")
                seen.expect_error("connection_lost")
                expect(seen.messages, [], "messages")
    for code in (1000, 1001, 1011, 1014, 3000, 4999):
        with cases(f"close: {code} from the server is answered with the same"):
            client.after_handshake(lambda end: say_goodbye(end, code), "--echo").expect_clean(code, "bye")
    with cases("close: an empty one from the server is answered with an empty one (1005)"):
        def empty(end):
            end.send(frame(CLOSE))
            expect_masked(end.expect_close(None))
        client.after_handshake(empty, "--echo").expect_clean(1005, "")
    with cases("close: from our client, while a message is still coming"):
        def late(end):
            expect_masked(end.expect_close(3000, "enough"))
            end.send(frame(TEXT, b"late"), frame(CLOSE, close_payload(3000)))
            end.sock.shutdown(socket.SHUT_WR)
            end.expect_end()
        seen = client.after_handshake(late, "--close", "3000:enough")
        seen.expect_messages([message_line("late")], "our client")
        seen.expect_clean(3000, "")
    with cases("close: from our client, and the server answers with another code"):
        def other(end):
            expect_masked(end.expect_close(1000, ""))
            end.send(frame(CLOSE, close_payload(4000, "other")))
            end.sock.shutdown(socket.SHUT_WR)
            end.expect_end()
        client.after_handshake(other, "--close", "1000").expect_clean(4000, "other")
    with cases("close: from our client, and the server ends the stream without an answer"):
        seen = client.after_handshake(lambda end: expect_masked(end.expect_close(1000)), "--close", "1000")
        seen.expect_error("connection_lost")
    with cases("close: the client waits for the server to end the transport first"):
        def slow(end):
            end.send(frame(CLOSE, close_payload(1000)))
            expect_masked(end.expect_close(1000))
            end.sock.settimeout(0.3)
            try:
                data = end.sock.recv(1)
            except TimeoutError:
                return
            raise Failure(f"got {data!r} before the server has ended the transport")
        client.after_handshake(slow, "--echo").expect_clean(1000, "")
