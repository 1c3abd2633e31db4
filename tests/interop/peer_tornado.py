#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""An endpoint of a WebSocket connection with permessage-deflate by python3-tornado: see player.py. "deflate" in a scene are its
compression_options."""
import asyncio

import tornado.httpserver
import tornado.web
import tornado.websocket
from tornado.testing import bind_unused_port

import player

LARGEST = 1 << 24


class Connection(player.Player):
    """`socket` is the library's object for either role; `incoming` is a queue of its messages, with None at the end."""

    def __init__(self, socket, compressed, incoming, actions):
        super().__init__(actions)
        self.socket = socket
        self.incoming = incoming
        self.opened = f"open protocol= extensions={'permessage-deflate' if compressed else ''}"

    async def send(self, message):
        try:
            await self.socket.write_message(message, binary=not isinstance(message, str))
        except tornado.websocket.WebSocketClosedError as problem:
            raise player.Closed from problem

    async def messages(self):
        while (message := await self.incoming.get()) is not None:
            yield message

    async def close(self, code, reason=""):
        self.socket.close(code, reason)

    def closing(self):
        return self.socket.close_code or 1006, self.socket.close_reason or ""


def is_compressed(protocol):
    return protocol._decompressor is not None  # there is no public member for this


async def connect(scene):
    incoming = asyncio.Queue()
    socket = await tornado.websocket.websocket_connect(
        scene["connect"], on_message_callback=incoming.put_nowait, compression_options=scene.get("deflate", {}),
        max_message_size=LARGEST)
    await Connection(socket, is_compressed(socket.protocol), incoming, scene["actions"]).play()


async def listen(scene):
    over = asyncio.get_running_loop().create_future()

    class Handler(tornado.websocket.WebSocketHandler):
        def get_compression_options(self):
            return scene.get("deflate", {})

        async def play(self):
            try:
                await Connection(self, is_compressed(self.ws_connection), self.incoming, scene["actions"]).play()
            finally:
                over.set_result(None)

        def open(self):
            self.incoming = asyncio.Queue()
            self.playing = asyncio.create_task(self.play())

        def on_message(self, message):
            self.incoming.put_nowait(message)

        def on_close(self):
            self.incoming.put_nowait(None)

    application = tornado.web.Application([("/", Handler)], websocket_max_message_size=LARGEST)
    listener, port = bind_unused_port()
    server = tornado.httpserver.HTTPServer(application)
    server.add_sockets([listener])
    player.say(f"listening {port}")
    try:
        await over
    finally:
        server.stop()


if __name__ == "__main__":
    player.run(connect, listen)
