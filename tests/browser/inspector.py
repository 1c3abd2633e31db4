# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The page of examples/inspector: examples, formats, permalinks, capture files, and that it makes no request."""
import contextlib
import http.server
import random
import struct
import tempfile
import threading
import urllib.parse
import zlib
from pathlib import Path

from harness import Failure, expect

MESSAGE = "document.querySelector('#message').textContent"
ITEMS = ("return [...document.querySelectorAll(arguments[0] + ' .items tbody tr')].map(row => "
         "[...row.children].map(cell => cell.textContent))")
# What the examples of malformed input break, in the order of the list.
BROKEN = ["length_not_minimal", "text_not_utf8", "mask_missing", "reserved_bit_set", "control_frame_fragmented", "close_code_not_on_wire",
          "accept_mismatch", "field_name_space"]
REQUEST = (b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
RESPONSE = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")


def frame(first, payload, key=None):
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size) if size < 65536 else b"\x7f" + struct.pack("!Q", size)
    if key is None:
        return bytes([first]) + length + payload
    return bytes([first, length[0] | 0x80]) + length[1:] + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def compressed(compressor, payload):
    return (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


CLIENT = REQUEST + frame(0xC1, compressed(zlib.compressobj(wbits=-15), b"Hello, server"), b"\x01\x02\x03\x04")
SERVER = RESPONSE + frame(0x89, b"are you there?") + frame(0x81, "Grüße".encode()) + frame(0x88, struct.pack("!H", 1000) + b"bye")


def ipv4(tcp, source, target):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, source, target)
    return b"\2" * 12 + b"\x08\x00" + header + tcp


def ipv6(tcp, source, target):
    return b"\2" * 12 + b"\x81\x00\x00\x07\x86\xdd" + struct.pack("!IHBB16s16s", 6 << 28, len(tcp), 6, 64, source * 4, target * 4) + tcp


def packets(network):
    """A connection whose packets are cut, repeated and out of order."""
    ends = {"client": (b"\x0a\0\0\1", 40000), "server": (b"\x0a\0\0\2", 80)}
    begin = {"client": 0xFFFFFFF0, "server": 1000}  # the first number overflows

    def packet(sender, offset, flags, payload=b""):
        other = "server" if sender == "client" else "client"
        tcp = struct.pack("!HHIIBBHHH", ends[sender][1], ends[other][1], (begin[sender] + offset) & 0xFFFFFFFF, 0, 5 << 4, flags, 1000, 0, 0)
        return network(tcp + payload, ends[sender][0], ends[other][0])

    def data(sender, all_bytes, *cuts):
        edges = [0, *cuts, len(all_bytes)]
        return [packet(sender, 1 + a, 0x18, all_bytes[a:b]) for a, b in zip(edges, edges[1:])]
    client = data("client", CLIENT, 10, len(REQUEST), len(REQUEST) + 3)
    server = data("server", SERVER, len(RESPONSE) - 1)
    return [packet("client", 0, 0x02), packet("server", 0, 0x12), client[0], client[2], client[1], client[1], server[0], client[3],
            packet("client", 5, 0x18, CLIENT[4:20]), server[1], packet("server", 1 + len(SERVER), 0x11)]


def pcap(frames, order="<"):
    header = struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return header + b"".join(struct.pack(order + "IIII", 0, 0, len(each), len(each)) + each for each in frames)


