# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The peer of the client device, with python3-websockets: talk_to_client.py CLOSER [CERTIFICATE KEY [PORT]]. Prints `port N` first. CLOSER
is the end that closes the connection, device or server. With a certificate it is a server with TLS, called localhost.

Every further line is a check that the device has passed. The first one that fails ends the program with status 1.
"""
import asyncio
import json
import os
import ssl
import sys

import websockets

with_tls = sys.argv[2:4]
port = int(sys.argv[4]) if len(sys.argv) > 4 else 0


async def conversation(ws, path):
    assert path == "/telemetry", path
    host = f"localhost:{ws.local_address[1]}" if with_tls else "device.example"
    assert ws.request_headers["Host"] == host, ws.request_headers["Host"]
    print("handshake")

    async def report():
        while True:
            message = await asyncio.wait_for(ws.recv(), 10)
            if isinstance(message, str) and message.startswith("{"):
                return json.loads(message)

    async def answer():
        while True:
            message = await asyncio.wait_for(ws.recv(), 30)
            if not (isinstance(message, str) and message.startswith("{")):
                return message

    first, second = await report(), await report()
    assert second["report"] == first["report"] + 1 and second["ms"] - first["ms"] >= 100 and not first["led"]
    print("telemetry comes up")

    await ws.send("led on")
    assert await answer() == "done: led on"
    assert (await report())["led"]
    await ws.send(["interv", "al ", "", "20"])
    assert await answer() == "done: interval 20"
    first, second = await report(), await report()
    assert second["ms"] - first["ms"] < 90
    await ws.send("jump")
    assert await answer() == "unknown command"
    print("commands go down, whole and in fragments")

    for size in (0, 4, 125):
        await asyncio.wait_for(await ws.ping(os.urandom(size)), 10)
    print("pings are answered")

    big = os.urandom(70000)
    await ws.send(big)
    assert await answer() == big
    print("70,000 bytes come back through a buffer of 512")

    await ws.send([b"a" * 200, b"", b"b" * 200])
    assert await answer() == b"a" * 200 + b"b" * 200
    print("a message in fragments comes back")

    for command in ("led off", "interval 100"): # as they were, for the next conversation
        await ws.send(command)
        assert await answer() == f"done: {command}"

    if sys.argv[1] == "device":
        await ws.send("stop")
        while True:
            try:
                await asyncio.wait_for(ws.recv(), 10)
            except websockets.ConnectionClosed:
                break
        assert (ws.close_code, ws.close_reason) == (1000, "stopped"), (ws.close_code, ws.close_reason)
    else:
        await ws.close(1001, "the server goes home")
        assert ws.close_code == 1001, ws.close_code
    print(f"close by the {sys.argv[1]}")


async def main():
    done = asyncio.get_running_loop().create_future()

    async def serve(ws, path):
        try:
            await conversation(ws, path)
            done.set_result(None)
        except BaseException as problem:
            done.set_exception(problem)

    context = None
    if with_tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*with_tls)
    async with websockets.serve(serve, "127.0.0.1", port, ssl=context, max_size=None, ping_interval=None) as server:
        print("port", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.wait_for(done, 100)


asyncio.run(main())
