// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors
//
// An endpoint of a WebSocket connection with the npm package ws. Scenes are those of player.py; actions and events are described in scenes.py.
// "deflate" in a scene are options of perMessageDeflate.
'use strict';

const crypto = require('crypto');
const readline = require('readline');
const WebSocket = require('ws');

const PATIENCE = 10000;

const say = (line) => process.stdout.write(line + '\n');
const sha1 = (data) => crypto.createHash('sha1').update(data).digest('hex');

// The same bytes and characters as in scenes.py.
const pattern = (size) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => i % 251));
const noise = (size) => {
  let state = 1;
  return Buffer.from(Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 16 & 0xff;
  }));
};
const longText = (size) => 'aé€😀'.repeat(Math.floor(size / 10)) + 'x'.repeat(size % 10);
const cut = (data, count) => {
  const step = Math.ceil(data.length / count);
  return Array.from({ length: count }, (_, i) => data.subarray(i * step, (i + 1) * step));
};

const messageLine = (data, isBinary) => {
  const isShort = !isBinary && data.length <= 1000;
  const content = isShort ? JSON.stringify(data.toString()) : `sha1=${sha1(data)}`;
  return `${isBinary ? 'binary' : 'text'} ${data.length} ${content}`;
};
const controlLine = (kind, data) => `${kind} ${data.length} ${JSON.stringify(data.toString())}`;

class Connection {
  constructor(socket, actions) {
    this.socket = socket;
    this.actions = actions;
    this.echoes = false;
    this.messages = 0;
    this.pongs = 0;
    this.waiting = null;
    // The listeners are added immediately, because messages may follow the head directly.
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.ended = true;
        say(`close ${code} ${JSON.stringify(reason.toString())}`);
        this.check();
        resolve();
      });
    });
    socket.on('message', (data, isBinary) => {
      say(messageLine(data, isBinary));
      if (this.echoes) socket.send(data, { binary: isBinary });
      ++this.messages;
      this.check();
    });
    socket.on('ping', (data) => say(controlLine('ping', data)));
    socket.on('pong', (data) => {
      say(controlLine('pong', data));
      ++this.pongs;
      this.check();
    });
    socket.on('error', (problem) => say(`error ${problem.code}: ${problem.message}`));
  }

  check() {
    if (this.waiting && (this.ended || this.waiting.condition())) {
      this.waiting.resolve();
      this.waiting = null;
    }
  }

  until(condition) {
    return new Promise((resolve) => {
      this.waiting = { condition, resolve };
      this.check();
    });
  }

  pieces(parts, ping) {
    parts.forEach((part, i) => {
      if (i === 1 && ping !== undefined) this.socket.ping(ping);
      this.socket.send(part, { fin: i + 1 === parts.length });
    });
  }

  async act(name, ...args) {
    const socket = this.socket;
    switch (name) {
      case 'text': return socket.send(args[0]);
      case 'binary': return socket.send(pattern(args[0]));
      case 'noise': return socket.send(noise(args[0]));
      case 'long_text': return socket.send(longText(args[0]));
      case 'many':
        for (let i = 0; i < args[0]; ++i) socket.send(`message ${i}`);
        return;
      case 'text_pieces': return this.pieces(...args);
      case 'binary_pieces': return this.pieces(cut(pattern(args[0]), args[1]));
      case 'ping': return socket.ping(args[0]);
      case 'echo': this.echoes = true; return;
      case 'await_messages': return this.until(() => this.messages >= args[0]);
      case 'await_pongs': return this.until(() => this.pongs >= args[0]);
      case 'sleep': return new Promise((resolve) => setTimeout(resolve, args[0] * 1000));
      case 'close': return socket.close(...args);
      case 'drop': return socket.terminate();
      default: throw new Error(`unknown action ${name}`);
    }
  }

  async play() {
    say(`open protocol=${this.socket.protocol} extensions=${this.socket.extensions}`);
    for (const action of this.actions) {
      if (this.socket.readyState !== WebSocket.OPEN) break;
      await this.act(...action);
    }
    await this.closed;
  }
}

const connect = (scene) => new Promise((resolve, reject) => {
  let refused = false;
  const socket = new WebSocket(scene.connect, scene.subprotocols || [], {
    headers: scene.fields,
    perMessageDeflate: scene.deflate || true,
  });
  socket.on('unexpected-response', (request, response) => {
    say(`refused ${response.statusCode}`);
    refused = true;
    request.destroy();
    resolve();
  });
  socket.on('open', () => new Connection(socket, scene.actions).play().then(resolve, reject));
  socket.on('error', (problem) => {
    if (refused || socket.readyState === WebSocket.OPEN) return;
    reject(problem);
  });
});

const listen = (scene) => new Promise((resolve, reject) => {
  const known = scene.subprotocols || [];
  const server = new WebSocket.Server({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: scene.deflate || true,
    handleProtocols: (offered) => [...offered].find((name) => known.includes(name)) || false,
    verifyClient: ({ req: request }, answer) => {
      if (!scene.refuse) return answer(true);
      say(`refused ${scene.refuse}`);
      answer(false, scene.refuse, undefined, {});
      request.socket.on('close', () => finish(resolve));
    },
  });
  const finish = (settle, problem) => {
    server.close();
    settle(problem);
  };
  server.on('listening', () => say(`listening ${server.address().port}`));
  server.on('error', (problem) => finish(reject, problem));
  server.on('connection', (socket) => {
    new Connection(socket, scene.actions).play().then(() => finish(resolve), (problem) => finish(reject, problem));
  });
});

const main = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const scene = JSON.parse(line);
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('time-out')), PATIENCE);
    });
    try {
      await Promise.race([scene.connect ? connect(scene) : listen(scene), late]);
    } catch (problem) {
      say(`error ${problem.name}: ${problem.message}`);
    }
    clearTimeout(timer);
    say('end');
  }
};

main();
