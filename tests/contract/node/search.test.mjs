// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat search users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Chat, scene } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { Server, startServer, until } from './harness/server.mjs';
import { isFailure, isMessage } from './harness/shapes.mjs';

const pathOf = (query) => `/api/chat/messages/search?${new URLSearchParams(query)}`;

async function search(chat, user, keyword, more = {}) {
  const answer = await chat.rest.get(pathOf({ userId: user.id, keyword, ...more }));
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

const contents = (answer) => answer.data.map((message) => message.content);

async function finds(chat, user, keyword, expected, more) {
  const answer = await search(chat, user, keyword, more);
  assert.deepEqual(contents(answer), expected, keyword);
  assert.equal(answer.pagination.total, expected.length, keyword);
}

const ready = (chat) => until(async () => {
  const status = (await chat.rest.get('/api/chat/messages/search/status')).body.data;
  return status.state === 'ready' && status;
}, 'the index to be built');

const texts = [
  '今天天气很好，我们去北京吧', 'こんにちは、プログラムの世界', '안녕하세요 여러분', '𠮷野家で食べる', 'สวัสดีครับ',
  'The Café serves Crème Brûlée', 'Hauptstraße 7', 'Привет, Ёлка', 'Καλημέρα κόσμε', 'ＡＢＣ full width',
  'only 50% today', 'only 500 tomorrow', 'C++ and C', '2 * 3 = 6', 'he said "hello world"', '{$where: 1}', 'a_b', '好的👍',
  "O'Reilly; DROP TABLE messages;--",
];
// What is typed, and the numbers of the texts that must be found.
const finding = [
  ['天', [0]], ['天气', [0]], ['天气很', [0]], ['北京吧', [0]], ['气天', []],
  ['に', [1]], ['世界', [1]], ['プロ', [1]], ['ﾌﾟﾛｸﾞﾗﾑ', [1]], ['フロ', []],
  ['녕', [2]], ['안녕하', [2]], ['여러분', [2]], ['𠮷', [3]], ['野家', [3]], ['สวัส', [4]], ['ดี', [4]],
  ['cafe', [5]], ['CAFÉ', [5]], ['creme brulee', [5]], ['bru', [5]], ['rulee', []], ['hauptstrasse', [6]], ['haupt', [6]],
  ['привет', [7]], ['елка', [7]], ['ΚΑΛΗ', [8]], ['κοσμ', [8]], ['abc', [9]], ['ａｂｃ', [9]],
  ['50%', [10]], ['50', [11, 10]], ['%', [10]], ['c++', [12]], ['*', [13]], ['= 6', [13]], ['h*', []], ['.*', []],
  ['"', [14]], ['"hello', [14]], ['"world"', []], ['world hello', [14]], ['hello mars', []],
  ['$where', [15]], ['$gt', []], ['_', [16]], ['a_b', [16]], ['a_', [16]], ['👍', [17]], ["o'reilly", [18]], ["';--", []],
];

describe('searching', () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.stop());
  const act = (play) => scene(() => server, ['websocket'], play);

  test('every script, word beginnings, case, accents, symbols', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    for (const text of texts) await alice.sends(bob, text);
    for (const [keyword, found] of finding)
      for (const user of [alice, bob]) await finds(chat, user, keyword, found.map((i) => texts[i]));
  }));

  test('a hit is a message, with what was found in code points', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const sent = await alice.sends(bob, '👍👍 北京，北京 cafe\u0301!');
    const [hit] = (await search(chat, bob, '北京 café')).data;
    const { highlights, ...message } = hit;
    isMessage(message, { _id: sent._id, sessionId: sent.sessionId, content: sent.content, sender: alice.id });
    assert.deepEqual(highlights, [[3, 2], [6, 2], [9, 5]]);
  }));

  test('newest first, in pages, over all sessions or in one', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const carol = await chat.enters('carol');
    const sent = [];
    for (let i = 0; i < 25; ++i) {
      const message = await alice.sends(i % 2 ? bob : carol, `消息 number ${i}`);
      sent.unshift(message.content);
      // Two sessions have an order by the millisecond.
      while (Date.now() <= Date.parse(message.createdAt)) await new Promise(setImmediate);
    }
    await bob.sends(carol, '消息 without alice');
    const all = await search(chat, alice, '消息');
    assert.deepEqual(contents(all), sent.slice(0, 20));
    assert.deepEqual(all.pagination, { page: 1, limit: 20, total: 25, pages: 2 });
    const third = await search(chat, alice, '消息', { page: 3, limit: 10 });
    assert.deepEqual(contents(third), sent.slice(20));
    assert.deepEqual(third.pagination, { page: 3, limit: 10, total: 25, pages: 3 });
    assert.deepEqual((await search(chat, alice, '消息', { page: 9 })).data, []);
    const session = await chat.privateSession(alice, carol);
    const there = await search(chat, alice, '消息', { sessionId: session._id });
    assert.deepEqual(contents(there), sent.filter((_, i) => i % 2 === 0));
    assert.equal(there.pagination.total, 13);
  }));

  test('nobody finds what is not theirs', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const eve = await chat.enters('eve');
    const { sessionId } = await alice.sends(bob, 'a secret between two');
    await finds(chat, eve, 'secret', []);
    await finds(chat, { id: 'nobody' }, 'secret', []);
    const refused = await chat.rest.get(pathOf({ userId: eve.id, keyword: 'secret', sessionId }));
    assert.equal(refused.status, 403);
    isFailure(refused.body, 'FORBIDDEN');
  }));

  test('a message is found as soon as it was acknowledged', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    for (let i = 0; i < 200; ++i) {
      await alice.sends(bob, `立刻 ${i}`);
      assert.equal((await search(chat, bob, `立刻 ${i}`, { limit: 1 })).data[0]?.content, `立刻 ${i}`);
      assert.equal((await search(chat, bob, '立刻')).pagination.total, i + 1);
    }
  }));

  test('a request that makes no sense is told so', act(async (chat) => {
    for (const [query, field] of [
      [{ keyword: 'x' }, 'userId'],
      [{ userId: 'a b', keyword: 'x' }, 'userId'],
      [{ userId: 'a' }, 'keyword'],
      [{ userId: 'a', keyword: '' }, 'keyword'],
      [{ userId: 'a', keyword: ' \u3000' }, 'keyword'],
      [{ userId: 'a', keyword: 'x'.repeat(257) }, 'keyword'],
      [{ userId: 'a', keyword: 'x', page: 0 }, 'page'],
      [{ userId: 'a', keyword: 'x', page: 501 }, 'page'],
      [{ userId: 'a', keyword: 'x', page: 101, limit: 100 }, 'page'],
      [{ userId: 'a', keyword: 'x', page: 100_000 }, 'page'],
      [{ userId: 'a', keyword: 'x', limit: 101 }, 'limit'],
      [{ userId: 'a', keyword: 'x', limit: 'all' }, 'limit'],
    ]) {
      const refused = await chat.rest.get(pathOf(query));
      assert.equal(refused.status, 400, JSON.stringify(query));
      isFailure(refused.body, 'VALIDATION_FAILED', { names: field });
    }
    assert.equal((await chat.rest.get(pathOf({ userId: 'a', keyword: 'x', page: 100, limit: 100 }))).status, 200, 'as deep as may be');
    const unknown = await chat.rest.get(pathOf({ userId: 'a', keyword: 'x', sessionId: '0'.repeat(24) }));
    assert.equal(unknown.status, 404);
    isFailure(unknown.body, 'NOT_FOUND');
  }));

  test('deleted messages are gone at once', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    for (let i = 0; i < 10; ++i) {
      const sent = await alice.sends(bob, `撤回 ${i}`);
      await finds(chat, bob, `撤回 ${i}`, [`撤回 ${i}`]);
      const answer = await chat.rest.call('DELETE', `/api/chat/messages/${sent._id}`, { userId: alice.id });
      assert.equal(answer.status, 200, answer.text);
      await finds(chat, bob, '撤回', []);
    }
  }));

  testWith('recall', 'recalled messages are gone at once', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const sent = await alice.sends(bob, '说错了');
    await finds(chat, bob, '说错', ['说错了']);
    const answer = await chat.rest.call('PUT', `/api/chat/messages/${sent._id}/recall`, { userId: alice.id });
    assert.equal(answer.status, 200, answer.text);
    await finds(chat, bob, '说错', []);
    await finds(chat, alice, '说错', []);
  }));

  testWith('group_chat', 'who joins late finds what came since, who leaves nothing', act(async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const late = await chat.enters('late');
    const made = await chat.rest.post('/api/chat/sessions/group',
      { sessionName: 'group', creatorId: alice.id, participants: [bob.id] });
    assert.equal(made.status, 201, made.text);
    const sessionId = made.body.data._id;
    const say = (content) => alice.ask('message:send', { sessionId, senderId: alice.id, content, messageType: 'text' });
    await say('topic before');
    const path = `/api/chat/sessions/group/${sessionId}/members`;
    await chat.rest.post(path, { userId: alice.id, userIds: [late.id] });
    await say('topic after');
    await finds(chat, bob, 'topic', ['topic after', 'topic before']);
    await finds(chat, late, 'topic', ['topic after']);
    await finds(chat, late, 'topic', ['topic after'], { sessionId });
    await finds(chat, bob, late.id.split('.')[0], []); // system messages are not searched
    await chat.rest.call('DELETE', `${path}/${late.id}`, { userId: late.id, operatorId: late.id });
    await finds(chat, late, 'topic', []);
  }));
});

