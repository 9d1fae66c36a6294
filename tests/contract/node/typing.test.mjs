// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: private_chat typing users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat, scene, ways } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer({ set: { 'plugins.typing.timeout': 1000 } })));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  test(`bob hears that alice is typing and that she stops, ${way}`, scene(() => server, transports, async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const session = await chat.privateSession(alice, bob);
    const data = { sessionId: session._id, userId: alice.id };
    assert.deepEqual(await alice.ask('typing:start', data), { success: true, data });
    assert.deepEqual(await bob.hears('typing:start'), data);
    assert.deepEqual(await alice.ask('typing:stop', { ...data, receiverId: '' }), { success: true, data });
    assert.deepEqual(await bob.hears('typing:stop'), data);
    alice.tell('typing:start', { ...data, receiverId: bob.id });
    assert.deepEqual(await bob.hears('typing:start'), { ...data, receiverId: bob.id });
    assert.deepEqual(alice.all('typing:start'), []);
  }));
}

test('a start that is not renewed ends by itself; so does one whose socket goes', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const session = await chat.privateSession(alice, bob);
  const data = { sessionId: session._id, userId: alice.id };
  alice.tell('typing:start', data);
  assert.deepEqual(await bob.hears('typing:stop'), data);
  alice.tell('typing:start', data);
  await bob.hears('typing:start');
  await bob.hears('typing:start');
  alice.leaves();
  assert.deepEqual(await bob.hears('typing:stop'), data);
}));

test('only participants type, and only for themselves', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const carol = await chat.enters('carol');
  const session = await chat.privateSession(alice, bob);
  for (const event of ['typing:start', 'typing:stop']) {
    isFailure(await carol.ask(event, { sessionId: session._id, userId: carol.id }), 'FORBIDDEN');
    isFailure(await alice.ask(event, { sessionId: session._id, userId: bob.id }), 'FORBIDDEN', { names: 'userId' });
    isFailure(await alice.ask(event, { userId: alice.id }), 'VALIDATION_FAILED', { names: 'sessionId' });
    isFailure(await alice.ask(event, { sessionId: session._id, receiverId: carol.id }), 'VALIDATION_FAILED', { names: 'receiverId' });
  }
  assert.deepEqual(bob.all('typing:start'), []);
}));

testWith('messaging', 'switched off, it answers FEATURE_DISABLED', async () => {
  const off = await startServer({ set: { 'plugins.typing.enabled': false } });
  const chat = new Chat(off);
  try {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const session = await chat.privateSession(alice, bob);
    for (const event of ['typing:start', 'typing:stop']) isFailure(await alice.ask(event, { sessionId: session._id }), 'FEATURE_DISABLED');
    await alice.sends(bob, 'hello');
    await bob.receives('hello');
  } finally {
    chat.end();
    await off.stop();
  }
});
