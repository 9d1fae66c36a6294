// SPDX-License-Identifier: Apache-2.0
// Named people who act out a chat. A Device is one Socket.IO client; it remembers everything it heard, in order.
import { io } from 'socket.io-client';
import { checkAcknowledgement, checkEvent, checkResponse } from './contract.mjs';
import { patience, withPatience } from './server.mjs';

export { io }; // for what is not below this folder

export const ways = {
  'polling only': ['polling'],
  'WebSocket only': ['websocket'],
  upgrade: ['polling', 'websocket'],
};

export class Device {
  constructor(url, { transports = ['websocket'], nameSpace = '/', ...options } = {}) {
    this.transports = transports;
    this.isStandard = nameSpace === '/';
    this.heard = [];
    this.waiting = [];
    this.socket = io(url + nameSpace, {
      transports,
      forceNew: true,
      reconnection: false,
      autoConnect: false,
      ...options,
    });
    this.socket.onAny((event, ...args) => {
      if (this.isStandard) checkEvent(event, args);
      this.note(event, args);
    });
    this.socket.on('connect_error', (error) => this.note('connect_error', [error]));
    this.socket.on('disconnect', (reason) => this.note('disconnect', [reason]));
  }

  /// Connected, and upgraded when that was asked for.
  async connect() {
    const connected = new Promise((resolve, reject) => {
      this.socket.once('connect', resolve);
      this.socket.once('connect_error', reject);
    });
    let upgraded;
    if (this.transports.length > 1) {
      upgraded = new Promise((resolve) => {
        this.socket.io.once('open', () => this.socket.io.engine.once('upgrade', resolve));
      });
    }
    this.socket.connect();
    await withPatience(connected, 'the connection');
    if (upgraded) await withPatience(upgraded, 'the upgrade');
    return this;
  }

  get transport() {
    return this.socket.io.engine.transport.name;
  }

  note(event, args) {
    const entry = { event, args, taken: false };
    this.heard.push(entry);
    for (const wait of [...this.waiting]) {
      if (!entry.taken && wait.wants(entry)) {
        entry.taken = true;
        this.waiting.splice(this.waiting.indexOf(wait), 1);
        wait.resolve(entry.args[0]);
      }
    }
  }

  /// The first argument of the first `event` that fits and was not yet taken; waits for it when it has not come yet.
  hears(event, fits = () => true) {
    const wants = (entry) => entry.event === event && fits(...entry.args);
    const there = this.heard.find((entry) => !entry.taken && wants(entry));
    if (there) {
      there.taken = true;
      return Promise.resolve(there.args[0]);
    }
    return withPatience(new Promise((resolve) => this.waiting.push({ wants, resolve })), `${event} at ${this.id ?? 'a device'}`);
  }

  /// All that came under that name, taken or not.
  all(event) {
    return this.heard.filter((entry) => entry.event === event).map((entry) => entry.args[0]);
  }

  /// Emits and waits for the acknowledgement.
  async ask(event, ...args) {
    const answer = await this.socket.timeout(patience).emitWithAck(event, ...args);
    if (this.isStandard) checkAcknowledgement(event, args[0], answer);
    return answer;
  }

  tell(event, ...args) {
    this.socket.emit(event, ...args);
  }

  async joins(id, more = {}) {
    this.id = id;
    const answer = await this.ask('user:join', { id, username: id, ...more });
    if (!answer.success) throw new Error(`user:join failed: ${JSON.stringify(answer)}`);
    this.user = answer.data;
    return this;
  }

  /// Sends a text and gives the stored message. `to`: a device of the receiver.
  async sends(to, content, more = {}) {
    const answer = await this.ask('message:send', this.draft(to, content, more));
    if (!answer.success) throw new Error(`message:send failed: ${JSON.stringify(answer)}`);
    return answer.data;
  }

  draft(to, content, more = {}) {
    return { senderId: this.id, receiverId: to.id, content, messageType: 'text', ...more };
  }

  async receives(content) {
    return (await this.hears('message:receive', (data) => data.message.content === content)).message;
  }

  received() {
    return this.all('message:receive').map((data) => data.message.content);
  }

  leaves() {
    this.socket.disconnect();
  }
}

export class Rest {
  constructor(url) {
    this.url = url;
  }
  async call(method, path, body, headers = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
    const text = await response.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    const answer = { status: response.status, headers: response.headers, text, body: json };
    const contentType = headers['Content-Type'] ?? 'application/json';
    checkResponse({ method, path, body: typeof body === 'string' ? undefined : body, contentType }, answer);
    return answer;
  }
  get(path, headers) {
    return this.call('GET', path, undefined, headers);
  }
  post(path, body, headers) {
    return this.call('POST', path, body, headers);
  }
}

let scenes = 0;

/// One scene of a test: its people have ids of their own, so that scenes can share a server.
export class Chat {
  constructor(server, { transports = ['websocket'] } = {}) {
    this.server = server;
    this.transports = transports;
    this.rest = new Rest(server.url);
    this.number = ++scenes;
    this.devices = [];
  }

  idOf(name) {
    return `${name}.${this.number}`;
  }

  device(options = {}) {
    const device = new Device(this.server.url, { transports: this.transports, ...options });
    this.devices.push(device);
    return device;
  }

  /// A connected device that has joined as `name`; a second call is the same person's second device.
  async enters(name, more = {}, options = {}) {
    const device = await this.device(options).connect();
    return device.joins(this.idOf(name), more);
  }

  async privateSession(one, other) {
    const made = await this.rest.post('/api/chat/sessions/private', { userId1: one.id, userId2: other.id });
    return made.body.data;
  }

  end() {
    for (const device of this.devices) device.leaves();
  }
}

/// A test with a scene of its own.
export function scene(serverOf, transports, play) {
  return async (t) => {
    const chat = new Chat(serverOf(), { transports });
    try {
      await play(chat, t);
    } finally {
      chat.end();
    }
  };
}
