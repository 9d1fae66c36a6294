// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat group_chat read_receipts search stats users
// Needs MONGODB_TEST_URI: a server that speaks MongoDB's protocol
// Parley takes over the database of a Node server with Mongoose: what it answers is what that server answered.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Device } from './harness/chat.mjs';
import { Server, until } from './harness/server.mjs';
import { Answers, comparable, differences } from './harness/takeover.mjs';

const server = process.env.MONGODB_TEST_URI;
const legacy = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../legacy');
const installed = fs.existsSync(path.join(legacy, 'node_modules'));
const skip = !server ? 'MONGODB_TEST_URI names no server: see tests/mongodb/run'
  : !installed && 'the Node server is not installed: npm ci --prefix tests/contract/legacy';

// Where the server reads along indexes, as FerretDB does not, many more take no longer.
const messages = Number(process.env.TAKEOVER_MESSAGES ?? 600);
const asking = Number(process.env.TAKEOVER_PEOPLE ?? 6);
const timeout = 3_600_000;

const theirs = ['users', 'chatsessions', 'messages', 'onlineusers'];
const ours = ['chatmembers', 'readstates'];
const name = `parley_takeover_${process.pid}`;

let harness;
let database;
let everybody;
let people; // those among them who ask
let original; // what the Node server answered
let found; // and what it found
let untouched; // what it has stored
const uri = () => harness.uriOf(server, name);

const parleyOn = (database) => ({ env: { MONGODB_TEST_URI: undefined }, set: { 'storage.driver': 'mongodb', 'storage.mongodb.uri': server, 'storage.mongodb.socketTimeout': 120_000, 'storage.mongodb.database': database } });

before(async () => {
  if (skip) return;
  harness = await import('../legacy/harness.mjs');
  database = await new harness.Database().open(uri());
  const node = await new harness.NodeServer().start(uri());
  everybody = await harness.fill(uri(), node.url, { messages, rounds: Math.ceil(messages / 30) });
  people = [12, 13, 0, 24, 14, 4, 1, 2, 6, 16, 23, 26].slice(0, asking).map((number) => everybody[number]);
  original = await new Answers(node.url, people).record();
  found = await new Answers(node.url, people).found();
  await node.stop();
  untouched = await database.dump(theirs);
}, { timeout });

after(async () => {
  if (database?.db) await database.drop();
});

