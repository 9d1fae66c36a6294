// SPDX-License-Identifier: Apache-2.0
// What a client sends right before it leaves counts, however it leaves.
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scene } from './harness/chat.mjs';
import { Polling, Wire } from './harness/engine_io.mjs';
import { startServer } from './harness/server.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const times = 20;
const webSocket = () => server.url.replace('http', 'ws');
const eventOf = (name, data) => `42${JSON.stringify([name, data])}`;

/// All in one piece.
function inOne(wire, leave) {
  const raw = wire.socket._socket;
  raw.cork();
  leave(wire);
  raw.uncork();
}

async function entered() {
  const wire = await new Wire(`${webSocket()}/socket.io/?EIO=4&transport=websocket`).open();
  wire.send('40');
  await wire.nextThat((packet) => packet.startsWith('40'));
  return wire;
}

const ways = {
  'a DISCONNECT': async (events) => inOne(await entered(), (wire) => [...events.map((event) => eventOf(...event)), '41'].forEach((packet) => wire.send(packet))),
  'a Close frame': async (events) => inOne(await entered(), (wire) => (events.forEach((event) => wire.send(eventOf(...event))), wire.socket.close())),
  'the end of the connection': async (events) => inOne(await entered(), (wire) => (events.forEach((event) => wire.send(eventOf(...event))), wire.socket._socket.end())),
  'a DISCONNECT in one POST': async (events) => {
    const polling = await new Polling(server.url).open();
    await polling.enter();
    await polling.post(...events.map((event) => eventOf(...event)), '41');
  },
  'a Close frame on /ws': async (events) => {
    const wire = await new Wire(`${webSocket()}/ws`).open();
    inOne(wire, () => (events.forEach(([event, data]) => wire.send(JSON.stringify({ event, data }))), wire.socket.close()));
  },
};

for (const [way, leave] of Object.entries(ways)) {
  test(`${way}`, scene(() => server, ['websocket'], async (chat) => {
    const bob = await chat.enters('bob');
    for (let i = 0; i < times; ++i) {
      const id = chat.idOf(`alice${i}`);
      await leave([['user:join', { id, username: id }], ['message:send', { senderId: id, receiverId: bob.id, content: `${i}`, messageType: 'text' }]]);
    }
    for (let i = 0; i < times; ++i) await bob.receives(`${i}`);
    const online = await bob.ask('users:online');
    assert.deepEqual(JSON.stringify(online).match(/alice\d+/g), null);
  }));
}
