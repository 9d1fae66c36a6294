// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat, scene } from './harness/chat.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isoTime } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);
const remove = (chat, id, userId) => chat.rest.call('DELETE', `/api/chat/messages/${id}`, userId && { userId });

test('alice deletes a message; everybody hears it and it is shown nowhere', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const first = await alice.sends(bob, 'one');
  const second = await alice.sends(bob, 'two');
  const third = await alice.sends(bob, 'three');
  const answer = await remove(chat, second._id, alice.id);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body.data, {
    messageId: second._id, sessionId: second.sessionId, userId: alice.id, deletedAt: answer.body.data.deletedAt,
  });
  assert.match(answer.body.data.deletedAt, isoTime);
  for (const device of [alice, bob]) assert.deepEqual(await device.hears('message:deleted'), answer.body.data);

  const history = await chat.rest.get(`/api/chat/messages/${first.sessionId}`);
  assert.deepEqual(history.body.data.map((m) => m.content), ['one', 'three']);
  assert.deepEqual(history.body.pagination, { page: 1, limit: 50, total: 2, pages: 1 });
  const page = await chat.rest.get(`/api/chat/messages/${first.sessionId}?page=2&limit=1`);
  assert.deepEqual(page.body.data.map((m) => m.content), ['one']);
  assert.equal((await alice.sends(bob, 'four')).seq, 4);
  await remove(chat, third._id, alice.id);
  const session = (await chat.rest.get(`/api/chat/sessions/${bob.id}`)).body.data[0];
  assert.equal(session.lastMessage.content, 'four');
  assert.equal(session.unreadCount, 2);
  assert.equal((await remove(chat, second._id, alice.id)).status, 404);
}));

test('the last message of a session is the newest that was not deleted', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const first = await alice.sends(bob, 'one');
  const second = await alice.sends(bob, 'two');
  const last = async () => (await chat.rest.get(`/api/chat/sessions/${alice.id}`)).body.data[0].lastMessage;
  await remove(chat, second._id, alice.id);
  assert.equal((await last())._id, first._id);
  await remove(chat, first._id, alice.id);
  assert.equal(await last(), null);
}));

test('its sender and an admin may, nobody else', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const carol = await chat.enters('carol');
  const admin = await chat.enters('root', { role: 'admin' });
  const message = await alice.sends(bob, 'mine');
  for (const device of [bob, carol]) {
    const refused = await remove(chat, message._id, device.id);
    assert.equal(refused.status, 403);
    isFailure(refused.body, 'FORBIDDEN');
  }
  const nobody = await remove(chat, message._id);
  assert.equal(nobody.status, 400);
  isFailure(nobody.body, 'VALIDATION_FAILED', { names: 'userId' });
  const unknown = await remove(chat, '0123456789abcdef01234567', alice.id);
  assert.equal(unknown.status, 404);
  isFailure(unknown.body, 'NOT_FOUND');
  const byQuery = await chat.rest.call('DELETE', `/api/chat/messages/${message._id}?userId=${admin.id}`);
  assert.equal(byQuery.status, 200);
  assert.equal((await bob.hears('message:deleted')).userId, admin.id);
}));

test('deletions against history and sends: nothing blank is ever shown', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const messages = [];
  for (let i = 0; i < 30; ++i) messages.push(await alice.sends(bob, 'full'));
  const path = `/api/chat/messages/${messages[0].sessionId}?limit=100`;
  const work = [];
  for (const message of messages) {
    work.push(remove(chat, message._id, alice.id), alice.sends(bob, 'more'));
    work.push(chat.rest.get(path).then(({ body }) => body.data.forEach((m) => assert.notEqual(m.content, ''))));
  }
  await Promise.all(work);
  const history = await chat.rest.get(path);
  assert.deepEqual(history.body.data.map((m) => m.content), Array(30).fill('more'));
  assert.equal(history.body.pagination.total, 30);
}));

test('switched off, it answers FEATURE_DISABLED', async () => {
  const off = await startServer({ set: { 'plugins.messaging.enabled': false } });
  try {
    const refused = await new Chat(off).rest.call('DELETE', '/api/chat/messages/0123456789abcdef01234567', { userId: 'a' });
    assert.equal(refused.status, 404);
    isFailure(refused.body, 'FEATURE_DISABLED');
  } finally {
    await off.stop();
  }
});
