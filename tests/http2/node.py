# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""node's HTTP/2 as a peer, with the frames of the npm package ws: peer_http2.js."""
import shutil
import signal

import harness
import peers
from harness import Failure, expect

PEER = peers.HERE / "peer_http2.js"


def environment(programs):
    """Checks that node and ws are available."""
    if shutil.which("node") is None:
        raise harness.Missing("nodejs is missing (Debian package)")
    if programs.modules is None or not (programs.modules / "ws" / "package.json").exists():
        raise harness.Missing("ws is missing (npm package); tests/interop/prepare installs it, with npm (Debian package)")
    return {"NODE_PATH": str(programs.modules)}


class NodeServer(peers.Server):
    """An echo server. `files`: certificate and key; none: without TLS."""

    def __init__(self, programs, *files):
        self.start([shutil.which("node"), PEER, "server", *files], environment(programs))


def client(cases, programs):
    """node's client and http2_server. Each case is one of peer_http2.js."""
    for what, certificates in (("h2c", None), ("TLS", programs.tls)):
        options = programs.tls_options if certificates else []
        with peers.Server(programs.server, *options) as server:
            url = f"{'wss' if certificates else 'ws'}://localhost:{server.port}/"
            authority = [f"{certificates}/ca.pem"] if certificates else []
            with harness.Program(["node", PEER, "client", url, *authority], environment(programs)) as peer:
                while (line := peer.line()) is not None:
                    result, _, name = line.partition(" ")
                    if line == "waiting":
                        server.signal(signal.SIGTERM)
                        continue
                    with cases(f"{what}: {name.split(':')[0] if result == 'FAILED' else name}"):
                        if result != "ok":
                            raise Failure(name)
                expect((peer.wait(5), server.wait(5)), (0, 0), f"exit statuses{peer.complaint()}")
