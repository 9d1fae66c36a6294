// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat read_receipts search typing users
// Needs MONGODB_TEST_URI: a server that speaks MongoDB's protocol
// A database that is slow, answers no more, and goes away, seen by the clients of one server that is never restarted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { Proxy } from './harness/proxy.mjs';
import { startServer, until } from './harness/server.mjs';

const maxQueued = 6;
let proxy;
let server;
let chat;
let alice; // whom all write to
let bob; // who types
let writers; // more than the queue takes
let readers; // more than there are workers
let typing;
const sessions = new Map(); // of each writer
const acknowledged = new Map(); // content -> number
const sentBy = new Map(); // writer -> the contents

before(async () => {
  const uri = new URL(process.env.MONGODB_TEST_URI);
  proxy = await new Proxy(Number(uri.port || 27017)).start();
  uri.port = new URL(proxy.url).port;
  uri.searchParams.set('directConnection', 'true');
  server = await startServer({
    set: {
      'storage.mongodb.uri': uri.href,
      'storage.mongodb.socketTimeout': 1_500,
      'storage.mongodb.connectTimeout': 1_000,
      'storage.mongodb.serverSelectionTimeout': 1_000,
      'storage.mongodb.queueWait': 1_000,
      'storage.mongodb.maxQueuedWrites': maxQueued,
      'chat.sendTimeout': 5_000,
      'server.workers': 16,
    },
  });
  chat = new Chat(server);
  const enter = (name, count) => Promise.all(Array.from({ length: count }, (_, i) => chat.enters(`${name}${i}`)));
  [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  [writers, readers] = [await enter('writer', 2 * maxQueued), await enter('reader', 20)];
  typing = { sessionId: (await chat.privateSession(alice, bob))._id, userId: bob.id, receiverId: alice.id };
  await bob.ask('typing:stop', typing);
  for (const writer of writers) {
    sessions.set(writer, (await chat.privateSession(writer, alice))._id);
    sentBy.set(writer, []);
  }
  for (const writer of writers) assert.ok((await send(writer, draftOf(writer))).stored);
});

after(async () => {
  proxy?.mend();
  chat?.end();
  await server?.stop();
  proxy?.stop();
});

function draftOf(writer) {
  const content = `message ${sentBy.get(writer).length} of ${writer.id}`;
  sentBy.get(writer).push(content);
  return { content, clientMessageId: content };
}

async function send(writer, draft) {
  const answer = await writer.ask('message:send', writer.draft(alice, draft.content, draft));
  if (answer.success) acknowledged.set(draft.content, answer.data.seq);
  else assert.equal(answer.code, 'UNAVAILABLE', JSON.stringify(answer));
  return { writer, draft, stored: answer.success };
}

/// So many messages of each writer, all on their way at once, each with an id of its own; what became of each.
function sends(count) {
  return Promise.all(writers.flatMap((writer) => Array.from({ length: count }, () => send(writer, draftOf(writer)))));
}

/// What needs no store goes on: typing, in order, health, metrics.
async function goesOn() {
  const from = alice.all('typing:start').length + alice.all('typing:stop').length;
  const told = Array.from({ length: 20 }, (_, i) => (i % 2 ? 'typing:stop' : 'typing:start'));
  for (const event of told) {
    assert.deepEqual(await bob.ask(event, typing), { success: true, data: typing });
    await alice.hears(event);
  }
  assert.deepEqual(alice.heard.map(({ event }) => event).filter((event) => event.startsWith('typing:')).slice(from), told);
  assert.equal((await chat.rest.get('/api/health')).status, 200);
  assert.ok((await queued()) <= maxQueued);
}

async function queued() {
  const { text } = await chat.rest.get('/metrics');
  return Number(text.match(/^parley_store_writes_queued (\d+)$/m)[1]);
}

const isReady = async () => (await chat.rest.get('/api/ready')).status === 200;

/// The history from its beginning.
async function history(session) {
  const { status, body } = await chat.rest.get(`/api/chat/messages/${session}?limit=100&afterSeq=0`);
  assert.equal(status, 200);
  return body.data;
}

/// Everything that was acknowledged is there with its number, and what is sent again is there once.
async function nothingIsLostOrDoubled(refused) {
  for (const { writer, draft } of refused) await until(async () => (await send(writer, draft)).stored, 'a message to be stored');
  for (const writer of writers) {
    const stored = await history(sessions.get(writer));
    assert.deepEqual(stored.map(({ seq }) => seq), stored.map((_, i) => i + 1));
    assert.deepEqual(stored.map(({ content }) => content).sort(), [...sentBy.get(writer)].sort());
    for (const { content, seq } of stored) assert.equal(acknowledged.get(content), seq, content);
  }
}

const refusedOf = async (sending) => (await sending).filter(({ stored }) => !stored);

test('a slow database: what needs it is slow, what does not is not', { timeout: 300_000 }, async () => {
  proxy.slow(100);
  const sending = sends(10);
  await goesOn();
  const refused = await refusedOf(sending);
  proxy.mend();
  await until(isReady, 'the server to be ready');
  await nothingIsLostOrDoubled(refused);
});

for (const [what, begin, end] of [
  ['that answers no more', () => proxy.hold(), () => (proxy.cut(), proxy.mend())],
  ['that has gone away', () => proxy.cut(), () => proxy.mend()],
]) {
  test(`a database ${what}`, { timeout: 300_000 }, async (t) => {
    await until(isReady, 'the server to be ready');
    t.after(end);
    begin();
    const sending = sends(2);
    const reading = readers.flatMap(({ id }) => [`unread/${id}`, `search?userId=${id}&keyword=message`])
      .map((path) => chat.rest.get(`/api/chat/messages/${path}`));
    await goesOn();
    assert.equal(await isReady(), false);
    for (const { status, body } of await Promise.all(reading)) assert.deepEqual([status, body.code], [503, 'UNAVAILABLE']);
    const refused = await refusedOf(sending);
    assert.ok(refused.length > 0);
    await goesOn();

    end();
    await until(isReady, 'the server to be ready again');
    await nothingIsLostOrDoubled(refused);
    assert.equal(server.log().match(/is ready, listening/g).length, 1, 'it was not started anew');
  });
}
