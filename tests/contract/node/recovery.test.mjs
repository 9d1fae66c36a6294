// SPDX-License-Identifier: Apache-2.0
// Connection state recovery: a client is cut off in mid-conversation.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { scene, ways } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { Proxy } from './harness/proxy.mjs';
import { startServer, withPatience } from './harness/server.mjs';

let server;
// Pings come often: what their answers confirm is forgotten.
before(async () => (server = await startServer({ set: { 'realtime.pingInterval': 100 } })));
after(() => server.stop());

const returning = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 };

function onceConnected(device) {
  return withPatience(new Promise((resolve) => device.socket.once('connect', resolve)), 'the reconnection');
}

/// Alice comes over a line that can be cut, bob does not.
function behindProxy(transports, play) {
  return scene(() => server, transports, async (chat) => {
    const proxy = await new Proxy(server.port).start();
    try {
      const bob = await chat.enters('bob');
      const alice = chat.device(returning);
      alice.socket.io.uri = proxy.url;
      await alice.connect();
      await alice.joins(chat.idOf('alice'));
      await play({ proxy, bob, alice });
    } finally {
      proxy.stop();
    }
  });
}

for (const [way, transports] of Object.entries(ways)) {
  describe(`recovery, ${way}`, () => {
    testWith('messaging private_chat users', 'the line is cut: what was missed arrives once, in order, and the socket is the same', behindProxy(transports, async ({ proxy, bob, alice }) => {
      const id = alice.socket.id;
      await bob.sends(alice, 'before');
      await alice.receives('before');
      assert.equal(alice.socket.recovered, false);

      proxy.cut();
      await alice.hears('disconnect');
      for (let i = 0; i < 5; ++i) await bob.sends(alice, `missed ${i}`);
      const back = onceConnected(alice);
      proxy.mend();
      await back;
      assert.equal(alice.socket.recovered, true);
      assert.equal(alice.socket.id, id);
      await bob.sends(alice, 'after');
      await alice.receives('after');
      assert.deepEqual(alice.received(), ['before', 'missed 0', 'missed 1', 'missed 2', 'missed 3', 'missed 4', 'after']);
      // Still joined: no user:join was sent again.
      await alice.sends(bob, 'I am here again');
      await bob.receives('I am here again');
    }));

    testWith('messaging private_chat users', 'a client that has answered pings since gets what it missed all the same', behindProxy(transports, async ({ proxy, bob, alice }) => {
      await bob.sends(alice, 'before');
      await alice.receives('before');
      for (let i = 0; i < 3; ++i)
        await withPatience(new Promise((resolve) => alice.socket.io.once('ping', resolve)), 'a ping');
      proxy.cut();
      await alice.hears('disconnect');
      await bob.sends(alice, 'missed');
      const back = onceConnected(alice);
      proxy.mend();
      await back;
      assert.equal(alice.socket.recovered, true);
      await alice.receives('missed');
      assert.deepEqual(alice.received(), ['before', 'missed']);
    }));

    testWith('messaging private_chat users', 'the transport is closed under the client', scene(() => server, transports, async (chat) => {
      const bob = await chat.enters('bob');
      const alice = await chat.enters('alice', {}, returning);
      await bob.sends(alice, 'before');
      await alice.receives('before');
      const back = onceConnected(alice);
      alice.socket.io.engine.close();
      await Promise.all(Array.from({ length: 10 }, (_, i) => bob.sends(alice, `m${i}`)));
      await back;
      assert.equal(alice.socket.recovered, true);
      for (let i = 0; i < 10; ++i) await alice.receives(`m${i}`);
      await bob.sends(alice, 'after');
      await alice.receives('after');
      assert.deepEqual(alice.received(), ['before', ...Array.from({ length: 10 }, (_, i) => `m${i}`), 'after']);
    }));
  });
}

testWith('messaging private_chat users', 'the same conversation with several cuts', behindProxy(['websocket'], async ({ proxy, bob, alice }) => {
  const expected = [];
  for (let round = 0; round < 5; ++round) {
    const texts = Array.from({ length: 20 }, (_, i) => `round ${round} message ${i}`);
    expected.push(...texts);
    const back = onceConnected(alice);
    const sending = Promise.all(texts.map((text) => bob.sends(alice, text)));
    proxy.cut();
    await alice.hears('disconnect');
    await sending;
    proxy.mend();
    await back;
    assert.equal(alice.socket.recovered, true);
    await Promise.all(texts.map((text) => alice.receives(text)));
  }
  assert.deepEqual(alice.received(), expected);
}));

testWith('users', 'a client that left by itself is not recovered', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  alice.leaves();
  await alice.connect();
  assert.equal(alice.socket.recovered, false);
}));

test('a pid that the server does not know is a new connection', scene(() => server, ['websocket'], async (chat) => {
  const alice = chat.device();
  alice.socket._pid = 'no-such-private-id';
  alice.socket._lastOffset = 'no-such-offset';
  await alice.connect();
  assert.equal(alice.socket.recovered, false);
  assert.ok(alice.socket.id);
}));
