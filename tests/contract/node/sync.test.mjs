// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat, scene, ways } from './harness/chat.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isMessage } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  test(`bob comes back and gets what he has missed, ${way}`, scene(() => server, transports, async (chat) => {
    const alice = await chat.enters('alice');
    const carol = await chat.enters('carol');
    const bob = await chat.enters('bob');
    const { sessionId } = await alice.sends(bob, 'heard');
    const quiet = await carol.sends(bob, 'heard too');
    bob.leaves();
    for (let i = 0; i < 5; ++i) await alice.sends(bob, `missed ${i}`);
    const dave = await chat.enters('dave');
    const fresh = await dave.sends(bob, 'hello, I am new');

    const back = await chat.enters('bob');
    const seen = { [sessionId]: 1, [quiet.sessionId]: 1, '0123456789abcdef01234567': 4 };
    const answer = await back.ask('sync', { sessions: seen, limit: 3 });
    assert.equal(answer.success, true);
    assert.deepEqual(Object.keys(answer.data.sessions), [sessionId]);
    const part = answer.data.sessions[sessionId];
    assert.deepEqual(part.messages.map((m) => m.content), ['missed 0', 'missed 1', 'missed 2']);
    part.messages.forEach((message) => isMessage(message));
    assert.equal(part.hasMore, true);
    assert.equal(part.nextSeq, 4);
    assert.deepEqual(answer.data.others, [{ sessionId: fresh.sessionId, lastSeq: 1 }]);
    assert.deepEqual(answer.data.gone, ['0123456789abcdef01234567']);

    const rest = await back.ask('sync', { sessions: { ...seen, [sessionId]: part.nextSeq, [fresh.sessionId]: 0 } });
    assert.deepEqual(rest.data.sessions[sessionId].messages.map((m) => m.seq), [5, 6]);
    assert.equal(rest.data.sessions[sessionId].hasMore, false);
    assert.deepEqual(rest.data.sessions[fresh.sessionId].messages.map((m) => m.content), ['hello, I am new']);
    assert.deepEqual(rest.data.others, []);
  }));
}

for (const [how, fetch] of Object.entries({
  'chat:history': (device, sessionId) => device.ask('chat:history', { sessionId }),
  sync: (device, sessionId) => device.ask('sync', { sessions: { [sessionId]: 0 } }),
})) test(`what was written meanwhile is delivered when a device fetches it, ${how}`, scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = { id: chat.idOf('bob') };
  const sent = [await alice.sends(bob, 'one'), await alice.sends(bob, 'two')];
  const { sessionId } = sent[0];
  await fetch(alice, sessionId);  // the sender's own device delivers nothing
  const statuses = async () => (await chat.rest.get(`/api/chat/messages/${sessionId}`)).body.data.map(({ status }) => status);
  assert.deepEqual(await statuses(), ['sent', 'sent']);
  assert.ok((await fetch(await chat.enters('bob'), sessionId)).success);
  for (const { _id: messageId } of sent)
    assert.deepEqual(await alice.hears('message:status'), { messageId, sessionId, userId: bob.id, status: 'delivered' });
  assert.deepEqual(await statuses(), ['delivered', 'delivered']);
  await fetch(await chat.enters('bob'), sessionId);
  await alice.sends(bob, 'three');
  await alice.hears('message:status', (status) => !sent.some(({ _id }) => _id === status.messageId));
  assert.equal(alice.all('message:status').length, 3);
}));

const sizeOf = (messages) => messages.reduce((sum, message) => sum + JSON.stringify(message).length, 0);

for (const [what, set, isWithin] of [
  ['in messages', { 'plugins.messaging.syncMessages': 5 }, (messages) => messages.length <= 5],
  ['in bytes', { 'plugins.messaging.syncBytes': 1000 }, (messages) => sizeOf(messages.slice(0, -1)) < 1000],
]) test(`an answer is bounded over all sessions, ${what}`, async () => {
  const small = await startServer({ set });
  const chat = new Chat(small);
  try {
    const bob = await chat.enters('bob');
    const seen = {};
    for (const name of ['a', 'b', 'c']) {
      const other = await chat.enters(name);
      for (let i = 0; i < 4; ++i) seen[(await other.sends(bob, `${i}`)).sessionId] = 0;
    }
    const got = {};
    for (let round = 0; round < 10; ++round) {
      const { sessions } = (await bob.ask('sync', { sessions: seen })).data;
      const parts = Object.entries(sessions);
      assert.ok(isWithin(parts.flatMap(([, part]) => part.messages)));
      for (const [id, part] of parts) {
        got[id] = [...(got[id] ?? []), ...part.messages.map((m) => m.seq)];
        seen[id] = part.nextSeq;
      }
      if (!parts.some(([, part]) => part.hasMore)) break;
    }
    assert.deepEqual(Object.values(got), Array(3).fill([1, 2, 3, 4]));
  } finally {
    chat.end();
    await small.stop();
  }
});

for (const [way, transports] of Object.entries(ways))
  test(`who reads is not cut off by answers that are larger than what may wait, ${way}`, async () => {
    const narrow = await startServer({ set: { 'realtime.maxQueuedBytes': 65536 } });
    const chat = new Chat(narrow, { transports });
    try {
      const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
      const content = 'x'.repeat(15_000);
      let sessionId;
      for (let i = 0; i < 40; ++i) ({ sessionId } = await alice.sends(bob, content));
      const ids = [alice.socket.id, bob.socket.id];
      const [history] = await Promise.all([
        bob.ask('chat:history', { sessionId, limit: 40 }),
        ...Array.from({ length: 20 }, (_, i) => alice.sends(bob, `meanwhile ${i}`)),
      ]);
      assert.equal(history.data.length, 40);
      for (let i = 0; i < 20; ++i) await bob.receives(`meanwhile ${i}`);
      const { messages, hasMore } = (await bob.ask('sync', { sessions: { [sessionId]: 0 } })).data.sessions[sessionId];
      assert.ok(messages.length > 10 && messages.length < 40 && hasMore);
      assert.deepEqual([alice.socket.id, bob.socket.id], ids);
    } finally {
      chat.end();
      await narrow.stop();
    }
  });

test('what is wrong is named', scene(() => server, ['websocket'], async (chat) => {
  const bob = await chat.enters('bob');
  isFailure(await bob.ask('sync', {}), 'VALIDATION_FAILED', { names: 'sessions' });
  isFailure(await bob.ask('sync', { sessions: [] }), 'VALIDATION_FAILED', { names: 'sessions' });
  isFailure(await bob.ask('sync', { sessions: { abc: -1 } }), 'VALIDATION_FAILED', { names: 'abc' });
  isFailure(await bob.ask('sync', { sessions: { 'a b': 1 } }), 'VALIDATION_FAILED', { names: 'sessions' });
  isFailure(await bob.ask('sync', { sessions: {}, limit: 0 }), 'VALIDATION_FAILED', { names: 'limit' });
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`s${i}`, 0]));
  isFailure(await bob.ask('sync', { sessions: many }), 'VALIDATION_FAILED', { names: 'sessions' });
  const stranger = await chat.device().connect();
  isFailure(await stranger.ask('sync', { sessions: {} }), 'UNAUTHENTICATED');
}));

test('switched off, it answers FEATURE_DISABLED', async () => {
  const off = await startServer({ set: { 'plugins.messaging.enabled': false } });
  const chat = new Chat(off);
  try {
    const bob = await chat.enters('bob');
    isFailure(await bob.ask('sync', { sessions: {} }), 'FEATURE_DISABLED');
  } finally {
    chat.end();
    await off.stop();
  }
});
