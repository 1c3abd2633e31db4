// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors
//
// The peer of the server device, with the npm package ws: node talk_to_server.js PORT
//
// Every line is a check that the device has passed. The first one that fails ends the program with status 1.
'use strict';

const assert = require('assert');
const crypto = require('crypto');
const WebSocket = require('ws');

const ws = new WebSocket(`ws://127.0.0.1:${process.argv[2]}/echo`, { perMessageDeflate: false });
const next = (event) =>
  new Promise((resolve, reject) => {
    ws.once(event, (...what) => resolve(what));
    ws.once('error', reject);
  });
setTimeout(() => assert.fail('this took too long'), 100000).unref();

async function main() {
  await next('open');
  console.log('handshake');

  for (const text of ['', 'hello', 'snow ☃, smile 😀', 'x'.repeat(125), 'x'.repeat(126), 'ä'.repeat(400)]) {
    ws.send(text);
    const [data, isBinary] = await next('message');
    assert(!isBinary && data.toString() === text);
  }
  console.log('texts of 0 to 800 bytes come back');

  const big = crypto.randomBytes(70000);
  ws.send(big);
  assert((await next('message'))[0].equals(big));
  console.log('70,000 bytes come back through a buffer of 512');

  for (const piece of ['smi', 'le 😀', '', ' in ']) ws.send(piece, { fin: false });
  ws.ping('in the middle');
  assert.equal((await next('pong'))[0].toString(), 'in the middle');
  ws.send('pieces', { fin: true });
  assert.equal((await next('message'))[0].toString(), 'smile 😀 in pieces');
  console.log('messages in fragments come back');
  console.log('a ping between two fragments is answered');

  for (const size of [0, 4, 125]) {
    const data = crypto.randomBytes(size);
    ws.ping(data);
    assert((await next('pong'))[0].equals(data));
  }
  ws.pong('nobody asked');
  console.log('pings are answered');

  ws.close(4000, 'good bye, device');
  const [code] = await next('close');
  assert.equal(code, 4000);
  console.log('close');
}

main().catch((problem) => {
  console.error(problem);
  process.exit(1);
});
