// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors
//
// WebSockets over node's http2, as a server or as a client. The npm package ws (in NODE_PATH) reads and writes the frames.
//
//   node peer_http2.js server [CERTIFICATE KEY]   prints `listening on URL`; echoes, and closes with 1001 after SIGTERM
//   node peer_http2.js client URL [CA]            prints `ok NAME` or `FAILED NAME: why` for each case, and `waiting` before the last one
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http2 = require('http2');
const path = require('path');
const WebSocket = require('ws');
const PerMessageDeflate = require(path.join(path.dirname(require.resolve('ws')), 'lib', 'permessage-deflate.js'));

const MEBI = 1 << 20;
const LIMIT = 16 * MEBI;
const SETTINGS = { enableConnectProtocol: true, initialWindowSize: 65535 };

// Returns a WebSocket on the stream, whose handshake is over.
function attach(stream, isServer, parameters, subprotocol) {
  const socket = new WebSocket(null, undefined, { autoPong: true, closeTimeout: 5000 });
  socket._isServer = isServer;
  socket._protocol = subprotocol || '';
  if (parameters) {
    const deflate = new PerMessageDeflate({}, isServer, LIMIT);
    deflate.accept([parameters]);
    socket._extensions[PerMessageDeflate.extensionName] = deflate;
  }
  socket.setSocket(stream, Buffer.alloc(0), { maxPayload: LIMIT, skipUTF8Validation: false });
  return socket;
}

const parametersOf = (text) => Object.fromEntries(text.split(';').slice(1).map((part) => {
  const [name, value] = part.trim().split('=');
  return [name, [value === undefined ? true : /^\d+$/.test(value) ? Number(value) : value]];
}));

function serve(certificate, key) {
  const options = { settings: SETTINGS };
  const server = certificate
    ? http2.createSecureServer({ ...options, cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
    : http2.createServer(options);
  const sessions = new Set();
  const sockets = new Set();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    if (headers[':method'] !== 'CONNECT' || headers[':protocol'] !== 'websocket') {
      stream.respond({ ':status': 501 }, { endStream: true });
    } else if (headers[':path'] === '/refused') {
      stream.respond({ ':status': 403 }, { endStream: true });
    } else {
      const offered = (headers['sec-websocket-protocol'] || '').split(',').map((name) => name.trim());
      const subprotocol = offered.find((name) => ['echo', 'chat'].includes(name));
      const deflate = /permessage-deflate/.test(headers['sec-websocket-extensions']);
      stream.respond({
        ':status': 200,
        ...(subprotocol && { 'sec-websocket-protocol': subprotocol }),
        ...(deflate && { 'sec-websocket-extensions': 'permessage-deflate' }),
      });
      const socket = attach(stream, true, deflate && {}, subprotocol);
      sockets.add(socket);
      socket.on('message', (data, isBinary) => {
        if (data.toString() === '#reset') stream.close(http2.constants.NGHTTP2_CANCEL);
        else if (data.toString() === '#end') stream.end();
        else if (data.toString() === '#goaway') stream.session.goaway();
        else socket.send(data, { binary: isBinary });
      });
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
    }
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(`listening on ${certificate ? 'wss' : 'ws'}://localhost:${server.address().port}/`);
  });
  process.on('SIGTERM', () => {
    server.close();
    for (const socket of sockets) socket.close(1001);
    for (const session of sessions) session.close();
    setTimeout(() => process.exit(0), 5000).unref();
  });
}

class Client {
  constructor(url, ca) {
    this.url = new URL(url);
    const base = url.replace(/^ws/, 'http');
    this.session = http2.connect(base, ca ? { ca: fs.readFileSync(ca) } : {});
    this.goaway = null;
    this.session.on('goaway', (code) => { this.goaway = code; });
    this.session.on('error', (problem) => console.log(`FAILED session: ${problem.message}`));
  }

  settings() {
    return new Promise((resolve) => this.session.once('remoteSettings', resolve));
  }

  // Returns the response's fields and the stream.
  request(where, fields = {}) {
    return new Promise((resolve, reject) => {
      const stream = this.session.request({
        ':method': 'CONNECT', ':protocol': 'websocket', ':path': where, ':scheme': this.url.protocol === 'wss:' ? 'https' : 'http',
        ':authority': this.url.host, 'sec-websocket-version': '13', ...fields,
      }, { endStream: false });
      stream.on('response', (headers) => resolve({ headers, stream }));
      stream.on('error', reject);
    });
  }

