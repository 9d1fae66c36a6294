// SPDX-License-Identifier: Apache-2.0
// People who go on living, whatever happens to their connections, and keep a ledger of all that they were told.
import assert from 'node:assert/strict';
import { setTimeout as after } from 'node:timers/promises';
import { Rest, io } from '../contract/node/harness/chat.mjs';
import { enteredSocket } from '../contract/node/harness/engine_io.mjs';
import { withPatience } from '../contract/node/harness/server.mjs';

export const pick = (list) => list[Math.floor(Math.random() * list.length)];
const transient = ['UNAVAILABLE', 'FEATURE_DISABLED']; // the server or the plugin is away; trying again helps

/// Someone with one device, who connects again when the line breaks and sends again what nobody has acknowledged.
export class Person {
  constructor(id, life) {
    this.id = id;
    this.life = life;
    this.acknowledged = new Map(); // clientMessageId -> {sessionId, seq, _id}
    this.open = []; // drafts without an acknowledgement
    this.count = 0;
    this.connections = 0;
    this.doubled = []; // ids of messages that came twice over one connection
    this.unordered = []; // ids of messages that came before an earlier one of their session
  }

  async connect() {
    while (!this.socket?.connected) {
      this.socket?.disconnect();
      const socket = io(this.life.url, { transports: pick([['websocket'], ['polling', 'websocket']]), forceNew: true, reconnection: false });
      this.socket = socket;
      this.listen(socket);
      this.lost = new Promise((resolve) => socket.once('disconnect', resolve).once('connect_error', resolve));
      const connected = new Promise((resolve) => socket.once('connect', () => resolve(true)));
      const isThere = await withPatience(Promise.race([connected, this.lost.then(() => false)]), `the connection of ${this.id}`);
      if (isThere && (await this.ask('user:join', { id: this.id, username: this.id }))?.success) break;
      socket.disconnect();
      await after(20 + Math.random() * 80);
    }
    ++this.connections;
  }

  listen(socket) {
    const last = new Map(); // session -> the highest seq
    socket.on('message:receive', ({ message: { _id, sessionId, seq } }) => {
      const before = last.get(sessionId) ?? 0;
      if (seq === before) this.doubled.push(_id);
      if (seq < before) this.unordered.push(_id);
      last.set(sessionId, Math.max(before, seq));
    });
  }

  /// The answer; nothing when the line breaks first.
  async ask(event, ...args) {
    const answer = this.socket.emitWithAck(event, ...args).catch(() => undefined);
    return withPatience(Promise.race([answer, this.lost.then(() => undefined)]), `the answer to ${event}`);
  }

  async send(draft) {
    const begun = performance.now();
    const answer = await this.ask('message:send', draft);
    if (!answer?.success) {
      this.open.push(draft);
      assert.ok(!answer || transient.includes(answer.code), JSON.stringify(answer));
      return;
    }
    if (this.life.times) this.life.times.push([begun, performance.now() - begun]);
    const { sessionId, seq, _id } = answer.data;
    this.acknowledged.set(draft.clientMessageId, { sessionId, seq, _id });
  }

  draft() {
    const clientMessageId = `${this.id}-${++this.count}`;
    const to = Math.random() < 0.7 ? { receiverId: pick(this.life.people).id } : { sessionId: this.life.group };
    if (to.receiverId === this.id) return this.draft();
    return { ...to, senderId: this.id, content: `text of ${clientMessageId}`, messageType: 'text', clientMessageId };
  }

  /// What people do beside writing. What fails is no matter.
  async idle() {
    const { life } = this;
    const ways = [
      () => this.ask('typing:start', { sessionId: life.group, userId: this.id }),
      () => this.ask('session:read', { sessionId: life.group, userId: this.id }),
      () => this.ask('chat:history', { sessionId: life.group, page: 1, limit: 20 }),
      () => this.ask('users:online'),
      () => this.ask('unread:count', this.id),
    ];
    await pick(ways)();
  }

