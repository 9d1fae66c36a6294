// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat users
// kill -9 at a random moment under senders at full speed; every acknowledged message is there once, seq has no gap.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { Device, Rest } from '../contract/node/harness/chat.mjs';
import { Server, withPatience } from '../contract/node/harness/server.mjs';

const rounds = Number(process.env.ROUNDS ?? 20);
const pairs = 3;
const window = 8; // messages under way per sender
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/// One person who sends as fast as acknowledgements come, until the line is gone.
class Sender {
  constructor(id, to) {
    this.id = id;
    this.to = to;
    this.count = 0;
    this.acknowledged = new Map(); // clientMessageId -> the stored message
    this.open = []; // clientMessageIds without an answer
  }

  async connect(url) {
    this.device = await new Device(url).connect();
    this.over = false;
    this.device.socket.once('disconnect', () => (this.over = true));
    await this.device.joins(this.id);
  }

  async send(clientMessageId) {
    const lost = new Promise((resolve) => this.device.socket.once('disconnect', () => resolve(undefined)));
    const draft = this.device.draft({ id: this.to }, `text of ${clientMessageId}`, { clientMessageId });
    const answer = await Promise.race([this.device.ask('message:send', draft).catch(() => undefined), lost]);
    if (!answer) return void this.open.push(clientMessageId);
    assert.equal(answer.success, true, JSON.stringify(answer));
    this.acknowledged.set(clientMessageId, answer.data);
  }

  run() {
    const line = async () => {
      while (!this.over) await this.send(`${this.id}-${++this.count}`);
    };
    return Promise.all(Array.from({ length: window }, line));
  }

  /// What a good client does after a crash: the unanswered ones again, under the same clientMessageId.
  async resend() {
    const again = this.open.splice(0);
    await Promise.all(again.map((id) => this.send(id)));
    assert.deepEqual(this.open, []);
  }
}

async function history(rest, sessionId, afterSeq) {
  const messages = [];
  for (;;) {
    const last = messages.at(-1)?.seq ?? afterSeq;
    const { status, body } = await rest.get(`/api/chat/messages/${sessionId}?limit=100&afterSeq=${last}`);
    assert.equal(status, 200);
    messages.push(...body.data);
    if (body.data.length < 100) return messages;
  }
}

test(`${rounds} times kill -9 under load`, async (t) => {
  const people = [];
  for (let i = 0; i < pairs; ++i) people.push(new Sender(`a${i}`, `b${i}`), new Sender(`b${i}`, `a${i}`));
  const sessions = new Map(); // session id -> messages seen so far
  let server = new Server();

  /// Compares what is stored with what was acknowledged, from where the last comparison ended.
  const compare = async () => {
    const rest = new Rest(server.url);
    for (const person of people)
      for (const message of person.acknowledged.values())
        if (!sessions.has(message.sessionId)) sessions.set(message.sessionId, []);
    for (const [sessionId, seen] of sessions) {
      seen.push(...(await history(rest, sessionId, seen.length)));
      assert.deepEqual(seen.map((message) => message.seq), seen.map((_, i) => i + 1), 'seq has no gap');
      assert.equal(new Set(seen.map((message) => message._id)).size, seen.length, 'no id twice');
      assert.equal(new Set(seen.map((message) => message.clientMessageId)).size, seen.length, 'no message twice');
    }
    const stored = new Map([...sessions.values()].flat().map((message) => [message._id, message]));
    for (const person of people) {
      for (const [clientMessageId, message] of person.acknowledged) {
        const found = stored.get(message._id);
        assert.ok(found, `acknowledged and lost: ${clientMessageId}`);
        assert.equal(found.clientMessageId, clientMessageId);
        assert.equal(found.seq, message.seq);
        assert.equal(found.content, `text of ${clientMessageId}`);
      }
    }
    return stored.size;
  };

  /// The list of sessions shows the newest message that is stored.
  const compareLists = async () => {
    const rest = new Rest(server.url);
    for (const { id } of people) {
      for (const session of (await rest.get(`/api/chat/sessions/${id}`)).body.data) {
        const [newest] = (await rest.get(`/api/chat/messages/${session._id}?limit=1`)).body.data;
        assert.equal(session.lastMessage?._id, newest?._id);
      }
    }
  };

  for (let round = 1; round <= rounds; ++round) {
    await server.start();
    await compareLists();
    await Promise.all(people.map((person) => person.connect(server.url)));
    await Promise.all(people.map((person) => person.resend()));
    const stored = await compare();
    const before = people.reduce((sum, person) => sum + person.acknowledged.size, 0);
    assert.equal(stored, before, 'after resending, stored and acknowledged are the same');
    const running = people.map((person) => person.run());
    await sleep(50 + Math.random() * 700);
    server.expectedEnd = true;
    server.signal('SIGKILL');
    await server.exited;
    await withPatience(Promise.all(running), 'the senders to notice');
    people.forEach((person) => person.device.leaves());
    const now = people.reduce((sum, person) => sum + person.acknowledged.size, 0);
    t.diagnostic(`round ${round}: ${now - before} acknowledged, ${people.reduce((sum, p) => sum + p.open.length, 0)} unanswered`);
    server = new Server({ folder: server.folder });
  }
  await server.start();
  await compare();
  sessions.forEach((seen) => seen.splice(0));
  const total = await compare(); // once more, from the first message
  t.diagnostic(`${total} messages in ${sessions.size} sessions`);
  assert.ok(total >= rounds * 10);
  await server.stop();
  fs.rmSync(server.folder, { recursive: true, force: true });
});
