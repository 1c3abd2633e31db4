# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""http2_server over HTTP/1.1: the scenarios that the servers of all event loops are played with."""
import sys

import harness
import peers
from harness import Failure

PLAYER = peers.HERE.parent / "examples" / "integrations.py"
SLOW = 60


def run(cases, programs):
    for what, words in (("without TLS", []), ("TLS", ["--tls", programs.tls])):
        scenarios = ["echoes", "closes", "silent_client", "resets", "descriptors", "shutdown"] if words else []
        with harness.Program([sys.executable, "-B", PLAYER, "--http", "yes", *words, programs.server, *scenarios]) as player:
            while (line := player.line(SLOW)) is not None:
                if line.startswith("ok "):
                    with cases(f"{what}: {line[3:]}"):
                        pass
                else:
                    print(line, flush=True)
            with cases.unnamed(f"{what}: the next scenario"):
                if player.wait(5) != 0:
                    raise Failure(f"the player failed{player.complaint()}")
