// SPDX-License-Identifier: Apache-2.0
// Engine.IO protocol 4 on the wire: handshake, payloads, upgrade, heartbeats, limits.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { scene } from './harness/chat.mjs';
import { Polling, Wire, engineSocket, enteredSocket } from './harness/engine_io.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, withPatience } from './harness/server.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const webSocketAddress = () => `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;

describe('handshake', () => {
  test('the open packet over polling and over WebSocket', async () => {
    const polling = await new Polling(server.url).open();
    const wire = await engineSocket(server.url);
    for (const [handshake, upgrades] of [[polling.handshake, ['websocket']], [wire.handshake, []]]) {
      assert.deepEqual(Object.keys(handshake).sort(), ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades']);
      assert.ok(handshake.sid.length >= 20);
      assert.deepEqual(handshake.upgrades, upgrades);
      for (const name of ['pingInterval', 'pingTimeout', 'maxPayload']) assert.ok(Number.isInteger(handshake[name]), name);
    }
    wire.end();
  });

  for (const [what, query, method, code] of [
    ['an unknown transport', 'EIO=4&transport=carrier-pigeon', 'GET', 0],
    ['no transport', 'EIO=4', 'GET', 0],
    ['an unknown sid', 'EIO=4&transport=polling&sid=nobody', 'GET', 1],
    ['a POST without sid', 'EIO=4&transport=polling', 'POST', 2],
    ['an older protocol', 'EIO=3&transport=polling', 'GET', 5],
  ]) {
    test(`${what} is refused with the protocol's own error`, async () => {
      const response = await fetch(`${server.url}/socket.io/?${query}`, { method, body: method === 'POST' ? '40' : undefined });
      assert.equal(response.status, 400);
      assert.equal((await response.json()).code, code);
    });
  }

  test('a WebSocket with an unknown sid is refused', async () => {
    const wire = new Wire(`${webSocketAddress()}&sid=nobody`);
    await withPatience(wire.closed, 'the refusal');
    assert.equal(wire.messages.length, 0);
  });
});

