# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Our client with a peer as its server."""
from harness import Program, SeenByOurs, expect
from scenes import SIZES, messages_of, pings_of

TEXTS = {
    "ASCII": "Hello",
    "non-BMP characters": "κόσμε \U0001F600 \U0001D11E \U0010FFFF",
    "empty": "",
}


def run(cases, peer, programs):
    client = Client(peer, programs.client)
    sends(cases, client)
    receives(cases, client)
    handshakes(cases, client)
    closings(cases, client)


class Client:
    def __init__(self, peer, program):
        self.peer = peer
        self.program = program

    def run(self, actions, *options, **scene):
        """Runs our client once with the peer as its server, which plays `actions`. Returns the events of both."""
        port = self.peer.listen(*actions, **scene)
        with Program([self.program, f"ws://127.0.0.1:{port}/", *options]) as program:
            program.process.stdin.close()
            ours = SeenByOurs(*program.rest())
            return ours, self.peer.events()


# --- our client sends, the peer echoes every message

def sends(cases, client):
    def check(*options, wanted=(), pings=()):
        wanted = messages_of(wanted)
        ours, theirs = client.run([["echo"]], *options, "--close", "1000:bye")
        expect(theirs.errors, [], "errors at the peer")
        theirs.expect_messages(wanted, "the peer")
        ours.expect_messages(wanted, "our client")
        expect(ours.pongs, [f'pong {len(p)} "{p}"' for p in pings], "pongs at our client")
        if client.peer.shows_pings:
            expect(theirs.pings, [f'ping {len(p)} "{p}"' for p in pings], "pings at the peer")
        theirs.expect_close(1000, "bye", "the peer")
        ours.expect_clean(1000, None)

    for name, text in TEXTS.items():
        with cases(f"sent text: {name}"):
            check("--send", text, wanted=[["text", text]])
    for size in [*SIZES, 1 << 20]:
        with cases(f"sent binary: {size} bytes"):
            check("--binary-size", str(size), wanted=[["binary", size]])
    with cases("sent binary: all sizes on one connection"):
        check(*(word for size in SIZES for word in ("--binary-size", str(size))),
              wanted=[["binary", size] for size in SIZES])
    with cases("sent binary: given in hex"):
        check("--binary-hex", "0001020304", wanted=[["binary", 5]])
    with cases("sent fragments: text in 3 frames, cut inside a character"):
        check("--fragments", "3", "--send", "a😀b", wanted=[["text", "a😀b"]])
    with cases("sent fragments: 2 bytes in 5 frames, some of them empty, then a whole message"):
        check("--fragments", "5", "--send", "ab", "--fragments", "1", "--send", "whole",
              wanted=[["text", "ab"], ["text", "whole"]])
    with cases("sent fragments: 70,000 bytes in 7 frames"):
        check("--fragments", "7", "--binary-size", "70000", wanted=[["binary", 70000]])
    with cases("sent pings: each has its pong, with the same payload"):
        check("--ping", "", "--ping", "abcd", "--ping", "p" * 125, pings=["", "abcd", "p" * 125])
    with cases("sent pings: between messages"):
        check("--send", "a", "--ping", "1", "--send", "b", "--ping", "2",
              wanted=[["text", "a"], ["text", "b"]], pings=["1", "2"])
    with cases("sent: 300 messages, one after the other's echo"):
        check(*(word for i in range(300) for word in ("--send", f"message {i}")), wanted=[["many", 300]])
    with cases("sent: 300 messages at once"):
        words = [word for i in range(300) for word in ("--send", f"message {i}")]
        _, theirs = client.run([], "--wait", "0", *words, "--close", "1000:bye")
        theirs.expect_messages(messages_of([["many", 300]]), "the peer")
        theirs.expect_close(1000, "bye", "the peer")


# --- the peer sends, our client echoes every message