test('everything is found again after kill -9, whatever was not written yet', async () => {
  let server = await startServer({ set: { 'plugins.search.segmentMessages': 16 } });
  let chat = new Chat(server);
  let alice = await chat.enters('alice');
  const bob = { id: chat.idOf('bob') };
  let count = 0;
  for (let round = 0; round < 4; ++round) {
    await Promise.all(Array.from({ length: 300 }, (_, i) => alice.sends(bob, `轮次 round${round} number${i}`)));
    count += 300;
    assert.equal((await search(chat, alice, '轮次')).pagination.total, count);
    chat.end();
    server.expectedEnd = true;
    server.signal('SIGKILL');
    await server.exited;
    server = await startServer({ folder: server.folder, set: { 'plugins.search.segmentMessages': 16 } });
    const id = alice.id;
    chat = new Chat(server);
    await ready(chat);
    assert.equal((await search(chat, { id }, '轮次')).pagination.total, count);
    await finds(chat, { id }, `round${round} number299`, [`轮次 round${round} number299`]);
    alice = await chat.device().connect();
    await alice.joins(id);
  }
  chat.end();
  await server.stop();
});

test('old messages are indexed when the plugin is switched on, also when that is interrupted', async () => {
  const off = { 'plugins.search.enabled': false };
  let server = await startServer({ set: off });
  let chat = new Chat(server);
  const alice = await chat.enters('alice');
  const bob = { id: chat.idOf('bob') };
  const refused = await chat.rest.get(pathOf({ userId: alice.id, keyword: 'x' }));
  assert.equal(refused.status, 404);
  isFailure(refused.body, 'FEATURE_DISABLED');
  for (const [method, path] of [['GET', 'status'], ['POST', 'rebuild']])
    isFailure((await chat.rest.call(method, `/api/chat/messages/search/${path}`)).body, 'FEATURE_DISABLED');
  const total = 3000;
  for (let sent = 0; sent < total; sent += 500)
    await Promise.all(Array.from({ length: 500 }, (_, i) => alice.sends(bob, `旧消息 old ${sent + i}`)));
  chat.end();
  await server.stop({ keep: true });
  // Killed in the midst of building, again and again, a little later each time.
  for (let attempt = 0; attempt < 5; ++attempt) {
    server = await startServer({ folder: server.folder, set: { 'plugins.search.segmentMessages': 16 } });
    chat = new Chat(server);
    await until(async () => {
      const { indexed } = (await chat.rest.get('/api/chat/messages/search/status')).body.data;
      return indexed >= attempt * 500;
    }, 'some progress');
    server.expectedEnd = true;
    server.signal('SIGKILL');
    await server.exited;
  }
  server = await startServer({ folder: server.folder });
  chat = new Chat(server);
  const status = await ready(chat);
  assert.equal(status.indexed + status.pending, total);
  assert.equal(status.total, total);
  const id = alice.id;
  assert.equal((await search(chat, { id }, '旧消息')).pagination.total, total);
  assert.equal((await search(chat, { id }, 'old')).pagination.total, total);
  assert.equal((await search(chat, { id }, '旧消息 2999')).pagination.total, 1);
  assert.match(server.log(), /the index is complete: 3000 messages/);
  // What the starts have left in many small segments becomes one.
  await until(async () => (await chat.rest.get('/api/chat/messages/search/status')).body.data.segments <= 8, 'merging');
  assert.doesNotMatch(server.log(), /indexing failed/);
  const rebuilt = await chat.rest.post('/api/chat/messages/search/rebuild');
  assert.equal(rebuilt.status, 202);
  await ready(chat);
  assert.equal((await search(chat, { id }, '旧消息')).pagination.total, total);
  assert.doesNotMatch(server.log(), /indexing failed/);
  await server.stop();
});

test('another engine takes the place of the built-in one', async () => {
  const server = new Server({ set: { 'plugins.search.engine': 'finder', 'plugins.finder.enabled': true } });
  await server.start();
  const chat = new Chat(server);
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const eve = await chat.enters('eve');
  for (const content of ['in the midst', 'amidst', 'nothing']) await alice.sends(bob, content);
  // It finds parts of words, which the built-in engine does not.
  await until(async () => (await search(chat, bob, 'ids')).pagination.total === 2, 'the engine to have the messages');
  const answer = await search(chat, bob, 'mid');
  assert.equal(answer.pagination.total, 2);
  await finds(chat, eve, 'mid', []);
  assert.equal((await chat.rest.get('/api/chat/messages/search/status')).body.data.engine, 'finder');
  chat.end();
  await server.stop();
});
