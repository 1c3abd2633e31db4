// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors
//
// The echo server of the benchmarks with the npm package ws and its native helper, bufferutil.
'use strict';

const { WebSocketServer } = require('ws');
require('bufferutil');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: process.argv[2] === '--deflate' });
server.on('listening', () => process.stdout.write(`listening on ws://127.0.0.1:${server.address().port}/\n`));
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on('error', () => {});
});