/// A start that may take as long as a migration does.
async function start(parley) {
  const from = parley.log().length;
  parley.launch();
  let ended;
  parley.end.then((result) => (ended = result));
  for (;;) {
    const match = parley.log().slice(from).match(/listening on (http:\/\/\S+)/);
    if (match) return Object.assign(parley, { url: match[1] });
    assert.ok(!ended, parley.log().slice(-4000));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const startOn = (database) => start(new Server(parleyOn(database)));

const stage = async () => (await database.collection('migrations').findOne({ _id: 'mongoose' }))?.stage;

/// Nothing that the Node server stored has changed.
async function expectUntouched(from = untouched) {
  const now = await database.dump(theirs);
  for (const [document, fields] of from)
    for (const [field, value] of fields) assert.equal(now.get(document)?.get(field), value, `${document}.${field}`);
}

test('a migration that is killed again and again ends as one that is not', { skip, timeout }, async (t) => {
  const other = await new harness.Database().open(harness.uriOf(server, `${name}_twin`));
  await database.copyTo(other, theirs);
  const twin = await startOn(`${name}_twin`);
  await twin.stop();

  const parley = new Server(parleyOn(name));
  let kills = 0;
  let refused = 0;
  for (let round = 0; round < 30 && kills < 6; ++round) {
    parley.expectedEnd = true;
    const from = parley.log().length;
    parley.launch();
    let ended;
    parley.end.then((result) => (ended = result));
    const port = (await until(() => {
      if (ended) throw new Error(parley.log());
      return parley.log().slice(from).match(/port (\d+) answers|listening on/);
    }))[1];
    if (!port) {
      parley.signal('SIGKILL');
      await parley.exited;
      break;
    }
    if (round === 0) {
      const ready = await fetch(`http://127.0.0.1:${port}/api/ready`);
      const page = await fetch(`http://127.0.0.1:${port}/api/chat/users`);
      const erasure = await fetch(`http://127.0.0.1:${port}/api/admin/users/alice`, { method: 'DELETE' });
      const socket = await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`);
      if ((await stage()) !== 'done') {
        assert.equal(ready.status, 503);
        assert.equal((await ready.json()).status, 'migrating');
        assert.equal((await page.json()).code, 'UNAVAILABLE');
        assert.equal((await erasure.json()).code, 'UNAVAILABLE');
        assert.equal(socket.status, 503);
        refused = 4;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50 + 211 * round));
    parley.signal('SIGKILL');
    await parley.exited;
    if ((await stage()) !== 'done') ++kills;
  }
  t.diagnostic(`killed ${kills} times in the middle`);
  assert.ok(kills >= 3, `killed only ${kills} times in the middle`);
  assert.equal(refused, 4);
  await start(parley);
  await parley.stop();
  assert.equal(await stage(), 'done');
  assert.deepEqual(await database.dump([...theirs, ...ours]), await other.dump([...theirs, ...ours]));
  await other.drop();
  await expectUntouched();
});

test('what the Node server answered is what Parley answers', { skip, timeout }, async () => {
  const parley = await startOn(name);
  try {
    const asked = new Answers(parley.url, people);
    assert.deepEqual(differences(comparable(original), comparable(await asked.record())), []);
    // The index is made in the background.
    await until(async () => differences(found, await asked.found()).length === 0, 'the same findings');
  } finally {
    await parley.stop();
  }
});

test('a second migration changes nothing', { skip, timeout }, async () => {
  const once = await database.dump([...theirs, ...ours]);
  await database.collection('migrations').updateOne({ _id: 'mongoose' }, { $set: { stage: 'sessions' } });
  const parley = await startOn(name);
  await parley.stop();
  assert.equal(await stage(), 'done');
  assert.deepEqual(await database.dump([...theirs, ...ours]), once);
});

test('the Node server still answers as it did', { skip, timeout }, async () => {
  const node = await new harness.NodeServer().start(uri());
  const some = people.slice(0, 3);
  const again = comparable(await new Answers(node.url, some).record());
  await node.stop();
  const before = comparable(original);
  for (const part of ['sessions', 'unread', 'stats'])
    for (const id of some) assert.deepEqual(differences(before[part][id], again[part][id]), []);
  for (const id of Object.keys(again.history)) assert.deepEqual(differences(before.history[id], again.history[id]), []);
});

test('numbers go on without a gap, also after the Node server has written again', { skip, timeout }, async () => {
  const [one, other] = [everybody[12], everybody[13]];
  const send = (from, to, content, more = {}) => from.ask('message:send',
    { senderId: from.id, receiverId: to, content, messageType: 'text', ...more });
  const seqsOf = async (sessionId) => (await database.collection('messages')
    .find({ sessionId: harness.idOf(sessionId) }).sort({ seq: 1 }).toArray()).map((message) => Number(message.seq));

  let parley = await startOn(name);
  let device = await (await new Device(parley.url).connect()).joins(one, { username: 'user012' });
  const sent = (await send(device, other, '又见面了')).data;
  const before = await seqsOf(sent.sessionId);
  assert.equal(sent.seq, before.length);
  assert.deepEqual(before, before.map((_, i) => i + 1));
  // Of the sessions that the two have, it is the one that was used last.
  const theirSessions = original.sessions[one].filter((session) => session.participants.every(({ _id }) => [one, other].includes(_id)));
  assert.ok(theirSessions.length >= 3);
  assert.equal(sent.sessionId, theirSessions[0]._id);
  device.leaves();
  await parley.stop();

  const node = await new harness.NodeServer().start(uri());
  for (const content of ['again', 'and again']) {
    const response = await fetch(`${node.url}/api/chat/messages`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sessionId: sent.sessionId, senderId: other, receiverId: one, content, messageType: 'text' }),
    });
    assert.equal(response.status, 200, await response.text());
  }
  await node.stop();

  parley = await startOn(name);
  device = await (await new Device(parley.url).connect()).joins(one, { username: 'user012' });
  const last = (await send(device, other, 'and now?')).data;
  assert.equal(last.seq, before.length + 3);
  const seqs = await seqsOf(sent.sessionId);
  assert.deepEqual(seqs, seqs.map((_, i) => i + 1));
  const unread = await new Answers(parley.url, people).ask(`/api/chat/messages/unread/${one}`);
  assert.equal(unread.data.sessions[sent.sessionId], (original.unread[one].sessions[sent.sessionId] ?? 0) + 2);
  device.leaves();
  await parley.stop();
});
