// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat stats users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat, scene } from './harness/chat.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);

test('the six figures', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const carol = await chat.enters('carol');
  for (let i = 0; i < 3; ++i) await alice.sends(bob, 'to bob');
  await bob.sends(alice, 'back');
  const last = await carol.sends(bob, 'to bob too');
  const figures = async () => {
    const { onlineUsers, ...rest } = (await chat.rest.get(`/api/chat/stats/${bob.id}`)).body.data;
    assert.ok(Number.isInteger(onlineUsers) && onlineUsers >= 3, `${onlineUsers}`);
    return rest;
  };
  const expected = { totalSessions: 2, totalMessages: 5, sentMessages: 1, receivedMessages: 4, unreadMessages: 4 };
  assert.deepEqual(await figures(), expected);
  await chat.rest.call('DELETE', `/api/chat/messages/${last._id}`, { userId: carol.id });
  assert.deepEqual(await figures(), { ...expected, totalMessages: 4, receivedMessages: 3, unreadMessages: 3 });
}));

test('a series of days ends with today', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const { createdAt } = await alice.sends(bob, '1');
  await alice.sends(bob, '2');
  await bob.sends(alice, '3');
  const { daily } = (await chat.rest.get(`/api/chat/stats/${bob.id}?days=30`)).body.data;
  assert.equal(daily.length, 30);
  const sum = (name) => daily.reduce((total, day) => total + day[name], 0);
  assert.deepEqual([sum('sent'), sum('received')], [1, 2]);
  assert.ok(daily.some((day) => day.date === createdAt.slice(0, 10)));
  for (let i = 1; i < 30; ++i) assert.equal(Date.parse(daily[i].date) - Date.parse(daily[i - 1].date), 86_400_000);
}));

test('figures and days are the same after kill -9', async () => {
  const first = await startServer();
  const chat = new Chat(first);
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  for (let i = 0; i < 10; ++i) await alice.sends(bob, `${i}`);
  first.expectedEnd = true;
  first.signal('SIGKILL');
  await first.exited;
  chat.end();
  const second = await startServer({ folder: first.folder });
  try {
    const { data } = (await new Chat(second).rest.get(`/api/chat/stats/${alice.id}?days=2`)).body;
    assert.equal(data.sentMessages, 10);
    assert.equal(data.daily.reduce((total, day) => total + day.sent, 0), 10);
  } finally {
    await second.stop();
  }
});

test('what is wrong is named', act(async (chat) => {
  for (const days of ['0', '-1', 'x', '366', '']) {
    const refused = await chat.rest.get(`/api/chat/stats/somebody?days=${days}`);
    assert.equal(refused.status, 400);
    isFailure(refused.body, 'VALIDATION_FAILED', { names: 'days' });
  }
  assert.equal((await chat.rest.get('/api/chat/stats/not%20an%20id')).status, 400);
  assert.equal((await chat.rest.get('/api/chat/stats/nobody')).body.data.totalMessages, 0);
}));

test('switched off, it answers FEATURE_DISABLED', async () => {
  const off = await startServer({ set: { 'plugins.stats.enabled': false } });
  try {
    const refused = await new Chat(off).rest.get('/api/chat/stats/alice');
    assert.equal(refused.status, 404);
    isFailure(refused.body, 'FEATURE_DISABLED');
  } finally {
    await off.stop();
  }
});
