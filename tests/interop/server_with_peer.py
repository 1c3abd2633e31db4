# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Our server with a peer as its client."""
from harness import EchoServer, expect
from scenes import SIZES, messages_of, pings_of

TEXTS = {
    "ASCII": "Hello",
    "non-BMP characters": "κόσμε \U0001F600 \U0001D11E \U0010FFFF",
    "empty": "",
    "control characters and NUL": "a\0b\tc\x7f\u2028",
}


def run(cases, peer, programs):
    with EchoServer(programs.echo_server, "--subprotocol", "chat", "--subprotocol", "superchat") as server:
        talk(cases, peer, server)
        handshakes(cases, peer, server)
        closings(cases, peer, server)
        with cases("SIGTERM: the peer sees 1001, the server ends with status 0"):
            peer.start({"connect": server.url, "actions": [["text", "before"]]})
            events = []
            while not events or not events[-1].startswith("text "):
                events.append(peer.line())
            expect(server.terminate(), 0, "exit status")
            seen = peer.events()
            seen.expect_close(1001, None, "the peer")
    with cases("keep-alive: the peer answers the server's pings"):
        with EchoServer(programs.echo_server, "--ping", "0.2") as server:
            seen = peer.connect(server.url, ["sleep", 1.2], ["text", "still there"], ["await_messages", 1],
                                ["close", 1000, ""])
            seen.expect_messages(messages_of([["text", "still there"]]), "the peer")
            if peer.shows_pings:
                expect(len(seen.pings) >= 3, True, f"at least 3 pings at the peer ({seen.all})")
    with cases("too large: a message of 1001 bytes where 1000 are allowed is answered with 1009"):
        with EchoServer(programs.echo_server, "--max-message", "1000") as server:
            for size, code in ((1000, 1000), (1001, 1009)):
                seen = peer.connect(server.url, ["binary", size], ["sleep", 0.1], ["close", 1000, ""])
                seen.expect_close(code, None, f"the peer that sent {size} bytes")


def echoed(peer, url, *actions, **scene):
    """Plays the actions and closes with 1000 when everything is echoed; every message has to be returned unchanged."""
    wanted = messages_of(actions)
    pings = pings_of(actions)
    seen = peer.connect(url, *actions, ["await_messages", len(wanted)], *([["await_pongs", len(pings)]] if pings else []),
                        ["close", 1000, "bye"], **scene)
    expect(seen.errors, [], "errors at the peer")
    seen.expect_messages(wanted, "the peer")
    expect(sorted(seen.pongs), sorted(f'pong {len(p)} "{p}"' for p in pings), "pongs at the peer")
    seen.expect_close(1000, "", "the peer")
    return seen


def talk(cases, peer, server):
    for name, text in TEXTS.items():
        with cases(f"text: {name}"):
            echoed(peer, server.url, ["text", text])
    for size in SIZES:
        with cases(f"binary: {size} bytes"):
            echoed(peer, server.url, ["binary", size])
    with cases("text: 70,000 bytes, mostly beyond ASCII"):
        echoed(peer, server.url, ["long_text", 70000])
    with cases("binary: 1 MiB"):
        echoed(peer, server.url, ["binary", 1 << 20])
    with cases("text: 1 MiB"):
        echoed(peer, server.url, ["long_text", 1 << 20])
    with cases("order: messages of all sizes and both types on one connection"):
        echoed(peer, server.url, *([kind, size] for size in SIZES for kind in ("binary", "long_text")),
               ["text", "last"])
    with cases("pipelining: 2000 small messages at once"):
        echoed(peer, server.url, ["many", 2000])

    with cases("fragments: text in 3 frames"):
        echoed(peer, server.url, ["text_pieces", ["Hel", "lo, ", "\U0001F600"]])
    with cases("fragments: empty ones at the beginning, inside and at the end"):
        echoed(peer, server.url, ["text_pieces", ["", "a", "", "b", ""]])
    with cases("fragments: 70,000 bytes in 7 frames"):
        echoed(peer, server.url, ["binary_pieces", 70000, 7])
    with cases("fragments: 3 bytes in 3 frames, then a whole message"):
        echoed(peer, server.url, ["binary_pieces", 3, 3], ["text", "whole"])
    with cases("ping between fragments: its pong comes, the message stays whole"):
        echoed(peer, server.url, ["text_pieces", ["one ", "two ", "three"], "between"])

    with cases("ping: pong with the same payload"):
        echoed(peer, server.url, ["ping", "abcd"])
    with cases("ping: 125 bytes"):
        echoed(peer, server.url, ["ping", "p" * 125])
    with cases("ping: empty"):
        echoed(peer, server.url, ["ping", ""])
    with cases("ping: between messages"):
        echoed(peer, server.url, ["text", "a"], ["ping", "1"], ["binary", 70000], ["ping", "2"], ["text", "b"])


def handshakes(cases, peer, server):
    good = (["text", "x"], ["await_messages", 1], ["close", 1000, ""])
    for offered, chosen in ((["chat"], "chat"), (["soap", "superchat", "wamp"], "superchat"), (["soap", "wamp"], ""),
                          ([], "")):
        # The rule of browsers, which ws and Netty follow: a client that offers subprotocols and gets none fails the connection.
        if offered and not chosen and peer.name in ("ws", "netty"):
            with cases(f"subprotocol: none for {', '.join(offered)}: {peer.name} fails, as browsers do"):
                seen = peer.connect(server.url, *good, subprotocols=offered)
                expect((len(seen.errors), seen.opens), (1, []), "number of errors, and open events")
            continue
        with cases(f"subprotocol: {chosen or 'none'} for {', '.join(offered) or 'none'}"):
            seen = peer.connect(server.url, *good, subprotocols=offered)
            expect((seen.errors, seen.protocol), ([], chosen), "errors and protocol at the peer")
            seen.expect_messages(messages_of([["text", "x"]]), "the peer")
    with cases("extensions: an offer of permessage-deflate is declined"):
        expect(peer.connect(server.url, *good).extensions, "", "extensions")
    with cases("fields: cookies, credentials and unknown fields do no harm"):
        fields = {"Cookie": "a=b; c=d", "Authorization": "Basic dTpw", "X-Unknown": "x" * 1000}
        seen = peer.connect(server.url, *good, fields=fields)
        seen.expect_messages(messages_of([["text", "x"]]), "the peer")
    with cases("refused: 404 for an unknown path"):
        expect(peer.connect(server.url + "nowhere", *good).refusals, ["refused 404"], "refusal")


def closings(cases, peer, server):
    for code, reason in ((1000, "bye"), (1001, ""), (3000, "registered"), (4999, "private ü"), (1011, "r" * 123)):
        with cases(f"close: {code} {reason[:20]!r} comes back"):
            seen = peer.connect(server.url, ["text", "x"], ["await_messages", 1], ["close", code, reason])
            expect(seen.errors, [], "errors at the peer")
            seen.expect_close(code, "", "the peer")
    with cases("close: an empty one comes back empty (1005)"):
        seen = peer.connect(server.url, ["text", "x"], ["await_messages", 1], ["close"])
        expect(seen.errors, [], "errors at the peer")
        seen.expect_close(1005, "", "the peer")
    with cases("dropped: the server survives a peer that ends the transport"):
        peer.connect(server.url, ["binary", 70000], ["drop"])
        echoed(peer, server.url, ["text", "still there"])