  async open(where, { subprotocols, deflate } = {}) {
    const { headers, stream } = await this.request(where, {
      ...(subprotocols && { 'sec-websocket-protocol': subprotocols.join(', ') }),
      ...(deflate && { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' }),
    });
    if (headers[':status'] !== 200) throw new Error(`status ${headers[':status']}`);
    const extensions = headers['sec-websocket-extensions'];
    if (Boolean(extensions) !== Boolean(deflate)) throw new Error(`extensions ${extensions}`);
    const socket = attach(stream, false, extensions && parametersOf(extensions), headers['sec-websocket-protocol']);
    socket.on('error', () => {});
    const waiting = [];
    const arrived = [];
    const tell = (event) => (waiting.length ? waiting.shift()(event) : arrived.push(event));
    socket.on('message', (data, isBinary) => tell(isBinary ? data : data.toString()));
    socket.on('pong', (data) => tell(`pong ${data}`));
    socket.on('close', (code) => tell(`close ${code}`));
    return {
      socket,
      stream,
      next: () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve))),
    };
  }
}

function same(got, expected) {
  if (Buffer.isBuffer(got) !== Buffer.isBuffer(expected) || Buffer.compare(Buffer.from(got), Buffer.from(expected)) !== 0)
    throw new Error(`${String(got).slice(0, 100)} is not ${String(expected).slice(0, 100)}`);
}

async function echoes(one, ...messages) {
  for (const message of messages) {
    one.socket.send(message);
    same(await one.next(), message);
  }
}

async function close(one, code = 1000) {
  one.socket.close(code);
  same(await one.next(), `close ${code}`);
}

const CASES = {
  'text and binary, a ping and a subprotocol': async (client) => {
    const one = await client.open('/echo', { subprotocols: ['other', 'chat'] });
    same(one.socket.protocol, 'chat');
    await echoes(one, 'Grüße, 世界 🧦', '', Buffer.alloc(0), Buffer.alloc(125), Buffer.alloc(126), crypto.randomBytes(65536));
    one.socket.ping('there?');
    same(await one.next(), 'pong there?');
    await close(one, 3456);
  },
  '1 MiB each way, as text and as bytes': async (client) => {
    const one = await client.open('/echo');
    await echoes(one, '€'.repeat(MEBI / 3), crypto.randomBytes(MEBI));
    await close(one);
  },
  'permessage-deflate': async (client) => {
    const one = await client.open('/echo', { deflate: true });
    await echoes(one, 'Hello '.repeat(30), 'Hello '.repeat(30), crypto.randomBytes(1000), 'x'.repeat(MEBI));
    await close(one);
  },
  'four WebSockets on one connection, at once': async (client) => {
    await Promise.all([...Array(4).keys()].map(async (i) => {
      const one = await client.open('/echo', { deflate: i % 2 === 1 });
      for (let k = 0; k < 20; ++k) await echoes(one, `${i} ${k}`.repeat(500));
      await close(one);
    }));
  },
  'a refusal': async (client) => {
    const { headers, stream } = await client.request('/refused');
    same(String(headers[':status']), '403');
    stream.resume();
    stream.end();
    await new Promise((resolve) => stream.on('close', resolve));
  },
  'reset in the middle of a message': async (client) => {
    const one = await client.open('/echo');
    one.stream.write(Buffer.from('82ff0000000000100000000000001234', 'hex'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    one.stream.close(http2.constants.NGHTTP2_CANCEL);
    await new Promise((resolve) => one.stream.on('close', resolve));
    const other = await client.open('/echo');
    await echoes(other, 'still there');
    await close(other);
  },
  'the protocol is HTTP/2': async (client) => {
    const one = await client.open('/protocol');
    same(await one.next(), 'HTTP/2');
    await close(one);
  },
};

async function play(name, body) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('time-out')), 10000); });
  try {
    await Promise.race([body(), late]);
    console.log(`ok ${name}`);
  } catch (problem) {
    console.log(`FAILED ${name}: ${problem.message}`);
  }
  clearTimeout(timer);
}

async function run(url, ca) {
  const client = new Client(url, ca);
  await play('the server offers extended CONNECT', async () => {
    same(String((await client.settings()).enableConnectProtocol), 'true');
  });
  for (const [name, body] of Object.entries(CASES)) await play(name, () => body(client));
  await play('SIGTERM: GOAWAY, and 1001 on each WebSocket', async () => {
    const several = await Promise.all([1, 2, 3].map(() => client.open('/echo')));
    console.log('waiting');
    for (const one of several) same(await one.next(), 'close 1001');
    same(String(client.goaway), '0');
  });
  client.session.destroy();
}

const [what, ...words] = process.argv.slice(2);
if (what === 'server') serve(...words);
else run(...words);
