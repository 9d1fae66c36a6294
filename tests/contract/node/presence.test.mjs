// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging presence private_chat users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { scene, ways } from './harness/chat.mjs';
import { startServer, until } from './harness/server.mjs';
import { isFailure, isoTime, isUser } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  describe(`presence, ${way}`, () => {
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

    test('the others hear who comes and goes; the one who comes does not', act(async (chat) => {
      const bob = await chat.enters('bob');
      const alice = await chat.enters('alice');
      const ofAlice = (status) => (data) => data.userId === alice.id && data.status === status;
      const came = await bob.hears('user:status', ofAlice('online'));
      assert.deepEqual(Object.keys(came).sort(), ['lastSeen', 'status', 'userId', 'username']);
      assert.equal(came.username, alice.id);
      assert.match(came.lastSeen, isoTime);
      alice.leaves();
      const left = await bob.hears('user:status', ofAlice('offline'));
      assert.match(left.lastSeen, isoTime);
      assert.deepEqual(alice.all('user:status').filter((data) => data.userId === alice.id), []);
    }));

    test('a user with two devices is online once and offline only after the last', act(async (chat) => {
      const bob = await chat.enters('bob');
      const phone = await chat.enters('alice');
      const desk = await chat.enters('alice');
      const statuses = () => bob.all('user:status').filter((data) => data.userId === phone.id).map((data) => data.status);
      phone.leaves();
      // Events of one client come in order: carol is heard after whatever the phone's end would have caused.
      await until(async () => (await chat.rest.get('/api/chat/users/online')).body.data.some((user) => user._id === desk.id));
      await chat.enters('carol');
      await bob.hears('user:status', (data) => data.userId === chat.idOf('carol'));
      assert.deepEqual(statuses(), ['online']);
      desk.leaves();
      await bob.hears('user:status', (data) => data.userId === phone.id && data.status === 'offline');
      assert.deepEqual(statuses(), ['online', 'offline']);
    }));

    test('users:online answers by acknowledgement with the bare array, and by event', act(async (chat) => {
      const bob = await chat.enters('bob');
      const alice = await chat.enters('alice');
      const users = await alice.ask('users:online');
      assert.ok(Array.isArray(users));
      users.forEach((user) => isUser(user));
      assert.equal(users.filter((user) => user._id === bob.id).length, 1);
      assert.equal(users.filter((user) => user._id === alice.id).length, 1);
      const heard = await alice.hears('users:online');
      assert.deepEqual(heard.map((user) => user._id).sort(), users.map((user) => user._id).sort());
      bob.tell('users:online');
      assert.ok((await bob.hears('users:online')).some((user) => user._id === alice.id));
    }));

    test('user:status:update is told to the others', act(async (chat) => {
      const bob = await chat.enters('bob');
      const alice = await chat.enters('alice');
      for (const status of ['away', 'online', 'offline', 'online']) {
        alice.tell('user:status:update', status);
        await bob.hears('user:status', (data) => data.userId === alice.id && data.status === status);
      }
      isFailure(await alice.ask('user:status:update', 'dancing'), 'VALIDATION_FAILED');
      isFailure(await alice.ask('user:status:update', 7), 'VALIDATION_FAILED');
    }));
  });
}

const act = (play) => scene(() => server, ['websocket'], play);

test('a user is away when all devices are', act(async (chat) => {
  const bob = await chat.enters('bob');
  const phone = await chat.enters('alice');
  const desk = await chat.enters('alice');
  const of = (status) => (data) => data.userId === phone.id && data.status === status;
  const shown = async () => (await chat.rest.get('/api/chat/users')).body.data.find((user) => user._id === phone.id).status;
  await bob.hears('user:status', of('online'));
  await phone.ask('user:status:update', 'away');
  assert.equal(await shown(), 'online');
  await desk.ask('user:status:update', 'away');
  await bob.hears('user:status', of('away'));
  assert.equal(await shown(), 'away');
  desk.leaves();
  await phone.ask('user:status:update', 'online');
  await bob.hears('user:status', of('online'));
}));

test('who hides is offline to the others on all devices, and goes on chatting', act(async (chat) => {
  const bob = await chat.enters('bob');
  const phone = await chat.enters('alice');
  await chat.enters('alice');
  const of = (status) => (data) => data.userId === phone.id && data.status === status;
  await bob.hears('user:status', of('online'));
  await phone.ask('user:status:update', 'offline');
  await bob.hears('user:status', of('offline'));
  assert.equal((await bob.ask('users:online')).some((user) => user._id === phone.id), false);
  await phone.sends(bob, 'hidden but here');
  await bob.receives('hidden but here');
  await phone.ask('user:status:update', 'online');
  await bob.hears('user:status', of('online'));
}));

test('above the limit only those hear who share a session with the user', async () => {
  const few = await startServer({ set: { 'plugins.presence.everyoneLimit': 0 } });
  await scene(() => few, ['websocket'], async (chat) => {
    const bob = await chat.enters('bob');
    const carol = await chat.enters('carol');
    await chat.privateSession({ id: chat.idOf('alice') }, bob);
    const alice = await chat.enters('alice');
    const came = await bob.hears('user:status', (data) => data.userId === alice.id);
    assert.equal(came.status, 'online');
    await chat.privateSession(carol, bob);
    await bob.ask('user:status:update', 'away'); // heard by carol after what she would have heard of alice
    await carol.hears('user:status', (data) => data.userId === bob.id && data.status === 'away');
    assert.deepEqual(carol.all('user:status').filter((data) => data.userId === alice.id), []);
  })();
  await few.stop();
});

test('nobody hears of a user who is back at once', async () => {
  const patient = await startServer({ set: { 'plugins.presence.offlineDelay': 60_000 } });
  await scene(() => patient, ['websocket'], async (chat) => {
    const bob = await chat.enters('bob');
    const alice = await chat.enters('alice');
    await bob.hears('user:status', (data) => data.userId === alice.id);
    alice.leaves();
    await until(async () => !(await bob.ask('users:online')).some((user) => user._id === alice.id));
    await chat.enters('alice');
    await chat.enters('carol');
    await bob.hears('user:status', (data) => data.userId === chat.idOf('carol'));
    assert.deepEqual(bob.all('user:status').filter((data) => data.userId === alice.id).map((data) => data.status), ['online']);
  })();
  await patient.stop();
});

test('a user who is away shows as away over REST', act(async (chat) => {
  const alice = await chat.enters('alice');
  assert.equal((await alice.ask('user:status:update', 'away')).success, true);
  const users = (await chat.rest.get('/api/chat/users')).body.data;
  assert.equal(users.find((user) => user._id === alice.id).status, 'away');
}));

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
  assert.equal((await alice.ask('users:online')).some((user) => user._id === chat.idOf('bob')), false);
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
