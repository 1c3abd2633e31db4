# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The peer of the server device, with python3-websockets: talk_to_server.py PORT

Every line is a check that the device has passed. The first one that fails ends the program with status 1.
"""
import asyncio
import os
import sys

import websockets


async def main():
    uri = f"ws://127.0.0.1:{sys.argv[1]}/echo?from=websockets"
    async with websockets.connect(uri, compression=None, max_size=None, ping_interval=None) as ws:
        print("handshake")

        for text in ["", "hello", "snow ☃, smile 😀", "x" * 125, "x" * 126, "ä" * 400]:
            await ws.send(text)
            assert await ws.recv() == text
        print("texts of 0 to 800 bytes come back")

        big = os.urandom(70000)
        await ws.send(big)
        assert await ws.recv() == big
        print("70,000 bytes come back through a buffer of 512")

        await ws.send(["smi", "le 😀", "", " in ", "pieces"])
        assert await ws.recv() == "smile 😀 in pieces"
        await ws.send([os.urandom(1) * 300, b"", b"end"])
        assert len(await ws.recv()) == 303
        print("messages in fragments come back")

        for size in (0, 4, 125):
            await asyncio.wait_for(await ws.ping(os.urandom(size)), 10)
        await ws.pong(b"nobody asked")
        print("pings are answered")

        async def with_pings():
            yield b"first"
            await asyncio.wait_for(await ws.ping(b"in the middle"), 10)
            yield b"last"

        await ws.send(with_pings())
        assert await ws.recv() == b"firstlast"
        print("a ping between two fragments is answered")

        await ws.close(4000, "good bye, device")
        assert (ws.close_code, ws.close_reason) == (4000, ""), (ws.close_code, ws.close_reason)
        print("close")


asyncio.run(asyncio.wait_for(main(), 100))
