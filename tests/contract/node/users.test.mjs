// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { scene, ways } from './harness/chat.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isUser } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  describe(`joining, ${way}`, () => {
    const act = (play) => scene(() => server, transports, play);

    test('user:join answers the socket with the user', act(async (chat) => {
      const alice = await chat.device().connect();
      const id = chat.idOf('alice');
      const given = { id, username: 'alice', realName: '爱丽丝', avatar: 'http://example.org/a.png', role: 'nurse' };
      const answer = await alice.ask('user:join', given);
      const expected = {
        _id: id, username: 'alice', realName: '爱丽丝', avatar: 'http://example.org/a.png', role: 'nurse', status: 'online',
      };
      assert.deepEqual(Object.keys(answer).sort(), ['data', 'success']);
      assert.equal(answer.success, true);
      isUser(answer.data, expected);
      const joined = await alice.hears('user:joined');
      assert.deepEqual(Object.keys(joined).sort(), ['success', 'user']);
      assert.equal(joined.success, true);
      isUser(joined.user, expected);
    }));

    test('user:join without an acknowledgement', act(async (chat) => {
      const alice = await chat.device().connect();
      alice.tell('user:join', { id: chat.idOf('alice'), username: 'alice' });
      isUser((await alice.hears('user:joined')).user, { _id: chat.idOf('alice'), username: 'alice' });
    }));
  });
}

const act = (play) => scene(() => server, ['websocket'], play);

test('joining again keeps what was not given and changes what was', act(async (chat) => {
  const alice = await chat.enters('alice', { realName: 'Alice A.', avatar: 'http://example.org/1.png' });
  const again = await alice.ask('user:join', { id: alice.id, username: 'alice two' });
  isUser(again.data, { _id: alice.id, username: 'alice two', realName: 'Alice A.', avatar: 'http://example.org/1.png' });
}));

test('a socket that has joined cannot become somebody else', act(async (chat) => {
  const alice = await chat.enters('alice');
  const answer = await alice.ask('user:join', { id: chat.idOf('bob'), username: 'bob' });
  assert.equal(answer.success, false);
  assert.ok(['CONFLICT', 'FORBIDDEN'].includes(answer.code), answer.code);
  assert.equal((await chat.rest.get('/api/chat/users')).body.data.some((user) => user._id === chat.idOf('bob')), false);
}));

test('user:join names the field that is wrong', act(async (chat) => {
  const stranger = await chat.device().connect();
  const wrong = [
    [{ username: 'x' }, 'id'],
    [{ id: '', username: 'x' }, 'id'],
    [{ id: 5, username: 'x' }, 'id'],
    [{ id: 'no spaces', username: 'x' }, 'id'],
    [{ id: 'i'.repeat(65), username: 'x' }, 'id'],
    [{ id: 'a' }, 'username'],
    [{ id: 'a', username: {} }, 'username'],
    [{ id: 'a', username: 'x', role: ['admin'] }, 'role'],
    [{ id: 'a', username: 'x', avatar: 1 }, 'avatar'],
  ];
  for (const [data, field] of wrong) isFailure(await stranger.ask('user:join', data), 'VALIDATION_FAILED', { names: field });
  for (const data of ['text', 5, null, [], undefined])
    isFailure(await stranger.ask('user:join', ...(data === undefined ? [] : [data])), 'VALIDATION_FAILED');
}));

test('names are one line as they stand there, and an avatar is no script', act(async (chat) => {
  const stranger = await chat.device().connect();
  const given = { id: chat.idOf('alice'), username: 'alice' };
  for (const name of ['ro\u202Eot\nx', 'a\u0000', 'a\tb', 'a\u007F', 'a\u009B', 'a\u2028', '\u2067a'])
    for (const field of ['username', 'realName'])
      isFailure(await stranger.ask('user:join', { ...given, [field]: name }), 'VALIDATION_FAILED', { names: field });
  for (const avatar of ['javascript:alert(1)', ' JAVASCRIPT:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'file:///x'])
    isFailure(await stranger.ask('user:join', { ...given, avatar }), 'VALIDATION_FAILED', { names: 'avatar' });
  for (const avatar of ['头像URL', '/files/a.png', 'https://example.org/a.png'])
    isUser((await stranger.ask('user:join', { ...given, realName: '爱丽丝 O’Neil', avatar })).data, { avatar });
}));

test('ids may be any 1 to 64 of the characters that the contract allows', act(async (chat) => {
  for (const id of ['a', 'A.b_c-d:e@f', '0'.repeat(64), '5f9d88b9c2b4d40017a0f1e2']) {
    const device = await chat.device().connect();
    isUser((await device.ask('user:join', { id, username: 'x' })).data, { _id: id });
  }
}));

test('unknown members are ignored and a password never comes back', act(async (chat) => {
  const device = await chat.device().connect();
  const answer = await device.ask('user:join', { id: chat.idOf('alice'), username: 'x', password: 'secret', $where: 'evil' });
  isUser(answer.data);
  assert.ok(!JSON.stringify((await chat.rest.get('/api/chat/users')).body).includes('secret'));
}));

test('GET users: everyone, a page, a keyword', act(async (chat) => {
  const alice = await chat.enters('alice', { realName: '张三' });
  const bob = await chat.enters('bob');
  bob.leaves();
  const everyone = await chat.rest.get('/api/chat/users');
  assert.equal(everyone.status, 200);
  everyone.body.data.forEach((user) => isUser(user));
  isUser(everyone.body.data.find((user) => user._id === alice.id), { realName: '张三', status: 'online' });
  assert.ok(everyone.body.data.some((user) => user._id === bob.id));
  const page = await chat.rest.get('/api/chat/users?page=1&limit=1');
  assert.equal(page.body.data.length, 1);
  assert.equal(page.body.pagination.total, everyone.body.data.length);
  const found = await chat.rest.get(`/api/chat/users?keyword=${encodeURIComponent(alice.id)}`);
  assert.deepEqual(found.body.data.map((user) => user._id), [alice.id]);
  assert.ok((await chat.rest.get(`/api/chat/users?keyword=${encodeURIComponent('张')}`)).body.data.some((user) => user._id === alice.id));
}));