def pcapng(frames):
    def chunk(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
    blocks = [chunk(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), chunk(1, struct.pack("<HHI", 1, 0, 0))]
    return b"".join(blocks + [chunk(6, struct.pack("<IIIII", 0, 0, 0, len(each), len(each)) + each) for each in frames])


def show(browser, url):
    browser.open(url)
    browser.until("library !== undefined && !location.hash || document.querySelector('#result').hasChildNodes()")


def enter(browser, client="", server="", extensions=""):
    browser.run("[byId('client').value, byId('server').value, byId('extensions').value] = arguments; byId('format').value = 'detect';",
                client, server, extensions)
    browser.click("#inspect")
    return browser.run(f"return {MESSAGE}")


def captured(browser):
    """Checks what the page shows of the connection in `packets`."""
    expect(browser.run(f"return {MESSAGE}"), "No rule is broken.", "message")
    expect(browser.run(ITEMS, "#from-client"), [["text", f"{len(REQUEST)} to {len(CLIENT) - 1}", "13", '"Hello, server"',
                                                 f"{len(CLIENT) - len(REQUEST) - 6} bytes compressed"]], "messages of the client")
    server = browser.run(ITEMS, "#from-server")
    expect([[row[0], row[3]] for row in server], [["ping", '"are you there?"'], ["text", '"Grüße"'], ["close", '1000 "bye"']],
           "messages of the server")


def run(cases, browser, page):
    url = page.resolve().as_uri()
    with cases("the page opens as a file, without a complaint"):
        show(browser, url)
        expect(browser.complaints(), [], "console")

    with cases("every example has the expected result"):
        names = browser.run("return EXAMPLES.map(([name]) => name)")
        broken = iter(BROKEN)
        for index, name in enumerate(names):
            browser.run("byId('example').value = arguments[0]; byId('example').dispatchEvent(new Event('change'));", str(index))
            message = browser.run(f"return {MESSAGE}")
            if name.startswith("broken"):
                rule = next(broken)
                if not message.startswith(f"{rule} from the "):
                    raise Failure(f"{name}: {message}")
                shown = browser.run("return document.querySelector('.broken').textContent")
                if rule not in shown or "RFC " not in shown or "at byte " not in shown:
                    raise Failure(f"{name}: {shown}")
                if not browser.run("return document.querySelectorAll('tr.bad').length && document.querySelectorAll('.bytes span.bad').length"):
                    raise Failure(f"{name}: nothing is marked")
                continue
            expect(message, "No rule is broken.", name)
            rows = browser.run(ITEMS, "#result")
            if "7692 7.2.3" in name and "empty" not in name:
                expect({(row[0], row[3]) for row in rows}, {("text", '"Hello"')}, name)
            elif "5.7" in name and "bytes" not in name:
                expect({row[3] for row in rows}, {'"Hello"'}, name)
            elif "bytes" in name:
                expect([row[2] for row in rows], ["256" if "256" in name else "65536"], name)
        expect(next(broken, None), None, "rules without an example")

    with cases("hexadecimal, base64, hexdump, and a head as text with frames after it"):
        for text in ("8105 48656c6c6f", "0x81,0x05,0x48,0x65,0x6c,0x6c,0x6f", "gQVIZWxsbw==", "gQVI\nZWxsbw", "81:05:48:65:6c:6c:6f # a comment",
                     "00000000  81 05 48 65 6c 6c 6f                              |..Hello|\n00000007", "00000000: 8105 4865 6c6c 6f  ..Hello"):
            expect(enter(browser, server=text), "No rule is broken.", text)
            expect(browser.run(ITEMS, "#from-server"), [["text", "0 to 6", "5", '"Hello"', ""]], text)
        expect(enter(browser, REQUEST.decode().replace("\r", "") + "8180 00000000", RESPONSE.decode().replace("\r", "") + "gQVIZWxsbw=="),
               "No rule is broken.", "heads")
        expect(browser.run(ITEMS, "#from-server")[0][3], '"Hello"', "the message after the head")
        for text in ("81 0", "81 0g 48", "not base64!"):
            if not enter(browser, server=text).startswith("Not understood: "):
                raise Failure(f"{text} is understood")

    with cases("the other direction is suggested, and Swap exchanges the directions"):
        if "Swap" not in enter(browser, client="81 05 48 65 6c 6c 6f"):
            raise Failure("no hint")
        browser.click("#swap")
        expect(browser.run(f"return {MESSAGE}"), "No rule is broken.", "message")

    with cases("a field and its bytes are linked, by keyboard too"):
        enter(browser, client="81 85 37 fa 21 3d 7f 9f 4d 51 58")
        marked = "return [...document.querySelectorAll('.bytes .on')].map(each => each.textContent.trim())"
        browser.run("document.querySelector('[data-field=\"4\"]').focus()")
        expect(browser.run(marked), ["85"], "the bytes of the length")
        row = browser.element('[data-field="4"]')
        browser.command("POST", f"/element/{row}/value", {"text": "\ue015"})  # arrow down
        expect(browser.run(marked), ["37 fa 21 3d"], "the bytes of the key")
        browser.run("document.querySelector('.bytes span').dispatchEvent(new PointerEvent('pointermove', { bubbles: true }))")
        expect(browser.run("return [...document.querySelectorAll('tr.on th')].map(each => each.textContent)"),
               ["FIN", "RSV1, RSV2, RSV3", "opcode"], "the fields of the first byte")

    with cases("a permalink gives the same report"):
        enter(browser, server="c1 07 f2 48 cd c9 c9 07 00", extensions="permessage-deflate")
        link = browser.run("return location.href")
        expect(urllib.parse.parse_qs(urllib.parse.urlsplit(link).fragment),
               {"server": ["c1 07 f2 48 cd c9 c9 07 00"], "extensions": ["permessage-deflate"]}, "fragment")
        browser.open("about:blank")
        show(browser, link)
        expect(browser.run(ITEMS, "#from-server")[0][3], '"Hello"', "message")

    with cases("compressed messages of zlib with every window, with and without context takeover"):
        numbers = random.Random(7692)
        words = [bytes(numbers.choices(b"abcdefgh", k=numbers.randrange(2, 30))) for _ in range(200)]
        for bits in (9, 12, 15):
            for takeover in (True, False):
                compressor, wire, sizes = zlib.compressobj(wbits=-bits), b"", []
                for _ in range(12):
                    if not takeover:
                        compressor = zlib.compressobj(wbits=-bits)
                    payload = b" ".join(numbers.choices(words, k=numbers.choice([0, 3, 300])))
                    sizes.append([str(len(payload)), zlib.crc32(payload)])
                    wire += frame(0xC1, compressed(compressor, payload))
                extensions = f"permessage-deflate; server_max_window_bits={bits}" + ("" if takeover else "; server_no_context_takeover")
                expect(enter(browser, server=wire.hex(), extensions=extensions), "No rule is broken.", extensions)
                expect([row[2] for row in browser.run(ITEMS, "#from-server")], [size for size, _ in sizes], extensions)
        # RFC 7692 7.2.3.4: the window stays after a final block.
        expect(enter(browser, server="c1 08 f3 48 cd c9 c9 07 00 00 c1 05 f2 00 11 00 00", extensions="permessage-deflate"),
               "No rule is broken.", "after a final block")
        expect([row[3] for row in browser.run(ITEMS, "#from-server")], ['"Hello"'] * 2, "after a final block")
        expect("not in use" in browser.run("enter = (a, b) => inspect(a, b, 'permessage-deflate; x').streams[1].notes.join();"
                                           "return enter(new Uint8Array(), bytesOf('8100', 'hex'))"), True, "an unknown parameter")

    with cases("a compressed message that inflates to too much is not inflated further"):
        bomb = frame(0xC2, compressed(zlib.compressobj(9, wbits=-15), b"\0" * (64 << 20)))
        report = browser.run("return inspect(new Uint8Array(), bytesOf(arguments[0], 'hex'), 'permessage-deflate').streams[1]", bomb.hex())
        if report["items"] or not any("have been inflated" in note for note in report["notes"]):
            raise Failure(str(report)[:300])

    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("one.pcap", pcap(packets(ipv4))), ("big-endian.pcap", pcap(packets(ipv6), ">")),
                              ("two.pcapng", pcapng(packets(ipv4))), ("three.pcapng", pcapng(packets(ipv6)))):
            with cases(f"a capture file: {name}"):
                browser.run("byId('clear').click()")
                Path(folder, name).write_bytes(content)
                browser.choose_file("#file", Path(folder, name))
                browser.until("!byId('connections-label').hidden")
                captured(browser)
        with cases("a capture file is dropped on the page"):
            browser.run("byId('clear').click(); const transfer = new DataTransfer();"
                        "transfer.items.add(new File([Uint8Array.from(arguments[0])], 'dropped.pcap'));"
                        "window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));", list(pcap(packets(ipv4))))
            browser.until("!byId('connections-label').hidden")
            captured(browser)

    with cases("malformed capture files give a sentence"):
        numbers = random.Random(1)
        whole = [pcap(packets(ipv4)), pcapng(packets(ipv6))]
        inputs = [b"", b"no capture", *(each[:size] for each in whole for size in range(0, len(each), 131))]
        for _ in range(200):
            changed = bytearray(numbers.choice(whole))
            for _ in range(numbers.randrange(1, 20)):
                changed[numbers.randrange(len(changed))] = numbers.randrange(256)
            inputs.append(bytes(changed))
        complaints = browser.run("return arguments[0].flatMap(hex => { try { connectionsOf(Uint8Array.from(hex.match(/../g) ?? [], x => parseInt(x, 16)));"
                                 "return []; } catch (problem) { return problem instanceof InputError ? [] : [String(problem.stack)]; } })",
                                 [each.hex() for each in inputs])
        expect(complaints, [], "exceptions")

    with cases("random input raises nothing"):
        browser.wait_for("(() => { for (let i = 0; i < 300; ++i) { const make = () => crypto.getRandomValues(new Uint8Array(i % 64))"
                         ".map((byte, at) => at % 9 === 0 ? [0xc1, 0x81, 0x01, 0x80, 0x88][byte % 5] : at % 9 === 1 ? byte % 8 + (i % 2) * 128 : byte);"
                         "inspect(make(), make(), i % 3 ? 'permessage-deflate' : ''); } })()")

    with cases("a narrow screen has no horizontal scroll bar"):
        browser.devtools("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=True)
        for index in (0, 2, 8, len(names) - 1):
            browser.run("byId('example').value = arguments[0]; byId('example').dispatchEvent(new Event('change'));", str(index))
            width = browser.run("return document.documentElement.scrollWidth")
            if width > 400:
                raise Failure(f"{names[index]}: {width} pixels")
        browser.devtools("Emulation.clearDeviceMetricsOverride")

    with cases("nothing leaves the page: one request, which is that for the page; and the policy forbids others"):
        expect(browser.complaints(), [], "console")
        with counting_server(page.read_bytes()) as (address, paths):
            show(browser, f"{address}/#client=8180+00000000")
            expect(browser.run(f"return {MESSAGE}"), "No rule is broken.", "message")
            enter(browser, REQUEST.hex(), RESPONSE.hex())
            expect(browser.run("return performance.getEntriesByType('resource').length"), 0, "resources")
            for attempt in ("fetch('/fetch')", "new Promise((good, bad) => { const image = new Image(); image.onload = good; image.onerror = bad; "
                            "image.src = '/image'; })", "new Promise((good, bad) => { const s = new WebSocket('ws://' + location.host); "
                            "s.onopen = good; s.onerror = bad; })"):
                expect(browser.wait_for(f"{attempt}.then(() => 'sent', () => 'refused')"), "refused", attempt)
            expect(paths, ["/"], "requests")
        browser.complaints()


@contextlib.contextmanager
def counting_server(content):
    """Serves one page; yields its address and the list of the paths that are requested."""
    paths = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", paths
        finally:
            server.shutdown()
