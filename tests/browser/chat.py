# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The chat and its page, in two tabs of one browser."""
import contextlib
import math
import struct
import sys
import tempfile
import zlib
from pathlib import Path

import harness
from harness import Failure, expect


def picture(width=480, height=240):
    """Returns a picture as a PNG file."""
    def hill(x, base, size, wave, shift):
        return height * (base - size * math.sin(x / wave + shift))
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            t = y / height
            color = (250 - 110 * t, 190 - 60 * t, 120 + 60 * t)
            if math.hypot(x - width * 0.7, y - height * 0.38) < 30:
                color = (255, 244, 200)
            if y > hill(x, 0.62, 0.08, 47, 1):
                color = (122, 96, 140)
            if y > hill(x, 0.76, 0.09, 61, 3):
                color = (74, 70, 118)
            if y > hill(x, 0.9, 0.07, 83, 0):
                color = (38, 48, 84)
            rows += bytes(int(c) for c in color)

    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b""))


class Chat(harness.Program):
    def __init__(self, program, *options, port=0):
        super().__init__([program, "--port", port, *options])
        first = self.line() or ""
        if not first.startswith("listening on ws"):
            raise Failure(f"the server prints {first!r}{self.complaint()}")
        self.url = first.split()[-1].replace("ws", "http", 1)


STATE = "document.querySelector('#state').textContent"
LINES = "document.querySelector('#lines').textContent"
MEMBERS = "document.querySelector('#members').textContent"


def run(cases, browser, programs, options, scheme):
    with cases.unnamed(f"{scheme}: the chat"), Chat(programs.chat, *options) as server:
        talk(cases, browser, programs, server, scheme)


def enter(browser, server, name, room="garden"):
    browser.open("about:blank")
    browser.open(f"{server.url}#room={room}&name={name}")
    browser.until(f"{STATE} === 'OPEN' && {MEMBERS} !== '0'")


def say(browser, text):
    browser.run("const box = document.querySelector('#text'); box.value = arguments[0];"
                "document.querySelector('#text-form').requestSubmit();", text)


def talk(cases, browser, programs, server, scheme):
    wide = {"width": 1180, "height": 1215, "deviceScaleFactor": 1, "mobile": False}
    browser.devtools("Emulation.setDeviceMetricsOverride", **wide)
    browser.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    with cases(f"{scheme}: the page joins, with the subprotocol that the server supports"):
        enter(browser, server, "Ada")
        expect(browser.run("return document.querySelector('#protocol').textContent"), "chat.v1", "protocol")
        expect(browser.run(f"return {MEMBERS}"), "1", "members")
    ada = browser.tab()
    grace = browser.new_tab()

    with cases(f"{scheme}: two tabs hear each other, and another room hears nothing"):
        browser.switch_to(grace)
        enter(browser, server, "Nobody", "cellar")
        say(browser, "only an echo here")
        browser.until(f"{LINES}.includes('only an echo here')")
        enter(browser, server, "Grace")
        browser.until(f"{MEMBERS} === '2'")
        say(browser, "Guten Abend, Ada! 🧦")
        browser.until(f"{LINES}.includes('Guten Abend, Ada! 🧦')")
        browser.switch_to(ada)
        browser.until(f"{LINES}.includes('Guten Abend, Ada! 🧦')")
        browser.type("#text", "Good evening, Grace")
        browser.click("#send")
        for text in ("/echo is no command here", "\"quotes\" \\ and <b>tags</b>"):
            say(browser, text)
            browser.until(f"{LINES}.includes({text!r})")
        browser.switch_to(grace)
        browser.until(f"{LINES}.includes('and <b>tags</b>')")
        if browser.run(f"return {LINES}.includes('only an echo')"):
            raise Failure("it came from another room")

    with cases(f"{scheme}: a picture, as one binary message"), tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "evening.png"
        file.write_bytes(picture())
        browser.choose_file("#picture", file)
        browser.click("#show")
        browser.switch_to(ada)
        browser.until("document.querySelector('#lines img').naturalWidth === 480")
        say(browser, "Is that from your window?")
        browser.switch_to(grace)
        browser.until(f"{LINES}.includes('from your window')")
        say(browser, "Yes, just now. Isn't it beautiful?")
        browser.switch_to(ada)
        browser.until(f"{LINES}.includes('it beautiful')")

    with cases(f"{scheme}: round trips are measured and plotted"):
        browser.until("document.querySelector('#trip').textContent.startsWith('last ')")
        browser.until("document.querySelector('#trip-plot path').getAttribute('d').split('L').length > 3")

    with cases(f"{scheme}: polling, long polling and WebSocket carry the same messages"):
        browser.run("document.querySelector('#rate').value = '250';"
                    "document.querySelector('#compare-form').requestSubmit();")
        enough = 48 if programs.picture and scheme == "ws" else 8
        browser.until(f"carriers.every(carrier => carrier.messages.length >= {enough})", 30)
        if programs.picture and scheme == "ws":
            take_picture(browser, programs.picture)
        browser.run("document.querySelector('#compare-form').requestSubmit();")
        figures = browser.run("return carriers.map(({ messages }) => ({ numbers: messages.map(one => one.number),"
                              "bytes: messages.reduce((sum, one) => sum + one.bytes, 0) / messages.length,"
                              "delay: messages.reduce((sum, one) => sum + one.delay, 0) / messages.length }));")
        for one in figures:
            expect(one["numbers"], list(range(1, len(one["numbers"]) + 1)), "the messages")
        polling, long_polling, websocket = figures
        print(", ".join(f"{name}: {one['bytes']:.0f} bytes, {one['delay']:.1f} ms"
                        for name, one in zip(("polling", "long polling", "WebSocket"), figures)))
        if not websocket["bytes"] < min(polling["bytes"], long_polling["bytes"]):
            raise Failure("WebSocket needs more bytes than the other transports")
        if not max(websocket["delay"], long_polling["delay"]) < polling["delay"]:
            raise Failure("polling is faster than the other transports")

    with cases(f"{scheme}: leaving and coming back"):
        browser.click("#join")
        browser.until(f"{STATE} === 'CLOSED'")
        expect(browser.run("return document.querySelector('#closed').textContent"), "1000, clean", "last close")
        browser.switch_to(grace)
        browser.until(f"{MEMBERS} === '1' && {LINES}.includes('Ada left')")
        browser.switch_to(ada)
        browser.click("#join")
        browser.until(f"{STATE} === 'OPEN' && {MEMBERS} === '2'")

    with cases(f"{scheme}: SIGTERM sends all members away with 1001"):
        server.signal(harness.signal.SIGTERM)
        expect(server.wait(10), 0, "exit status")
        for tab in (ada, grace):
            browser.switch_to(tab)
            browser.until(f"{STATE} === 'CLOSED'")
            expect(browser.run("return document.querySelector('#closed').textContent"),
                   "1001 “the server is shutting down”, clean", "last close")
        # The pages try to connect again.
        expect([one for one in browser.complaints() if "ERR_CONNECTION_REFUSED" not in one], [], "the console")
    browser.close_tab()
    browser.switch_to(ada)


