# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The common part of the peers that use asyncio: they read scenes from standard input, one JSON object per line, and play them one
after the other:

    {"connect": URL, "subprotocols": [...], "fields": {...}, "deflate": {...}, "actions": [...]}
    {"listen": true, "subprotocols": [...], "refuse": STATUS, "deflate": {...}, "actions": [...]}

The second accepts one connection on a free port, which it prints first: `listening PORT`. Both print one line per event and then `end`.
Actions and events are described in scenes.py.
"""
import asyncio
import json
import sys

import scenes


def say(*words):
    print(*words, flush=True)


class Closed(Exception):
    """The exception of `send` when the connection has ended; `messages` only ends then."""


class Player:
    """One connection. The class for a library defines: `opened`, the text after "open"; `send(message)`; `messages()`, which yields messages
    as they arrive; `close(code, reason)`; `closing()`, which returns the received code and reason."""

    def __init__(self, actions):
        self.actions = actions
        self.echoes = False
        self.received = 0
        self.changed = asyncio.Event()

    async def until(self, condition):
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def read(self):
        async for message in self.messages():
            say(scenes.message_line(message))
            if self.echoes:
                await self.send(message)
            self.received += 1
            self.changed.set()

    async def act(self, name, *arguments):
        if name in ("text", "binary", "long_text", "noise", "many"):
            for message in scenes.messages_for(name, *arguments):
                await self.send(message)
        elif name == "echo":
            self.echoes = True
        elif name == "await_messages":
            await self.until(lambda: self.received >= arguments[0])
        elif name == "sleep":
            await asyncio.sleep(arguments[0])
        elif name == "close":
            await self.close(*arguments)
        else:
            raise ValueError(f"unknown action {name}")

    async def play(self):
        say(self.opened)
        self.reader = asyncio.create_task(self.read())
        try:
            for action in self.actions:
                await self.act(*action)
        except Closed:
            pass  # the close line is printed
        await asyncio.wait([self.reader])
        if not self.reader.cancelled():
            self.reader.result()
        say(scenes.close_line(*self.closing()))


async def play_scenes(connect, listen):
    """`connect(scene)` runs a client; `listen(scene)` runs a server, which prints its port with `say`."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        scene = json.loads(line)
        try:
            await asyncio.wait_for(connect(scene) if "connect" in scene else listen(scene), scenes.PATIENCE)
        except Exception as problem:
            say(f"error {type(problem).__name__}: {problem}")
        say("end")


def run(connect, listen):
    asyncio.run(play_scenes(connect, listen))
