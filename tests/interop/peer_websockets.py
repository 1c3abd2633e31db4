#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""An endpoint of a WebSocket connection with python3-websockets: see player.py.

"deflate" in a scene, if it is there, are the keyword arguments of the library's factories; without it the library negotiates what it
does by default.
"""
import asyncio
import http

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.frames import Close

import player
import scenes
from player import say


class Connection(player.Player):
    def __init__(self, socket, actions):
        super().__init__(actions)
        self.socket = socket
        self.pongs = 0
        self.tasks = []
        extensions = ", ".join(e.name for e in socket.extensions)
        self.opened = f"open protocol={socket.subprotocol or ''} extensions={extensions}"

    async def send(self, message):
        try:
            await self.socket.send(message)
        except websockets.ConnectionClosed as problem:
            raise player.Closed from problem

    async def messages(self):
        try:
            async for message in self.socket:
                yield message
        except websockets.ConnectionClosed:
            pass

    async def close(self, *arguments):
        if arguments:
            await self.socket.close(*arguments)
        else:
            # close() always writes a code; this is the library's own reply to an empty close frame.
            await self.socket.write_close_frame(Close(1005, ""), b"")

    def closing(self):
        return self.socket.close_code, self.socket.close_reason or ""

    async def ping(self, payload):
        pong = await self.socket.ping(payload)

        async def wait():
            await pong
            say(scenes.control_line("pong", payload.encode()))
            self.pongs += 1
            self.changed.set()

        self.tasks.append(asyncio.create_task(wait()))

    async def pieces(self, parts, ping=None):
        for i, part in enumerate(parts):
            if i == 1 and ping is not None:
                await self.ping(ping)
            yield part

    async def act(self, name, *arguments):
        if name == "text_pieces":
            await self.send(self.pieces(*arguments))
        elif name == "binary_pieces":
            await self.send(self.pieces(scenes.cut(scenes.pattern(arguments[0]), arguments[1])))
        elif name == "ping":
            await self.ping(arguments[0])
        elif name == "await_pongs":
            await self.until(lambda: self.pongs >= arguments[0])
        elif name == "drop":
            self.socket.transport.abort()
        else:
            await super().act(name, *arguments)

    async def play(self):
        await super().play()
        for task in self.tasks:
            task.cancel()


OPTIONS = {"ping_interval": None, "max_size": 1 << 24, "close_timeout": scenes.PATIENCE}


def extension(scene, factory):
    return {"compression": None, "extensions": [factory(**scene["deflate"])]} if "deflate" in scene else {}


async def connect(scene):
    try:
        socket = await websockets.connect(scene["connect"], subprotocols=scene.get("subprotocols") or None,
                                          extra_headers=scene.get("fields"), **extension(scene, ClientPerMessageDeflateFactory),
                                          **OPTIONS)
    except websockets.InvalidStatusCode as refusal:
        say(f"refused {refusal.status_code}")
        return
    await Connection(socket, scene["actions"]).play()


async def listen(scene):
    over = asyncio.get_running_loop().create_future()

    async def take(socket):
        try:
            await Connection(socket, scene["actions"]).play()
        finally:
            over.set_result(None)

    async def refuse(path, fields):
        if "refuse" not in scene:
            return None
        say(f"refused {scene['refuse']}")
        asyncio.get_running_loop().call_soon(over.set_result, None)
        return http.HTTPStatus(scene["refuse"]), [], b"no\n"

    async with websockets.serve(take, "127.0.0.1", 0, subprotocols=scene.get("subprotocols") or None,
                                process_request=refuse, **extension(scene, ServerPerMessageDeflateFactory),
                                **OPTIONS) as server:
        say(f"listening {server.sockets[0].getsockname()[1]}")
        await over


if __name__ == "__main__":
    player.run(connect, listen)