describe('long-polling', () => {
  test('several packets in one payload are handled in order', async () => {
    const polling = await new Polling(server.url).open();
    await polling.enter();
    const posted = await polling.post('420["no:such:a"]', '421["no:such:b"]', '422["no:such:c"]');
    assert.equal(posted.status, 200);
    assert.equal(await posted.text(), 'ok');
    const acks = [];
    while (acks.length < 3) acks.push((await polling.next((packet) => packet.startsWith('43'))).slice(0, 3));
    assert.deepEqual(acks, ['430', '431', '432']);
  });

  test('packets that wait leave together, at most as many as every client takes', async () => {
    const polling = await new Polling(server.url).open();
    await polling.enter();
    await polling.post(...Array.from({ length: 20 }, (_, i) => `42${i}["no:such:event"]`));
    const acks = [];
    let payloads = 0;
    while (acks.length < 20) {
      const packets = await polling.poll();
      ++payloads;
      assert.ok(packets.length <= 16, 'python-engineio refuses more');
      acks.push(...packets.filter((packet) => packet.startsWith('43')));
    }
    assert.equal(acks.length, 20);
    assert.ok(payloads <= 20);
  });

  test('a second poll at the same time closes the session', async () => {
    const polling = await new Polling(server.url).open();
    await polling.enter();
    const answers = await Promise.all([polling.request(), polling.request()]);
    assert.ok(answers.some((answer) => answer.status === 400), 'one poll is refused');
    await polling.ends();
  });

  test('the close packet ends the session', async () => {
    const polling = await new Polling(server.url).open();
    assert.equal((await polling.post('1')).status, 200);
    await polling.ends();
  });

  for (const [what, payload] of [
    ['an unknown packet type', '9'],
    ['an empty body', ''],
    ['a malformed Socket.IO packet inside a good one', '42{'],
  ]) {
    test(`${what} closes that one session`, async () => {
      const polling = await new Polling(server.url).open();
      const bystander = await new Polling(server.url).open();
      await polling.enter();
      await polling.post(payload);
      await polling.ends();
      assert.match(await bystander.enter(), /^40\{/);
    });
  }

  test('a payload above maxPayload is refused', async () => {
    const polling = await new Polling(server.url).open();
    await polling.enter();
    const response = await polling.post(`4${'x'.repeat(polling.handshake.maxPayload + 1)}`);
    assert.equal(response.status, 413);
  });
});

describe('WebSocket', () => {
  test('a message above maxPayload closes that one connection with 1009', async () => {
    const wire = await enteredSocket(server.url);
    wire.send(`42["x","${'x'.repeat(wire.handshake.maxPayload)}"]`);
    assert.equal((await withPatience(wire.closed, 'the close')).code, 1009);
  });

  test('a message of just maxPayload passes', async () => {
    const wire = await enteredSocket(server.url);
    const frame = '421["no:such:event",""]';
    wire.send(frame.replace('""', `"${'x'.repeat(wire.handshake.maxPayload - frame.length)}"`));
    assert.match(await wire.nextThat((message) => message.startsWith('43')), /^431\[/);
    wire.end();
  });

  test('text that is not UTF-8 closes with 1007', async () => {
    const wire = await enteredSocket(server.url);
    wire.socket.send(Buffer.from([0x34, 0x32, 0xff, 0xfe]), { binary: false });
    assert.equal((await withPatience(wire.closed, 'the close')).code, 1007);
  });

  test('a ping frame of the WebSocket protocol is answered', async () => {
    const wire = await enteredSocket(server.url);
    const pong = new Promise((resolve) => wire.socket.once('pong', (data) => resolve(data.toString())));
    wire.socket.ping('are you there');
    assert.equal(await withPatience(pong, 'the pong'), 'are you there');
    wire.end();
  });
});

describe('upgrade', () => {
  test('by hand: probe, poll flushed, upgrade', async () => {
    const polling = await new Polling(server.url).open();
    await polling.enter();
    const parked = polling.poll();
    const wire = await new Wire(`${webSocketAddress()}&sid=${polling.handshake.sid}`).open();
    wire.send('2probe');
    assert.equal(await wire.next(), '3probe');
    assert.deepEqual(await withPatience(parked, 'the flushed poll'), ['6']);
    wire.send('5');
    wire.send('427["no:such:event"]');
    assert.match(await wire.nextThat((message) => message.startsWith('43')), /^437\[/);
    wire.end();
  });

  test('a probe that goes no further leaves the session on polling', async () => {
    const polling = await new Polling(server.url).open();
    await polling.enter();
    const wire = await new Wire(`${webSocketAddress()}&sid=${polling.handshake.sid}`).open();
    wire.send('2probe');
    assert.equal(await wire.next(), '3probe');
    wire.end();
    await polling.post('427["no:such:event"]');
    assert.match(await polling.next((packet) => packet.startsWith('43')), /^437\[/);
  });

  testWith('messaging private_chat users', '500 messages each way while the client upgrades: none lost, none twice, in order', scene(() => server, ['polling', 'websocket'], async (chat) => {
    const count = 500;
    const bob = await chat.enters('bob', {}, { transports: ['websocket'] });
    const alice = chat.device();
    const connected = new Promise((resolve) => alice.socket.once('connect', resolve));
    const upgraded = new Promise((resolve) => alice.socket.io.once('open', () => alice.socket.io.engine.once('upgrade', resolve)));
    alice.socket.connect();
    await withPatience(connected, 'the connection');
    await alice.joins(chat.idOf('alice'));
    const numbers = Array.from({ length: count }, (_, i) => i);
    const work = [
      ...numbers.map((i) => alice.sends(bob, `up ${i}`)),
      ...numbers.map((i) => bob.sends(alice, `down ${i}`)),
    ];
    await withPatience(upgraded, 'the upgrade');
    await Promise.all(work);
    await Promise.all([...numbers.map((i) => bob.receives(`up ${i}`)), ...numbers.map((i) => alice.receives(`down ${i}`))]);
    assert.equal(alice.transport, 'websocket');
    assert.deepEqual(bob.received(), numbers.map((i) => `up ${i}`));
    assert.deepEqual(alice.received(), numbers.map((i) => `down ${i}`));
    assert.equal(alice.all('message:sent').length, count);
  }));
});

describe('heartbeats', () => {
  let quick;
  // The time-out is what a client may take to answer while the machine is busy; those that never answer wait for it.
  before(async () => (quick = await startServer({ set: { 'realtime.pingInterval': 300, 'realtime.pingTimeout': 3000 } })));
  after(() => quick.stop());

  test('a client that answers stays, one that does not is closed (WebSocket)', async () => {
    const good = await enteredSocket(quick.url);
    const silent = await enteredSocket(quick.url);
    assert.equal(good.handshake.pingInterval, 300);
    assert.equal(good.handshake.pingTimeout, 3000);
    let pings = 0;
    const answering = (async () => {
      while (pings < 5) {
        if ((await good.next()) === '2') ++pings;
        good.send('3');
      }
    })();
    await withPatience(silent.closed, 'the end of the silent client');
    await answering;
    assert.equal(good.socket.readyState, good.socket.OPEN);
    good.end();
  });

  test('a client that does not answer is closed (polling)', async () => {
    const silent = await new Polling(quick.url).open();
    await silent.enter();
    assert.deepEqual(await silent.poll(), ['2']);
    await silent.ends();
  });

  testWith('presence users', 'the real client lives through many heartbeats, and its user goes offline when it falls silent', scene(() => quick, ['websocket'], async (chat) => {
    const bob = await chat.enters('bob');
    const silent = await enteredSocket(quick.url);
    silent.send(`420["user:join",{"id":"${chat.idOf('ghost')}","username":"ghost"}]`);
    await bob.hears('user:status', (data) => data.userId === chat.idOf('ghost') && data.status === 'online');
    await bob.hears('user:status', (data) => data.userId === chat.idOf('ghost') && data.status === 'offline');
    assert.ok(bob.socket.connected);
  }));
});
