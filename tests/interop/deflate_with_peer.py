# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""permessage-deflate (RFC 7692) between the example programs and a peer, in both roles."""
import random
import re

from client_with_peer import Client
from harness import EchoServer, expect
from scenes import messages_of
from server_with_peer import echoed

# Small, large and empty messages, repetitive ones and incompressible ones; many similar ones, for context takeover.
TALK = [["text", ""], ["text", "Hello"], ["long_text", 70000], ["binary", 65536], ["noise", 70000], ["binary", 0],
        ["many", 200], ["long_text", 125], ["noise", 20]]
FRAGMENTS = [["text_pieces", ["", "a" * 500, "", "b" * 500, ""], "between"], ["binary_pieces", 70000, 7]]
# Netty 4.1.48 discards an empty first fragment, and with it the mark that the message is compressed.
NETTY_FRAGMENTS = [["text_pieces", ["a" * 500, "b" * 500], "between"], ["binary_pieces", 70000, 7]]

LIMITS = "server_max_window_bits=10; client_max_window_bits=10"
ALL = LIMITS + "; server_no_context_takeover; client_no_context_takeover"

# Tornado 6.2 ignores parameters without a value, and Mojolicious 9 ignores all parameters: both keep the context although the other end has
# requested no context takeover.
IGNORES_PARAMETERS = ("tornado", "mojolicious")

# Options of the peer other than its defaults, as a client and as a server.
PEER_OPTIONS = {
    "websockets": [{"server_no_context_takeover": True, "client_no_context_takeover": True, "server_max_window_bits": 10,
                    "client_max_window_bits": 11}],
    "ws": [{"threshold": 0, "serverNoContextTakeover": True, "clientNoContextTakeover": True, "serverMaxWindowBits": 10,
            "clientMaxWindowBits": 10}],
    "aiohttp": [{"compress": 10}],
    "tornado": [{"compression_level": 9, "mem_level": 5}],
    "mojolicious": [],
    "gorilla": [{"level": 9}],
    "netty": [{"level": 9, "window": 10, "takeover": True}],
}

# gorilla and Mojolicious do not offer a window, so that they get no limit. As servers they answer without one, which our offer does not allow.
WITHOUT_WINDOW = ("gorilla", "mojolicious")
# Netty rejects parameters that it did not request.
ONLY_REQUESTED = ("netty",)
TAKEOVER = "server_no_context_takeover; client_no_context_takeover"


def run(cases, peer, programs):
    client = Client(peer, programs.client)
    speaks_in_pieces = peer.name in ("websockets", "ws", "gorilla", "netty")
    fragments = NETTY_FRAGMENTS if peer.name == "netty" else FRAGMENTS if speaks_in_pieces else []
    our_server(cases, peer, programs, fragments)
    our_client(cases, client)
    declined(cases, client, programs)
    if peer.name == "websockets":
        at_random(cases, client, programs)


def sizes_on_the_wire(server):
    """Returns the statistics that the server prints at its end: bytes of payload, bytes received, bytes sent."""
    expect(server.terminate(), 0, "exit status")
    lines, _ = server.rest()
    payload = re.fullmatch(r"served \d+ connections, \d+ messages, (\d+) bytes", lines[0])
    wire = re.fullmatch(r"deflate: (\d+) bytes received, (\d+) bytes sent", lines[1])
    return int(payload.group(1)), int(wire.group(1)), int(wire.group(2))


def talk_under(peer, options, requested):
    """jzlib 1.1.3, which Netty uses for windows below 15 bits, writes invalid blocks for incompressible data; zlib rejects them too."""
    small = peer.name == "netty" and ("max_window_bits" in options[0] or "window" in requested)
    return [action for action in TALK if action[0] != "noise"] if small else TALK


