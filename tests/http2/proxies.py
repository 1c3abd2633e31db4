# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Proxies that pass a WebSocket over HTTP/2 on to an HTTP/1.1 server, which is the example program echo_server."""
import contextlib
import os
import signal

import peers
from h2_client import Http2, Refused
from harness import Failure, expect
from proxy_process import Proxy

MEBI = 1 << 20

NGHTTPX = """
workers=1
frontend=127.0.0.1,{ports[0]};no-tls
frontend=127.0.0.1,{ports[1]}
backend=127.0.0.1,{plain}
certificate-file={certificates}/server.pem
private-key-file={certificates}/server.key
"""

HAPROXY = """
global
    maxconn 64
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 300s
frontend first
    bind 127.0.0.1:{ports[0]} proto h2
    bind 127.0.0.1:{ports[1]} ssl crt {certificates}/both.pem alpn h2,http/1.1
    default_backend plain
backend plain
    server one 127.0.0.1:{plain}
"""

APACHE = """
ServerRoot {folder}
ServerName localhost
DefaultRuntimeDir {folder}
PidFile {folder}/pid
ErrorLog /dev/stderr
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
User www-data
Group www-data
StartServers 1
Listen 127.0.0.1:{ports[0]}
Listen 127.0.0.1:{ports[1]}
Protocols h2 h2c http/1.1
H2WebSockets on
ProxyPass "/" "http://127.0.0.1:{plain}/" upgrade=websocket
SSLCertificateFile {certificates}/server.pem
SSLCertificateKeyFile {certificates}/server.key
<VirtualHost 127.0.0.1:{ports[1]}>
    SSLEngine on
</VirtualHost>
"""

PROXIES = {
    "nghttpx": (NGHTTPX, ["--conf={file}"], "nghttp2-proxy"),
    "haproxy": (HAPROXY, ["-db", "-f", "{file}"], "haproxy"),
    "apache2": (APACHE, ["-DFOREGROUND", "-f", "{file}"], "apache2-bin"),
}


def conversations(cases, what, http2):
    with cases(f"{what}: text and binary of all sizes, fragments, a ping, a subprotocol, a close with a reason"):
        one = http2.websocket("/", subprotocols=["other", "chat"])
        expect(one.subprotocol, "chat", "subprotocol")
        for message in ("Grüße, 世界 🧦", "", b"", bytes(125), bytes(126), bytes(65535), bytes(65536)):
            one.echo(message)
        one.echo("in three 🧩🧩 frames", fragments=3)
        one.ping(b"there?")
        one.expect(("pong", b"there?"))
        one.close(3456, "Tschüß")
    with cases(f"{what}: 1 MiB each way, as text and as bytes"):
        one = http2.websocket("/")
        one.echo("aß語🧦" * (MEBI // 10))
        one.echo(os.urandom(MEBI))
        one.close()
    with cases(f"{what}: permessage-deflate"):
        one = http2.websocket("/", deflate={})
        if not (one.extensions or "").startswith("permessage-deflate"):
            raise Failure(f"extensions {one.extensions!r}")
        for message in ("Hello " * 30, "Hello " * 30, os.urandom(1000), "x" * MEBI):
            one.echo(message)
        one.close()
    with cases(f"{what}: four WebSockets on one connection"):
        several = [http2.websocket("/", deflate={} if i % 2 else None) for i in range(4)]
        messages = [[f"{i}: {k} " * 200 for k in range(20)] for i in range(4)]
        for k in range(20):
            for i, one in enumerate(several):
                one.send_message(messages[i][k])
        for i, one in enumerate(several):
            one.expect(*messages[i])
            one.close()
    with cases(f"{what}: a refusal"):
        try:
            http2.websocket("/elsewhere")
            raise Failure("it was accepted")
        except Refused as refusal:
            expect(str(refusal), "status 404", "the response")


def reset(cases, what, http2):
    """The proxy ends the connection to the server, which has to accept that: it serves the next one."""
    with cases(f"{what}: RST_STREAM in the middle of a message"):
        one = http2.websocket("/")
        one.send(one.message_bytes(bytes(MEBI))[:100000])
        one.reset()
        other = http2.websocket("/")
        other.echo("still there")
        other.close()


def server_ends(cases, what, http2, server):
    with cases(f"{what}: the server ends, with 1001"):
        several = [http2.websocket("/") for _ in range(3)]
        server.signal(signal.SIGTERM)
        for one in several:
            one.expect(("close", 1001, "the server is shutting down"))
            one.send_close(1001)
            one.end_quietly()
        expect(server.wait(10), 0, "exit status of the server")


@contextlib.contextmanager
def behind(name, programs):
    """Yields an echo server, and the ports of a proxy in front of it: without TLS, and with it."""
    template, command, package = PROXIES[name]
    with peers.Server(programs.echo_server, "--deflate", "--subprotocol", "chat") as server, \
            Proxy(name, template, command, package, plain=server.port, certificates=programs.tls) as proxy:
        yield server, proxy.ports


def run(cases, name, programs):
    for what, way, certificates in (("h2c", 0, None), ("TLS", 1, programs.tls)):
        with behind(name, programs) as (server, ports), Http2(ports[way], certificates) as http2:
            expect(http2.offers_connect, True, "SETTINGS_ENABLE_CONNECT_PROTOCOL")
            conversations(cases, f"{name}, {what}", http2)
            reset(cases, f"{name}, {what}", http2)
            server_ends(cases, f"{name}, {what}", http2, server)