def backplane(cases, browser, programs):
    """Two nodes of one chat, with a tab each. A node is killed and returns."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))
    import redis_server
    state = "document.querySelector('#backplane').textContent"
    with (cases.unnamed("backplane: the chat"), redis_server.RedisServer() as redis, contextlib.ExitStack() as nodes):
        options = ["--backplane", redis.url]
        one, two = (nodes.enter_context(Chat(programs.chat, *options)) for _ in range(2))
        ada = browser.tab()
        grace = browser.new_tab()
        with cases("backplane: the tabs of two nodes hear each other"):
            for tab, server, name in (ada, one, "Ada"), (grace, two, "Grace"):
                browser.switch_to(tab)
                enter(browser, server, name)
                browser.until(f"{state} === 'up'")
            browser.until(f"{MEMBERS} === '2'")
            say(browser, "across the nodes")
            for tab in ada, grace:
                browser.switch_to(tab)
                browser.until(f"{LINES}.includes('across the nodes')")
        with cases("backplane: a node is killed and returns; its page connects again and has each message once"):
            browser.switch_to(grace)
            two.kill()
            browser.until(f"{STATE} !== 'OPEN'")
            browser.switch_to(ada)
            say(browser, "while you were away")
            browser.until(f"{LINES}.includes('while you were away')")
            nodes.enter_context(Chat(programs.chat, *options, port=two.url.rstrip("/").rpartition(":")[2]))
            browser.switch_to(grace)
            browser.until(f"{STATE} === 'OPEN' && {LINES}.includes('while you were away')", 30)
            for text in "across the nodes", "while you were away":
                expect(browser.run(f"return {LINES}.split(arguments[0]).length - 1", text), 1, f"copies of {text!r}")
            expect(browser.run(f"return {LINES}.includes('are missing')"), False, "a gap")
        browser.close_tab()
        browser.switch_to(ada)


def take_picture(browser, file):
    """Takes a screenshot of the whole page."""
    browser.run("document.querySelector('#log').scrollTop = 1e6; document.activeElement.blur();")
    browser.screenshot(file)