def our_server(cases, peer, programs, fragments):
    for options, options_of_peer in (
            (["--deflate"], [{}, *PEER_OPTIONS[peer.name]]),
            ([f"--deflate={LIMITS if peer.name in IGNORES_PARAMETERS else ALL}", "--deflate-from", "0"], [{}, *PEER_OPTIONS[peer.name]]),
            (["--deflate", "--deflate-shared", "--deflate-level", "1"], [{}])):
        if peer.name in WITHOUT_WINDOW and "client_max" in options[0]:
            continue
        for requested in options_of_peer:
            if peer.name in ONLY_REQUESTED and "no_context" in options[0] and not requested:
                continue
            talk = talk_under(peer, options, requested) + fragments
            with cases(f"our server, {' '.join(options)}; the peer: {requested or 'its defaults'}"):
                with EchoServer(programs.echo_server, *options) as server:
                    seen = echoed(peer, server.url, *talk, **({"deflate": requested} if requested else {}))
                    expect(seen.extensions.split(";")[0], "permessage-deflate", "extensions at the peer")
                    payload, came, went = sizes_on_the_wire(server)
                    # 70,020 bytes of noise are incompressible; everything else becomes smaller.
                    expect((came < payload * .6, went < payload * .6), (True, True), f"of {payload}: {came}, {went}")
    if peer.name == "gorilla":
        with cases("our server requires no context takeover of both ends, as gorilla offers"):
            with EchoServer(programs.echo_server, f"--deflate={TAKEOVER}", "--deflate-from", "0") as server:
                seen = echoed(peer, server.url, *TALK, *fragments)
                expect(sorted(seen.extensions.split("; ")), ["client_no_context_takeover", "permessage-deflate",
                                                             "server_no_context_takeover"], "extensions at the peer")
    if peer.name in IGNORES_PARAMETERS:
        with cases("our server requires no context takeover of the peer; the peer ignores that, and is closed with 1007"):
            with EchoServer(programs.echo_server, "--deflate=client_no_context_takeover") as server:
                seen = peer.connect(server.url, ["text", "Hello " * 20], ["text", "Hello " * 20])
                seen.expect_messages(messages_of([["text", "Hello " * 20]]), "the peer")
                seen.expect_close(1007, None, "the peer")
    with cases("our server: a limit counts what comes out: 1000 bytes are echoed, 1001 are refused with 1009"):
        with EchoServer(programs.echo_server, "--deflate", "--max-message", "1000") as server:
            echoed(peer, server.url, ["binary", 1000])
            seen = peer.connect(server.url, ["binary", 1001])
            expect((seen.messages, [line[:10] for line in seen.closes]), ([], ["close 1009"]), "messages and close at the peer")


def compressed(lines):
    """Returns how many of the sent and received messages were compressed."""
    match = re.search(r"^total sent (\d+) messages, (?:(\d+) compressed, )?.*received (\d+) messages, (?:(\d+) compressed, )?",
                      lines[-1])
    return [int(number or 0) for number in match.groups()]


def our_client(cases, client):
    offers = [["--deflate"]]
    if client.peer.name == "tornado":  # see IGNORES_PARAMETERS: it can be offered only the parameters that it supports
        offers.append([f"--deflate={LIMITS}", "--deflate-from", "0"])
    elif client.peer.name == "gorilla":
        offers.append([f"--deflate={TAKEOVER}", "--deflate-from", "0"])
    elif client.peer.name != "mojolicious":
        offers.append(["--deflate=server_max_window_bits=15; client_max_window_bits; client_no_context_takeover", "--deflate"])
        offers.append([f"--deflate={ALL}", "--deflate-from", "0"])
    for options in offers:
        for requested in [{}, *PEER_OPTIONS[client.peer.name]]:
            scene = {"deflate": requested} if requested else {}
            title = f"{' '.join(options)}; the peer: {requested or 'its defaults'}"
            with cases(f"our client speaks, {title}"):
                words = ["--send", "", "--send", "aé€😀" * 300, "--binary-size", "65536", "--fragments", "5", "--binary-size",
                         "70000", "--send", "ab", "--fragments", "1", "--send", "aé€😀" * 300, "--explain"]
                wanted = messages_of([["text", ""], ["text", "aé€😀" * 300], ["binary", 65536], ["binary", 70000], ["text", "ab"],
                                      ["text", "aé€😀" * 300]])
                ours, theirs = client.run([["echo"]], *options, *words, "--close", "1000:bye", **scene)
                expect(theirs.errors, [], "errors at the peer")
                theirs.expect_messages(wanted, "the peer")
                ours.expect_messages(wanted, "our client")
                ours.expect_clean(1000, None)
                expect(ours.extensions.split(";")[0], "permessage-deflate", "extensions at our client")
                sent, sent_small, received, received_small = compressed(ours.all)
                expect((sent, received, sent_small >= 4, received_small >= 4), (6, 6, True, True), f"compressed ({ours.all[-1]})")
            with cases(f"the peer speaks, our client: {title}"):
                talk = talk_under(client.peer, options, requested)
                ours, theirs = client.run([*talk, ["await_messages", len(messages_of(talk))], ["close", 1000, "bye"]],
                                          *options, "--echo", **scene)
                expect(theirs.errors, [], "errors at the peer")
                ours.expect_messages(messages_of(talk), "our client")
                theirs.expect_messages(messages_of(talk), "the peer")
                ours.expect_clean(1000, "bye")


