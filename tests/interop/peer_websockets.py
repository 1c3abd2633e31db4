#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""One end of a WebSocket connection, played by python3-websockets.

Reads scenes from standard input, one JSON object per line, and plays one after the other:

    {"connect": URL, "subprotocols": [...], "fields": {...}, "actions": [...]}
    {"listen": true, "subprotocols": [...], "refuse": STATUS, "actions": [...]}

The second takes one connection on a free port, which it tells first: `listening PORT`. Both print one line per event
and then `end`. Actions and events are those of peer_ws.js; what they mean stands in scenes.py.
"""
import asyncio
import http
import json
import sys

import websockets
from websockets.frames import Close

import scenes


def say(*words):
    print(*words, flush=True)


class Connection:
    def __init__(self, socket, actions):
        self.socket = socket
        self.actions = actions
        self.echoes = False
        self.messages = 0
        self.pongs = 0
        self.changed = asyncio.Event()
        self.tasks = []

    async def until(self, condition):
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def read(self):
        try:
            async for message in self.socket:
                say(scenes.message_line(message))
                if self.echoes:
                    await self.socket.send(message)
                self.messages += 1
                self.changed.set()
        except websockets.ConnectionClosed:
            pass

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
        if name == "text":
            await self.socket.send(arguments[0])
        elif name == "binary":
            await self.socket.send(scenes.pattern(arguments[0]))
        elif name == "long_text":
            await self.socket.send(scenes.long_text(arguments[0]))
        elif name == "many":
            for i in range(arguments[0]):
                await self.socket.send(f"message {i}")
        elif name == "text_pieces":
            await self.socket.send(self.pieces(*arguments))
        elif name == "binary_pieces":
            await self.socket.send(self.pieces(scenes.cut(scenes.pattern(arguments[0]), arguments[1])))
        elif name == "ping":
            await self.ping(arguments[0])
        elif name == "echo":
            self.echoes = True
        elif name == "await_messages":
            await self.until(lambda: self.messages >= arguments[0])
        elif name == "await_pongs":
            await self.until(lambda: self.pongs >= arguments[0])
        elif name == "sleep":
            await asyncio.sleep(arguments[0])
        elif name == "close" and arguments:
            await self.socket.close(*arguments)
        elif name == "close":
            # close() always writes a code; this is what the library itself answers an empty close frame with.
            await self.socket.write_close_frame(Close(1005, ""), b"")
        elif name == "drop":
            self.socket.transport.abort()
        else:
            raise ValueError(f"unknown action {name}")

    async def play(self):
        extensions = ", ".join(e.name for e in self.socket.extensions)
        say(f"open protocol={self.socket.subprotocol or ''} extensions={extensions}")
        reader = asyncio.create_task(self.read())
        try:
            for action in self.actions:
                await self.act(*action)
        except websockets.ConnectionClosed:
            pass  # the close line tells
        await self.socket.wait_closed()
        await reader
        say(scenes.close_line(self.socket.close_code, self.socket.close_reason or ""))
        for task in self.tasks:
            task.cancel()


OPTIONS = {"ping_interval": None, "max_size": 1 << 24, "close_timeout": scenes.PATIENCE}


async def connect(scene):
    try:
        socket = await websockets.connect(scene["connect"], subprotocols=scene.get("subprotocols") or None,
                                          extra_headers=scene.get("fields"), **OPTIONS)
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
                                process_request=refuse, **OPTIONS) as server:
        say(f"listening {server.sockets[0].getsockname()[1]}")
        await over


async def main():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        scene = json.loads(line)
        try:
            await asyncio.wait_for(connect(scene) if "connect" in scene else listen(scene), scenes.PATIENCE)
        except Exception as problem:
            say(f"error {type(problem).__name__}: {problem}")
        say("end")


if __name__ == "__main__":
    asyncio.run(main())
