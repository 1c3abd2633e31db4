#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""An endpoint of a WebSocket connection with permessage-deflate by python3-aiohttp: see player.py. "deflate" in a scene may contain
"compress", the client's window in bits, which the library sends as server_max_window_bits."""
import asyncio

import aiohttp
from aiohttp import web

import player

LARGEST = 1 << 24


class Connection(player.Player):
    def __init__(self, socket, actions):
        super().__init__(actions)
        self.socket = socket
        self.opened = f"open protocol= extensions={'permessage-deflate' if socket.compress else ''}"

    async def send(self, message):
        try:
            await (self.socket.send_str if isinstance(message, str) else self.socket.send_bytes)(message)
        except ConnectionError as problem:
            raise player.Closed from problem

    async def messages(self):
        async for message in self.socket:
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                yield message.data

    async def close(self, code, reason=""):
        # The library reads the reply itself, unless the program does.
        self.reader.cancel()
        await asyncio.wait([self.reader])
        await self.socket.close(code=code, message=reason.encode())

    def closing(self):
        return self.socket.close_code or 1006, ""  # the library does not store the reason


async def connect(scene):
    async with aiohttp.ClientSession() as session:
        compress = scene.get("deflate", {}).get("compress", 15)
        async with session.ws_connect(scene["connect"], compress=compress, max_msg_size=LARGEST) as socket:
            await Connection(socket, scene["actions"]).play()


async def listen(scene):
    over = asyncio.get_running_loop().create_future()

    async def take(request):
        socket = web.WebSocketResponse(compress=True, max_msg_size=LARGEST)
        await socket.prepare(request)
        try:
            await Connection(socket, scene["actions"]).play()
        finally:
            over.set_result(None)
        return socket

    application = web.Application()
    application.router.add_get("/", take)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        player.say(f"listening {runner.addresses[0][1]}")
        await over
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    player.run(connect, listen)
