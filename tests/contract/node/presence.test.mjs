// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: presence users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { scene, ways } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, until } from './harness/server.mjs';
import { isFailure, isoTime, isUser } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  describe(`presence, ${way}`, () => {
    const act = (play) => scene(() => server, transports, play);

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

testWith('messaging private_chat', 'who hides is offline to the others on all devices, and goes on chatting', act(async (chat) => {
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

testWith('private_chat', 'above the limit only those hear who share a session with the user', async () => {
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
