// SPDX-License-Identifier: Apache-2.0
// Who has read what: message:read, session:read, unread:count and their REST forms.
// Needs the plugins: messaging private_chat read_receipts users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Chat, scene, ways } from './harness/chat.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isoTime } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);

async function history(chat, sessionId) {
  return (await chat.rest.get(`/api/chat/messages/${sessionId}?limit=100`)).body.data;
}

for (const [way, transports] of Object.entries(ways)) {
  test(`bob reads a message; alice and his other device hear it, ${way}`, scene(() => server, transports, async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const phone = await chat.enters('bob');
    const message = await alice.sends(bob, 'read me');
    const answer = await bob.ask('message:read', { messageId: message._id, userId: bob.id });
    const expected = { messageId: message._id, sessionId: message.sessionId, userId: bob.id };
    assert.deepEqual(answer, { success: true, data: { ...expected, readAt: answer.data.readAt } });
    assert.match(answer.data.readAt, isoTime);

    assert.deepEqual(await alice.hears('message:read'), answer.data);
    assert.deepEqual(await phone.hears('message:read'), answer.data);
    assert.deepEqual(await alice.hears('message:status', (data) => data.status === 'read'), { ...expected, status: 'read' });
    assert.deepEqual(bob.all('message:read'), []);
    const [shown] = await history(chat, message.sessionId);
    assert.equal(shown.status, 'read');
    assert.deepEqual(shown.readBy, [{ user: bob.id, readAt: answer.data.readAt }]);
  }));
}

describe('reading', () => {
  test('is idempotent, also over REST, and works without an acknowledgement', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const message = await alice.sends(bob, 'one');
    bob.tell('message:read', { messageId: message._id, userId: bob.id });
    const first = await alice.hears('message:read');
    const again = await bob.ask('message:read', { messageId: message._id });
    assert.deepEqual(again.data, first);
    const rest = await chat.rest.call('PUT', `/api/chat/messages/${message._id}/read`, { userId: bob.id });
    assert.equal(rest.status, 200);
    assert.deepEqual(rest.body, { success: true, data: first });
    const second = await alice.sends(bob, 'two');
    assert.equal((await chat.rest.call('PUT', `/api/chat/messages/${second._id}/read`, { userId: bob.id })).status, 200);
    assert.equal((await alice.hears('message:read')).messageId, second._id);
    assert.equal(alice.all('message:read').length, 2);
  }));

  test('a list, a burst, and everything at once', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const messages = [];
    for (let i = 0; i < 30; ++i) messages.push(await alice.sends(bob, `${i}`));
    const listed = await bob.ask('message:read', { messageIds: messages.slice(0, 5).map((m) => m._id), userId: bob.id });
    assert.deepEqual(listed.data.map((receipt) => receipt.messageId), messages.slice(0, 5).map((m) => m._id));
    const answers = await Promise.all(messages.slice(5, 20).map((m) => bob.ask('message:read', { messageId: m._id })));
    assert.ok(answers.every((answer) => answer.success));
    const sessionId = messages[0].sessionId;
    const count = await bob.ask('unread:count', bob.id);
    assert.deepEqual(count, { success: true, data: { unreadCount: 10, sessions: { [sessionId]: 10 } } });

    const part = await bob.ask('session:read', { sessionId, userId: bob.id, upToSeq: 25 });
    assert.deepEqual(part.data, { sessionId, userId: bob.id, upToSeq: 25, readAt: part.data.readAt });
    assert.deepEqual(await alice.hears('session:read'), part.data);
    await alice.hears('message:status', (data) => data.status === 'read' && data.messageId === messages[24]._id);
    assert.equal((await bob.ask('session:read', { sessionId, userId: bob.id, upToSeq: 1000 })).data.upToSeq, 30, 'no further than there is');
    await alice.hears('message:status', (data) => data.status === 'read' && data.messageId === messages[29]._id);
    const told = alice.all('message:status').filter((data) => data.status === 'read').map((data) => data.messageId);
    assert.deepEqual(told.sort(), messages.map((m) => m._id).sort(), 'each once');
    assert.deepEqual((await bob.ask('unread:count', bob.id)).data, { unreadCount: 0, sessions: {} });
    assert.ok((await history(chat, sessionId)).every((m) => m.status === 'read' && m.readBy.length === 1));
  }));

  test('what was not read is counted, by event and by REST, and shown with the session', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const carol = await chat.enters('carol');
    const { sessionId } = await alice.sends(bob, '1');
    await alice.sends(bob, '2');
    await bob.sends(alice, 'mine');
    const other = await carol.sends(bob, '3');
    const data = { unreadCount: 3, sessions: { [sessionId]: 2, [other.sessionId]: 1 } };
    bob.tell('unread:count', bob.id);
    assert.deepEqual(await bob.hears('unread:count'), { success: true, data });
    assert.deepEqual((await bob.ask('unread:count', { userId: bob.id })).data, data);
    assert.deepEqual((await bob.ask('unread:count')).data, data);
    assert.deepEqual((await chat.rest.get(`/api/chat/messages/unread/${bob.id}`)).body, { success: true, data });
    const sessions = (await chat.rest.get(`/api/chat/sessions/${bob.id}`)).body.data;
    assert.deepEqual(sessions.map((session) => session.unreadCount), [1, 2]);
    assert.deepEqual((await chat.rest.get('/api/chat/messages/unread/nobody')).body.data, { unreadCount: 0, sessions: {} });
  }));

  test('is refused for others, for strangers and for what is not there', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const carol = await chat.enters('carol');
    const message = await alice.sends(bob, 'for bob');
    isFailure(await carol.ask('message:read', { messageId: message._id, userId: bob.id }), 'FORBIDDEN', { names: 'userId' });
    isFailure(await carol.ask('message:read', { messageId: message._id, userId: carol.id }), 'FORBIDDEN');
    isFailure(await carol.ask('session:read', { sessionId: message.sessionId, userId: carol.id }), 'FORBIDDEN');
    isFailure(await bob.ask('message:read', { messageId: '0123456789abcdef01234567', userId: bob.id }), 'NOT_FOUND');
    isFailure(await bob.ask('message:read', { userId: bob.id }), 'VALIDATION_FAILED', { names: 'messageId' });
    isFailure(await bob.ask('message:read', { messageIds: [], userId: bob.id }), 'VALIDATION_FAILED', { names: 'messageIds' });
    isFailure(await bob.ask('session:read', { userId: bob.id }), 'VALIDATION_FAILED', { names: 'sessionId' });
    isFailure(await carol.ask('unread:count', bob.id), 'FORBIDDEN');
    isFailure(await carol.ask('unread:count', { userId: bob.id }), 'FORBIDDEN');
    const rest = await chat.rest.call('PUT', `/api/chat/messages/${message._id}/read`, {});
    assert.equal(rest.status, 400);
    isFailure(rest.body, 'VALIDATION_FAILED', { names: 'userId' });
    bob.tell('message:read', {});
    isFailure(await bob.hears('error'), 'VALIDATION_FAILED', { event: 'message:read', names: 'messageId' });
    assert.equal((await bob.ask('unread:count', bob.id)).data.unreadCount, 1);
  }));
});

