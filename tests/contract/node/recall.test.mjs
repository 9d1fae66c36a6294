// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat recall users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat, scene, ways } from './harness/chat.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isMessage, isoTime } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  test(`alice recalls a message; everybody hears it and the content is gone, ${way}`, scene(() => server, transports, async (chat) => {
    const alice = await chat.enters('alice');
    const phone = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const message = await alice.sends(bob, 'oops', { fileUrl: '/f', fileName: 'f.txt', fileSize: 3 });
    const answer = await alice.ask('message:recall', { messageId: message._id, userId: alice.id });
    assert.deepEqual(answer, {
      success: true,
      data: { messageId: message._id, sessionId: message.sessionId, userId: alice.id, recalledAt: answer.data.recalledAt },
    });
    assert.match(answer.data.recalledAt, isoTime);
    for (const device of [alice, phone, bob]) assert.deepEqual(await device.hears('message:recalled'), answer.data);
    const [shown] = (await chat.rest.get(`/api/chat/messages/${message.sessionId}`)).body.data;
    isMessage(shown, { _id: message._id, recalled: true, content: '', fileUrl: '', fileName: '', fileSize: 0, seq: 1 });
  }));
}

test('over REST, and again without another word', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const message = await alice.sends(bob, 'oops');
  const path = `/api/chat/messages/${message._id}/recall`;
  const first = await chat.rest.call('PUT', path, { userId: alice.id });
  assert.equal(first.status, 200);
  const again = await chat.rest.call('PUT', path, { userId: alice.id });
  assert.deepEqual(again.body, first.body);
  await alice.sends(bob, 'next');
  await bob.receives('next');
  assert.equal(bob.all('message:recalled').length, 1);
}));

test('only the sender may, and only what is there', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const carol = await chat.enters('carol');
  const message = await alice.sends(bob, 'mine');
  isFailure(await bob.ask('message:recall', { messageId: message._id, userId: bob.id }), 'FORBIDDEN');
  isFailure(await carol.ask('message:recall', { messageId: message._id, userId: carol.id }), 'FORBIDDEN');
  isFailure(await bob.ask('message:recall', { messageId: message._id, userId: alice.id }), 'FORBIDDEN', { names: 'userId' });
  isFailure(await alice.ask('message:recall', { messageId: '0123456789abcdef01234567' }), 'NOT_FOUND');
  isFailure(await alice.ask('message:recall', {}), 'VALIDATION_FAILED', { names: 'messageId' });
  const rest = await chat.rest.call('PUT', `/api/chat/messages/${message._id}/recall`, {});
  assert.equal(rest.status, 400);
  isFailure(rest.body, 'VALIDATION_FAILED', { names: 'userId' });
  const [shown] = (await chat.rest.get(`/api/chat/messages/${message.sessionId}`)).body.data;
  assert.equal(shown.content, 'mine');
}));

test('switched off, it answers FEATURE_DISABLED', async () => {
  const off = await startServer({ set: { 'plugins.recall.enabled': false } });
  const chat = new Chat(off);
  try {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const message = await alice.sends(bob, 'stays');
    isFailure(await alice.ask('message:recall', { messageId: message._id }), 'FEATURE_DISABLED');
    const rest = await chat.rest.call('PUT', `/api/chat/messages/${message._id}/recall`, { userId: alice.id });
    assert.equal(rest.status, 404);
    isFailure(rest.body, 'FEATURE_DISABLED');
  } finally {
    chat.end();
    await off.stop();
  }
});