def declined(cases, client, programs):
    with cases("our server without --deflate: the peer speaks plain"):
        with EchoServer(programs.echo_server) as server:
            expect(echoed(client.peer, server.url, *TALK).extensions, "", "extensions at the peer")
    if client.peer.name in IGNORES_PARAMETERS:
        with cases("our client has to have server_no_context_takeover: the peer answers without it, and is left"):
            ours, _ = client.run([["echo"]], "--deflate=server_no_context_takeover", "--send", "x")
            expect((ours.opens, [line.split(":")[0] for line in ours.errors], ours.status),
                   ([], ["error extension_parameters_invalid"], 1), "output of our client")


def at_random(cases, client, programs):
    """Pseudo-random messages, whole and in pieces, with pseudo-random parameters of both ends, in both directions."""
    def limits(numbers):
        words = [f"{end}_max_window_bits={numbers.randint(9, 15)}" for end in ("server", "client") if numbers.random() < .6]
        return "; ".join(words + [f"{end}_no_context_takeover" for end in ("server", "client") if numbers.random() < .3])

    def message(numbers):
        size = int(2 ** numbers.uniform(0, 17))
        return numbers.choice([["text", "abc" * numbers.randint(0, 300)], ["long_text", size], ["noise", min(size, 20000)],
                               ["binary", size], ["binary_pieces", size, numbers.randint(1, min(size, 9))],
                               ["text_pieces", ["α" * numbers.randint(0, 99) for _ in range(numbers.randint(1, 6))]],
                               ["many", numbers.randint(1, 20)]])

    for seed in range(16):
        numbers = random.Random(seed)
        ours = [f"--deflate={limits(numbers)}", "--deflate-from", str(numbers.choice([0, 64, 1000])),
                "--deflate-level", str(numbers.randint(0, 9)), "--deflate-memory", str(numbers.randint(1, 9))]
        talk = [message(numbers) for _ in range(20)]
        # The library does not answer offers that our server would decline, so that our server has no limits of its own.
        requested = {"deflate": {"compress_settings": {"level": numbers.randint(0, 9), "memLevel": numbers.randint(1, 9)}}}
        with cases(f"at random {seed}: our server, {' '.join(ours)}"):
            with EchoServer(programs.echo_server, *ours) as server:
                offer = {"deflate": {**requested["deflate"], "client_max_window_bits": True}}
                expect(echoed(client.peer, server.url, *talk, **offer).extensions, "permessage-deflate", "extensions")
        with cases(f"at random {seed}: our client, {' '.join(ours)}"):
            seen, theirs = client.run([*talk, ["await_messages", len(messages_of(talk))], ["close", 1000, "bye"]],
                                      *ours, "--echo", **requested)
            seen.expect_messages(messages_of(talk), "our client")
            theirs.expect_messages(messages_of(talk), "the peer")
            seen.expect_clean(1000, "bye")
            expect(seen.extensions.split(";")[0], "permessage-deflate", "extensions at our client")