test('what was read is known after kill -9', async () => {
  const first = await startServer();
  const chat = new Chat(first);
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const messages = [];
  for (let i = 0; i < 6; ++i) messages.push(await alice.sends(bob, `${i}`));
  await bob.ask('message:read', { messageId: messages[4]._id });
  await bob.ask('session:read', { sessionId: messages[0].sessionId, upToSeq: 2 });
  first.expectedEnd = true;
  first.signal('SIGKILL');
  await first.exited;
  chat.end();
  const second = await startServer({ folder: first.folder });
  const again = new Chat(second);
  try {
    const id = chat.idOf('bob');
    assert.equal((await again.rest.get(`/api/chat/messages/unread/${id}`)).body.data.unreadCount, 3);
    const shown = await history(again, messages[0].sessionId);
    assert.deepEqual(shown.map((m) => m.readBy.length), [1, 1, 0, 0, 1, 0]);
  } finally {
    await second.stop();
  }
});

test('switched off, reading answers FEATURE_DISABLED and the rest goes on', async () => {
  const off = await startServer({ set: { 'plugins.read_receipts.enabled': false } });
  const chat = new Chat(off);
  try {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const message = await alice.sends(bob, 'hello');
    for (const event of ['message:read', 'session:read', 'unread:count']) isFailure(await bob.ask(event, {}), 'FEATURE_DISABLED');
    for (const [method, path] of [['PUT', `/api/chat/messages/${message._id}/read`], ['GET', `/api/chat/messages/unread/${bob.id}`]]) {
      const refused = await chat.rest.call(method, path, method === 'PUT' ? { userId: bob.id } : undefined);
      assert.equal(refused.status, 404);
      isFailure(refused.body, 'FEATURE_DISABLED');
    }
    const sessions = (await chat.rest.get(`/api/chat/sessions/${bob.id}`)).body.data;
    assert.equal(sessions[0].unreadCount, 1);
  } finally {
    chat.end();
    await off.stop();
  }
});
