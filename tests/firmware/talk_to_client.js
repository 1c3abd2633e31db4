// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors
//
// The peer of the client device, with the npm package ws: node talk_to_client.js CLOSER [CERTIFICATE KEY [PORT]]. Prints `port N` first.
// CLOSER is the end that closes the connection, device or server. With a certificate it is a server with TLS, called localhost.
//
// Every further line is a check that the device has passed. The first one that fails ends the program with status 1.
'use strict';

const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');

setTimeout(() => assert.fail('this took too long'), 100000).unref();
const [certificate, key, port] = process.argv.slice(3);
const web = certificate
  ? https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
  : http.createServer();
web.listen(Number(port || 0), '127.0.0.1', () => console.log('port', web.address().port));
const server = new WebSocketServer({ server: web, perMessageDeflate: true });

async function conversation(ws, request) {
  const reports = [];
  const answers = [];
  let wake = () => {};
  ws.on('message', (data, isBinary) => {
    const text = data.toString();
    if (!isBinary && text.startsWith('{')) reports.push(JSON.parse(text));
    else answers.push(isBinary ? data : text);
    wake();
  });
  const take = async (from) => {
    while (from.length === 0) await new Promise((resolve) => (wake = resolve));
    return from.shift();
  };
  const fresh = () => {
    reports.length = 0;
    return take(reports);
  };
  const next = (event) => new Promise((resolve) => ws.once(event, (...what) => resolve(what)));

  assert.equal(request.url, '/telemetry');
  assert.equal(request.headers.host, certificate ? `localhost:${web.address().port}` : 'device.example');
  console.log('handshake');

  const first = await take(reports);
  const second = await take(reports);
  assert(second.report === first.report + 1 && second.ms - first.ms >= 100 && !first.led);
  console.log('telemetry comes up');

  ws.send('led on');
  assert.equal(await take(answers), 'done: led on');
  assert((await fresh()).led);
  for (const piece of ['interv', 'al ', '']) ws.send(piece, { fin: false });
  ws.send('20', { fin: true });
  assert.equal(await take(answers), 'done: interval 20');
  assert(-(await fresh()).ms + (await take(reports)).ms < 90);
  ws.send('jump');
  assert.equal(await take(answers), 'unknown command');
  console.log('commands go down, whole and in fragments');

  for (const size of [0, 4, 125]) {
    const data = crypto.randomBytes(size);
    ws.ping(data);
    assert((await next('pong'))[0].equals(data));
  }
  console.log('pings are answered');

  const big = crypto.randomBytes(70000);
  ws.send(big);
  assert((await take(answers)).equals(big));
  console.log('70,000 bytes come back through a buffer of 512');

  ws.send(Buffer.alloc(200, 'a'), { fin: false, binary: true });
  ws.send(Buffer.alloc(0), { fin: false });
  ws.send(Buffer.alloc(200, 'b'), { fin: true });
  assert.equal((await take(answers)).toString(), 'a'.repeat(200) + 'b'.repeat(200));
  console.log('a message in fragments comes back');

  for (const command of ['led off', 'interval 100']) {
    // As they were, for the next conversation.
    ws.send(command);
    assert.equal(await take(answers), `done: ${command}`);
  }

  if (process.argv[2] === 'device') {
    ws.send('stop');
    const [code, reason] = await next('close');
    assert(code === 1000 && reason.toString() === 'stopped');
  } else {
    ws.close(1001, 'the server goes home');
    const [code] = await next('close');
    assert.equal(code, 1001);
  }
  console.log(`close by the ${process.argv[2]}`);
}

server.on('connection', (ws, request) => {
  conversation(ws, request).then(
    () => web.close(),
    (problem) => {
      console.error(problem);
      process.exit(1);
    }
  );
});