def receives(cases, client):
    def check(*actions):
        wanted = messages_of(actions)
        pings = pings_of(actions)
        ours, theirs = client.run(
            [*actions, ["await_messages", len(wanted)], ["await_pongs", len(pings)], ["close", 1000, "bye"]], "--echo")
        expect(theirs.errors, [], "errors at the peer")
        ours.expect_messages(wanted, "our client")
        theirs.expect_messages(wanted, "the peer")
        expect(ours.pings, [f'ping {len(p)} "{p}"' for p in pings], "pings at our client")
        expect(sorted(theirs.pongs), sorted(f'pong {len(p)} "{p}"' for p in pings), "pongs at the peer")
        ours.expect_clean(1000, "bye")
        theirs.expect_close(1000, "", "the peer")

    for name, text in TEXTS.items():
        with cases(f"received text: {name}"):
            check(["text", text])
    for size in SIZES + [1 << 20]:
        with cases(f"received binary: {size} bytes"):
            check(["binary", size])
    with cases("received text: 1 MiB, mostly beyond ASCII"):
        check(["long_text", 1 << 20])
    with cases("received: messages of all sizes and both types on one connection"):
        check(*([kind, size] for size in SIZES for kind in ("binary", "long_text")))
    with cases("received: 2000 small messages at once"):
        check(["many", 2000])
    with cases("received fragments: text in 5 frames, some of them empty"):
        check(["text_pieces", ["", "Hel", "", "lo \U0001F600", ""]])
    with cases("received fragments: 70,000 bytes in 7 frames"):
        check(["binary_pieces", 70000, 7])
    with cases("received ping between fragments: its pong goes out, the message stays whole"):
        check(["text_pieces", ["one ", "two ", "three"], "between"])
    with cases("received pings: empty, short and of 125 bytes, between messages"):
        check(["ping", ""], ["text", "a"], ["ping", "abcd"], ["binary", 70000], ["ping", "p" * 125], ["text", "b"])


def handshakes(cases, client):
    goodbye = [["text", "x"], ["close", 1000, ""]]
    for offered, supported, chosen in (
            (["chat"], ["chat"], "chat"), (["soap", "superchat", "wamp"], ["superchat", "chat"], "superchat"),
            (["soap"], ["chat"], ""), ([], ["chat"], "")):
        with cases(f"subprotocol: {chosen or 'none'} for {', '.join(offered) or 'none'}, {', '.join(supported)} supported"):
            ours, theirs = client.run(goodbye, *(word for name in offered for word in ("--subprotocol", name)),
                                      "--echo", subprotocols=supported)
            ours.expect_clean(1000, "")
            expect((ours.protocol, theirs.protocol), (chosen, chosen), "protocol at both ends")
    with cases("extensions: none are offered to a peer that supports permessage-deflate"):
        ours, theirs = client.run(goodbye, "--echo")
        expect((ours.extensions, theirs.extensions), ("", ""), "extensions")
    for status, phrase in ((401, "Unauthorized"), (404, "Not Found"), (503, "Service Unavailable")):
        with cases(f"refused: {status}"):
            ours, theirs = client.run([], "--send", "x", refuse=status)
            expect((ours.refusals, ours.status), ([f"refused {status} {phrase}"], 1), f"refusal ({ours.all})")
            expect((ours.opens, theirs.opens), ([], []), "what opened")


def closings(cases, client):
    for code, reason in ((1000, "bye"), (1001, ""), (3000, "registered"), (4999, "private ü"), (1011, "r" * 123)):
        with cases(f"close: {code} {reason[:20]!r} from our client"):
            ours, theirs = client.run([["echo"]], "--close", f"{code}:{reason}" if reason else str(code))
            theirs.expect_close(code, reason, "the peer")
            ours.expect_clean(code, None)
        with cases(f"close: {code} {reason[:20]!r} from the peer"):
            ours, theirs = client.run([["close", code, reason]], "--echo")
            ours.expect_clean(code, reason)
            theirs.expect_close(code, "", "the peer")
    for whose, actions, options in (("our client", [["echo"]], ["--close", "none"]),
                                    ("the peer", [["close"]], ["--echo"])):
        with cases(f"close: an empty one from {whose} comes back empty (1005)"):
            ours, theirs = client.run(actions, *options)
            ours.expect_clean(1005, "")
            theirs.expect_close(1005, "", "the peer")
    with cases("too large: 1001 bytes where 1000 are allowed: our client closes with 1009"):
        ours, theirs = client.run([["binary", 1000], ["binary", 1001]], "--max-message", "1000", "--echo")
        ours.expect_messages(messages_of([["binary", 1000]]), "our client")
        ours.expect_error("frame_too_large")
        theirs.expect_close(1009, None, "the peer")
    with cases("too large: 1001 bytes in 7 frames"):
        ours, theirs = client.run([["binary_pieces", 1001, 7]], "--max-message", "1000", "--echo")
        ours.expect_error("message_too_large")
        theirs.expect_close(1009, None, "the peer")
    with cases("dropped: a peer that ends the transport without a close frame is connection_lost"):
        ours, theirs = client.run([["text", "last"], ["await_messages", 1], ["drop"]], "--echo")
        ours.expect_messages(messages_of([["text", "last"]]), "our client")
        ours.expect_error("connection_lost")
        theirs.expect_close(1006, None, "the peer")
