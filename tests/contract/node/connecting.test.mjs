// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Device, scene, ways } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  describe(`connecting, ${way}`, () => {
    const act = (play) => scene(() => server, transports, play);

    test('a client connects and has an id of its own', act(async (chat) => {
      const one = await chat.device().connect();
      const other = await chat.device().connect();
      assert.ok(one.socket.id);
      assert.notEqual(one.socket.id, other.socket.id);
      assert.equal(one.transport, transports.at(-1));
    }));

    test('a namespace that nobody serves is a connect_error', act(async (chat) => {
      const lost = chat.device({ nameSpace: '/no-such-namespace' });
      lost.socket.connect();
      const error = await lost.hears('connect_error');
      assert.equal(error.message, 'Invalid namespace');
      assert.equal(lost.socket.connected, false);
    }));

    testWith('users', 'an unknown event is a failure, with and without an acknowledgement', act(async (chat) => {
      const alice = await chat.enters('alice');
      isFailure(await alice.ask('no:such:event', {}), 'NOT_FOUND', { names: 'no:such:event' });
      alice.tell('no:such:event', {});
      isFailure(await alice.hears('error'), 'NOT_FOUND', { event: 'no:such:event' });
    }));

    testWith('messaging', 'what needs a user is refused before user:join', act(async (chat) => {
      const stranger = await chat.device().connect();
      isFailure(await stranger.ask('chat:history', { sessionId: 'a'.repeat(24) }), 'UNAUTHENTICATED');
      const draft = { senderId: chat.idOf('alice'), receiverId: chat.idOf('bob'), content: 'hi', messageType: 'text' };
      isFailure(await stranger.ask('message:send', draft), 'UNAUTHENTICATED');
    }));

    testWith('messaging private_chat users', 'what follows user:join at once is done as that user', act(async (chat) => {
      const bob = await chat.enters('bob');
      const alice = await chat.device().connect();
      const id = chat.idOf('alice');
      const joined = alice.ask('user:join', { id, username: 'alice' });
      const draft = { senderId: id, receiverId: bob.id, content: 'hi', messageType: 'text' };
      const sent = Promise.all([1, 2, 3].map(() => alice.ask('message:send', draft)));
      assert.equal((await joined).success, true);
      assert.deepEqual((await sent).map((answer) => [answer.success, answer.data?.sender]), Array(3).fill([true, id]));
    }));

    testWith('users', 'a client that leaves is told why', act(async (chat) => {
      const alice = await chat.enters('alice');
      alice.leaves();
      assert.equal(await alice.hears('disconnect'), 'io client disconnect');
    }));
  });
}

testWith('users', 'a client may leave and come back under a new socket id', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const first = alice.socket.id;
  alice.leaves();
  await alice.connect();
  assert.notEqual(alice.socket.id, first);
  await alice.joins(alice.id);
}));

test('many clients connect at once', async () => {
  const devices = Array.from({ length: 100 }, () => new Device(server.url, { transports: ['websocket'] }));
  await Promise.all(devices.map((device) => device.connect()));
  assert.equal(new Set(devices.map((device) => device.socket.id)).size, 100);
  devices.forEach((device) => device.leaves());
});
