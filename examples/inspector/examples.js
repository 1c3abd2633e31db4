// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

// Examples: [name, from the client, from the server, extensions].
"use strict";

const REQUEST = `GET /chat HTTP/1.1
Host: server.example.com
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Origin: http://example.com
Sec-WebSocket-Protocol: chat, superchat
Sec-WebSocket-Version: 13

`;
const RESPONSE = `HTTP/1.1 101 Switching Protocols
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
Sec-WebSocket-Protocol: chat

`;
const DEFLATE = "permessage-deflate";
const EXAMPLES = [
    ["RFC 6455 1.2: opening handshake", REQUEST, RESPONSE, ""],
    ["RFC 6455 5.7: unmasked text", "", "81 05 48 65 6c 6c 6f", ""],
    ["RFC 6455 5.7: masked text", "81 85 37 fa 21 3d 7f 9f 4d 51 58", "", ""],
    ["RFC 6455 5.7: text in two frames", "", "01 03 48 65 6c\n80 02 6c 6f", ""],
    ["RFC 6455 5.7: ping and pong", "8a 85 37 fa 21 3d 7f 9f 4d 51 58", "89 05 48 65 6c 6c 6f", ""],
    ["RFC 6455 5.7: 256 bytes", "", "82 7e 01 00\n" + "5a ".repeat(256), ""],
    ["RFC 6455 5.7: 65536 bytes", "", "82 7f 00 00 00 00 00 01 00 00\n" + "5a".repeat(65536), ""],
    ["RFC 7692 7.2.3.1: one block", "", "c1 07 f2 48 cd c9 c9 07 00", DEFLATE],
    ["RFC 7692 7.2.3.1: two frames", "", "41 03 f2 48 cd\n80 04 c9 c9 07 00", DEFLATE],
    ["RFC 7692 7.2.3.2: the window is shared", "", "c1 07 f2 48 cd c9 c9 07 00\nc1 05 f2 00 11 00 00", DEFLATE],
    ["RFC 7692 7.2.3.3: a block without compression", "", "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00", DEFLATE],
    ["RFC 7692 7.2.3.4: a final block", "", "c1 08 f3 48 cd c9 c9 07 00 00", DEFLATE],
    ["RFC 7692 7.2.3.5: two blocks", "", "c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00", DEFLATE],
    ["RFC 7692 7.2.3.6: an empty message", "", "c1 01 00", DEFLATE],
    ["RFC 7692 7.1.3: negotiation", REQUEST.replace("Origin", `Sec-WebSocket-Extensions: ${DEFLATE}; client_max_window_bits; server_max_window_bits=10
Origin`), RESPONSE.replace("Sec-WebSocket-Protocol", `Sec-WebSocket-Extensions: ${DEFLATE}; server_max_window_bits=10
Sec-WebSocket-Protocol`) + "c1 07 f2 48 cd c9 c9 07 00", ""],
    ["a close frame", "", "88 06 03 e8 64 6f 6e 65", ""],
    ["broken: a length that is not minimal", "", "82 7e 00 05 01 02 03 04 05", ""],
    ["broken: text that is not UTF-8", "", "81 0a 47 72 fc c3 9f 65 20 61 6e 20", ""],
    ["broken: a client without a mask", "81 05 48 65 6c 6c 6f", "", ""],
    ["broken: RSV1 without an extension", "", "c1 07 f2 48 cd c9 c9 07 00", ""],
    ["broken: a fragmented ping", "", "09 02 68 69", ""],
    ["broken: close code 1005", "", "88 02 03 ed", ""],
    ["broken: the wrong Sec-WebSocket-Accept", REQUEST, RESPONSE.replace("s3pP", "S3pP"), ""],
    ["broken: white space before a colon", REQUEST.replace("Upgrade:", "Upgrade :"), "", ""],
];
