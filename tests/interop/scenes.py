# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The actions and events of an endpoint, in a form that every peer of these tests implements.

Actions, as JSON arrays, played in this order:

    ["text", S]              a text message
    ["long_text", N]         a text message of N bytes, mostly beyond ASCII
    ["binary", N]            a binary message of N bytes; byte i is i modulo 251
    ["noise", N]             a binary message of N bytes that do not compress
    ["text_pieces", [S...], PING]  one message, a frame for each S; after the first a ping, if PING is given
    ["binary_pieces", N, K]  one message of N bytes in K frames
    ["many", N]              N small text messages at once
    ["ping", S]
    ["echo"]                 from here on every message is echoed
    ["await_messages", N], ["await_pongs", N]   wait until that many have arrived since the beginning
    ["sleep", SECONDS]
    ["close", CODE, REASON], ["close"]   the second one with an empty frame
    ["drop"]                 end the transport, without a close frame

After the last action a peer waits until the connection is closed. Events:

    open protocol=NAME extensions=LIST
    text N "..."     or, when it is longer than 1000 bytes,  text N sha1=HEX
    binary N sha1=HEX
    ping N "...", pong N "..."
    close CODE "REASON"      1005: no code, 1006: no close frame. Our client adds clean or unclean
    refused STATUS
    error ...
"""
import hashlib
import json

PATIENCE = 10  # seconds for one scene

# Sizes of messages for each form of the length: one byte, two bytes, eight bytes.
SIZES = [0, 1, 125, 126, 65535, 65536, 70000]


def pattern(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def long_text(size):
    return "aé€😀" * (size // 10) + "x" * (size % 10)


def noise(size):
    """Returns bits 16 to 23 of the states of a linear congruential generator, which is easy to write in every language."""
    state = 1
    result = bytearray()
    for _ in range(size):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        result.append(state >> 16 & 0xFF)
    return bytes(result)


def cut(data, count):
    step = -(-len(data) // count)
    return [data[i * step:(i + 1) * step] for i in range(count)]


def quoted(data):
    return json.dumps(data.decode("utf-8", "backslashreplace"), ensure_ascii=False)


def message_line(message):
    if isinstance(message, str):
        data = message.encode()
        return f"text {len(data)} " + (quoted(data) if len(data) <= 1000 else f"sha1={hashlib.sha1(data).hexdigest()}")
    return f"binary {len(message)} sha1={hashlib.sha1(message).hexdigest()}"


def control_line(kind, payload):
    return f"{kind} {len(payload)} {quoted(payload)}"


def close_line(code, reason=""):
    return f"close {code} {json.dumps(reason, ensure_ascii=False)}"


def messages_for(name, *arguments):
    """Returns the messages of one action, each of them whole."""
    if name == "text":
        return [arguments[0]]
    if name == "long_text":
        return [long_text(arguments[0])]
    if name == "noise":
        return [noise(arguments[0])]
    if name == "many":
        return [f"message {i}" for i in range(arguments[0])]
    return [pattern(arguments[0])]


def messages_of(actions):
    """Returns the lines that the receiver of these actions prints for their messages."""
    lines = []
    for name, *arguments in actions:
        if name in ("text", "long_text", "binary", "noise", "many"):
            lines += [message_line(message) for message in messages_for(name, *arguments)]
        elif name == "binary_pieces":
            lines.append(message_line(pattern(arguments[0])))
        elif name == "text_pieces":
            lines.append(message_line("".join(arguments[0])))
    return lines


def pings_of(actions):
    """Returns the payloads of all pings."""
    return [a[1] for a in actions if a[0] == "ping"] + [a[2] for a in actions if a[0] == "text_pieces" and len(a) > 2]
