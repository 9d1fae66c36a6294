// SPDX-License-Identifier: Apache-2.0
// Engine.IO and Socket.IO by hand, for what a well-behaved client library never sends.
import { once } from 'node:events';
import WebSocket from 'ws';
import { patience, withPatience } from './server.mjs';

const separator = '\x1e';

/// One Engine.IO session over long-polling.
export class Polling {
  constructor(url) {
    this.base = `${url}/socket.io/?EIO=4&transport=polling`;
    this.waiting = [];
  }

  async open() {
    const packets = await this.poll();
    if (!packets[0]?.startsWith('0')) throw new Error(`no open packet: ${packets}`);
    this.handshake = JSON.parse(packets[0].slice(1));
    this.base += `&sid=${this.handshake.sid}`;
    this.waiting.push(...packets.slice(1));
    return this;
  }

  request(options) {
    return fetch(this.base, { signal: AbortSignal.timeout(patience), ...options });
  }

  /// One GET: the packets of its payload.
  async poll() {
    const response = await this.request();
    if (response.status !== 200) throw new Error(`poll: HTTP ${response.status} ${await response.text()}`);
    return (await response.text()).split(separator);
  }

  post(...packets) {
    return this.request({
      method: 'POST',
      headers: { 'Content-Type': 'text/plain;charset=UTF-8' },
      body: packets.join(separator),
    });
  }

  /// The next packet that fits, answering pings meanwhile.
  async next(fits = () => true) {
    for (;;) {
      while (this.waiting.length > 0) {
        const packet = this.waiting.shift();
        if (packet === '2') await this.post('3');
        else if (fits(packet)) return packet;
      }
      this.waiting = await this.poll();
    }
  }

  /// Polls until the session is gone; a last poll or two may still bring what was queued and the close packet.
  async ends() {
    for (let polls = 0; polls < 4; ++polls) {
      const response = await this.request();
      await response.text();
      if (response.status === 400) return;
    }
    throw new Error('the session goes on');
  }

  /// Enters a namespace of Socket.IO.
  async enter(nameSpace = '/') {
    const prefix = nameSpace === '/' ? '40' : `40${nameSpace},`;
    await this.post(prefix);
    return this.next((packet) => packet.startsWith('40') || packet.startsWith('44'));
  }
}

/// One WebSocket, read message by message.
export class Wire {
  constructor(address, options) {
    this.socket = new WebSocket(address, options);
    this.messages = [];
    this.waiting = [];
    this.socket.on('message', (data, binary) => {
      const message = binary ? data : data.toString();
      const reader = this.waiting.shift();
      if (reader) reader(message);
      else this.messages.push(message);
    });
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    this.socket.on('error', () => {});
  }

  async open() {
    const failed = this.closed.then(() => {
      throw new Error('the WebSocket was refused');
    });
    failed.catch(() => {});
    await withPatience(Promise.race([once(this.socket, 'open'), failed]), 'the WebSocket');
    return this;
  }

  send(message) {
    this.socket.send(message);
  }

  next() {
    if (this.messages.length > 0) return Promise.resolve(this.messages.shift());
    return withPatience(new Promise((resolve) => this.waiting.push(resolve)), 'a message on the WebSocket');
  }

  /// The next message that fits, answering Engine.IO pings meanwhile.
  async nextThat(fits) {
    for (;;) {
      const message = await this.next();
      if (message === '2') this.send('3');
      else if (fits(message)) return message;
    }
  }

  end() {
    this.socket.terminate();
  }
}

/// Engine.IO over WebSocket, with the open packet read.
export async function engineSocket(url, options) {
  const wire = await new Wire(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, options).open();
  wire.handshake = JSON.parse((await wire.next()).slice(1));
  return wire;
}

/// The same, inside a namespace of Socket.IO.
export async function enteredSocket(url, nameSpace = '/', options = undefined) {
  const wire = await engineSocket(url, options);
  wire.send(nameSpace === '/' ? '40' : `40${nameSpace},`);
  wire.connectPacket = await wire.nextThat((message) => message.startsWith('40'));
  return wire;
}
