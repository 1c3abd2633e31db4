#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The echo server of the benchmarks with python3-websockets and the event loop of python3-uvloop.

usage: python_websockets.py FOLDER [--deflate]

FOLDER contains the package's functions in C, speedups.so. Debian's package has their source only.
"""
import asyncio
import sys

import uvloop
import websockets

websockets.__path__.append(sys.argv[1])
import websockets.speedups  # noqa: E402,F401  an error if they are missing: the package would do without them silently


async def echo(socket):
    try:
        async for message in socket:
            await socket.send(message)
    except websockets.ConnectionClosed:
        pass


async def main():
    deflate = "deflate" if "--deflate" in sys.argv else None
    async with websockets.serve(echo, "127.0.0.1", 0, compression=deflate) as server:
        print(f"listening on ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
        await asyncio.Future()


uvloop.install()
asyncio.run(main())
