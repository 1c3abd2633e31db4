# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Headless Chromium and Firefox with http2_server. They open a WebSocket over HTTP/2 if the page came over HTTP/2 from the same origin."""
import signal

import bidi
import harness
import peers
import webdriver
from harness import expect

MEBI = 1 << 20
PAGE = peers.HERE.parent / "browser" / "page.html"
EARLY = "CONNECTING InvalidStateError"
BROWSERS = {"chromium": webdriver.Browser, "firefox": bidi.Browser}
PROTOCOL = "performance.getEntriesByType('navigation')[0].nextHopProtocol"


def closed(code, reason="", clean=True):
    return f'CLOSED close {code} "{reason}" {"clean" if clean else "unclean"}'


def conversations(cases, name, browser, server):
    def talk(path="/echo", **options):
        return browser.wait_for("talk(args[0], args[1])", path, options)

    with cases(f"{name}: the page comes over HTTP/2"):
        browser.open(server.url)
        expect(browser.wait_for(f"Promise.resolve({PROTOCOL})"), "h2", "protocol")
    with cases(f"{name}: the WebSocket is one over HTTP/2"):
        expect(talk("/protocol", steps=[["wait", 1], ["close", 1000]]), [EARLY, "OPEN open ", "message text HTTP/2", closed(1000)], "events")
    with cases(f"{name}: text, ArrayBuffer, Blob, and the empty message, with permessage-deflate"):
        texts = ["Grüße, 世界 🧦", "", "Hello " * 30]
        # The Blob is the last one: Chromium 156 may lose an empty message that is sent while it reads a Blob.
        got = talk(binaryType="arraybuffer", steps=[*[["text", text] for text in texts], ["Uint8Array", 0], ["ArrayBuffer", 256], ["Blob", 70000],
                                                    ["wait", 6], ["close", 3000, "Auf Wiedersehen, 世界 🧦"]])
        expect(got, [EARLY, "OPEN open ", *[f"message text {text}" for text in texts],
                     *[f"message ArrayBuffer of {size} bytes, good" for size in (0, 256, 70000)], closed(3000)], "events")
        expect(browser.wait_for("Promise.resolve(socket.extensions.split(';')[0])"), "permessage-deflate", "extension")
    with cases(f"{name}: 1 MiB each way, as text and as bytes"):
        got = talk(binaryType="arraybuffer", steps=[["longText", MEBI], ["ArrayBuffer", MEBI], ["wait", 2], ["close", 1000]])
        expect(got, [EARLY, "OPEN open ", f"message text of {-(-MEBI // 10) * 10} bytes, good",
                     f"message ArrayBuffer of {MEBI} bytes, good", closed(1000)], "events")
    with cases(f"{name}: a subprotocol"):
        expect(talk(protocols=["other", "chat"], steps=[["close", 1000]]), [EARLY, "OPEN open chat", closed(1000)], "events")
    with cases(f"{name}: four WebSockets at once"):
        steps = [["ArrayBuffer", 100000], ["text", "between"], ["longText", 50000], ["wait", 3], ["close", 1000]]
        got = browser.wait_for("Promise.all(args[0].map(path => talk(path, args[1])))", ["/protocol", "/echo", "/echo?a=1", "/protocol?b"],
                               {"binaryType": "arraybuffer", "steps": steps})
        expect([len(each) for each in got[1:3]], [6, 6], "numbers of events")
        expect([event for each in got for event in each if "wrong" in event or "1006" in event], [], "errors")
        expect([each.count("message text HTTP/2") for each in got], [1, 0, 0, 1], "WebSockets that were told their protocol")
    with cases(f"{name}: refused with 403: an error, then 1006"):
        expect(talk("/refused"), [EARLY, "CLOSED error", closed(1006, clean=False)], "events")
    with cases(f"{name}: the page goes, and the next one opens a WebSocket"):
        browser.run("window.ended = talk('/echo');")
        browser.until("window.socket.readyState === WebSocket.OPEN")
        browser.open(server.url)
        expect(talk("/protocol", steps=[["wait", 1], ["close", 1000]])[2], "message text HTTP/2", "the message")
    browser.complaints()


def ends(cases, name, browser, programs):
    with cases(f"{name}: SIGTERM: 1001"):
        with peers.Server(programs.server, "--page", PAGE, *programs.tls_options) as server:
            browser.open(server.url)
            browser.run("window.ended = talk('/protocol', { steps: [['text', 'one']] });")
            browser.until("window.socket.readyState === WebSocket.OPEN")
            server.signal(signal.SIGTERM)
            got = browser.wait_for("window.ended")
            expect((got[2], got[-1].split(' "')[0], got[-1].split()[-1]), ("message text HTTP/2", "CLOSED close 1001", "clean"), "events")
            expect(server.wait(15), 0, "exit status")
    with cases(f"{name}: the server's process is killed: 1006"):
        with peers.Server(programs.server, "--page", PAGE, *programs.tls_options) as server:
            browser.open(server.url)
            browser.run("window.ended = talk('/echo');")
            browser.until("window.socket.readyState === WebSocket.OPEN")
            server.process.kill()
            expect(browser.wait_for("window.ended")[-1], closed(1006, clean=False), "the last event")


def run(cases, name, programs):
    try:
        browser = BROWSERS[name]()
    except webdriver.Missing as problem:
        raise harness.Missing(str(problem)) from None
    with browser:
        print(f"{browser.name} {browser.version}", flush=True)
        with peers.Server(programs.server, "--page", PAGE, *programs.tls_options) as server:
            conversations(cases, browser.name, browser, server)
        ends(cases, browser.name, browser, programs)
