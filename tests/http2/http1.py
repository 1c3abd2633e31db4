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
    command = [sys.executable, "-B", PLAYER, "--http", "yes"]
    some = ["echoes", "closes", "silent_client", "resets", "descriptors", "shutdown"]
    with harness.Program([*command, programs.server]) as plain, \
            harness.Program([*command, "--tls", programs.tls, programs.server, *some]) as secure:
        for what, player in (("without TLS", plain), ("TLS", secure)):
            while (line := player.line(SLOW)) is not None:
                if line.startswith("ok "):
                    with cases(f"{what}: {line[3:]}"):
                        pass
                else:
                    print(line, flush=True)
            with cases.unnamed(f"{what}: the next scenario"):
                if player.wait(5) != 0:
                    raise Failure(f"the player failed{player.complaint()}")