  async live() {
    while (!this.life.isOver) {
      if (!this.socket?.connected) await this.connect();
      await this.send(this.open.shift() ?? this.draft());
      if (Math.random() < 0.3) await this.idle();
      await after(Math.random() * 2 * this.life.pace);
    }
  }

  /// Until everything that was ever sent is acknowledged.
  async settle() {
    while (this.open.length > 0) {
      if (!this.socket?.connected) await this.connect();
      await this.send(this.open.shift());
      if (this.open.length > 0) await after(10);
    }
  }

  /// The line breaks, over WebSocket without a word.
  drops() {
    if (!this.socket?.connected) return;
    const { ws } = this.socket.io.engine.transport;
    if (ws) ws.terminate();
    else this.socket.disconnect();
  }
}

export class Life {
  /// `pace`: milliseconds from one message of a person to the next.
  constructor(server, { count = 12, pace = 40, measured = false } = {}) {
    this.server = server;
    this.pace = pace;
    this.people = Array.from({ length: count }, (_, i) => new Person(`person${i}`, this));
    this.times = measured ? [] : undefined;
    this.isOver = false;
    this.slow = 0;
  }

  get url() {
    return this.server.url;
  }

  async begin() {
    await Promise.all(this.people.map((person) => person.connect()));
    const participants = [...this.people.map(({ id }) => id), 'slow'];
    const body = { sessionName: 'all', creatorId: this.people[0].id, participants };
    const made = await new Rest(this.url).post('/api/chat/sessions/group', body);
    assert.equal(made.status, 201, made.text);
    this.group = made.body.data._id;
    this.lives = Promise.all(this.people.map((person) => person.live()));
    this.lives.catch(() => (this.isOver = true)); // awaited at the end
  }

  /// One who reads nothing for a while, of what the group writes.
  async slowReader(milliseconds) {
    const wire = await enteredSocket(this.url).catch(() => undefined);
    if (!wire) return;
    ++this.slow;
    wire.send('420["user:join",{"id":"slow","username":"slow"}]');
    wire.socket.pause();
    await after(milliseconds);
    wire.end();
  }

  async end() {
    this.isOver = true;
    await this.lives;
    await Promise.all(this.people.map((person) => person.settle()));
  }

  leave() {
    this.isOver = true;
    for (const person of this.people) person.socket?.disconnect();
  }

  /// Holds what is stored against what was acknowledged; the number of messages.
  async compare() {
    const rest = new Rest(this.url);
    const sessions = new Map(); // id -> messages
    let acknowledged = 0;
    for (const { id, acknowledged: ledger, doubled, unordered } of this.people) {
      assert.deepEqual([doubled, unordered], [[], []], `what came to ${id} twice, or out of order`);
      acknowledged += ledger.size;
      for (const { sessionId } of ledger.values())
        if (!sessions.has(sessionId)) sessions.set(sessionId, await history(rest, sessionId));
    }
    let stored = 0;
    for (const [sessionId, messages] of sessions) {
      stored += messages.length;
      assert.deepEqual(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1), `seq of ${sessionId}`);
      assert.equal(new Set(messages.map(({ clientMessageId }) => clientMessageId)).size, messages.length, 'no message twice');
    }
    for (const { acknowledged: ledger } of this.people) {
      for (const [clientMessageId, { sessionId, seq, _id }] of ledger) {
        const found = sessions.get(sessionId)[seq - 1];
        assert.deepEqual([found?._id, found?.clientMessageId, found?.content], [_id, clientMessageId, `text of ${clientMessageId}`]);
      }
    }
    assert.equal(stored, acknowledged, 'all that is stored was acknowledged in the end');
    return stored;
  }
}

async function history(rest, sessionId) {
  const messages = [];
  for (;;) {
    const { status, body } = await rest.get(`/api/chat/messages/${sessionId}?limit=100&afterSeq=${messages.length}`);
    assert.equal(status, 200);
    messages.push(...body.data.map(({ _id, seq, clientMessageId, content }) => ({ _id, seq, clientMessageId, content })));
    if (body.data.length < 100) return messages;
  }
}
