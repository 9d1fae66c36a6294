// SPDX-License-Identifier: Apache-2.0
// What a message into a group costs, by the number of its members, of whom 50 are online:
//   node tests/bench/groups.mjs [messages (500)]
// PARLEYD names the binary (build/release/bin/parleyd); needs the packages of tests/contract. "cpu" is the server's time on
// a processor, all threads together, for a message that is stored, acknowledged and delivered to the 50.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import { startServer } from '../contract/node/harness/server.mjs';

const { io } = createRequire(new URL('../contract/package.json', import.meta.url))('socket.io-client');
const messages = Number(process.argv[2] ?? 500);
const online = 50;
const ticksPerSecond = 100; // USER_HZ of Linux

const cpuSeconds = (pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
};
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function enter(server, id) {
  const socket = io(server.url, { transports: ['websocket'], forceNew: true, reconnection: false });
  await socket.emitWithAck('user:join', { id, username: id });
  return socket;
}

async function makeGroup(server, size) {
  const participants = Array.from({ length: size }, (_, i) => `user-${i}`);
  const response = await fetch(`${server.url}/api/chat/sessions/group`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sessionName: `group of ${size}`, creatorId: participants[0], participants }),
  });
  const { success, data, error } = await response.json();
  if (!success) throw new Error(error);
  return data._id;
}

/// One message in flight at a time; done when all who are online have the last one.
async function measure(server, sockets, sessionId, count) {
  const [sender, ...others] = sockets;
  const heard = Promise.all(others.map((socket) => new Promise((resolve) => {
    let left = count;
    socket.on('message:receive', () => --left === 0 && (socket.off('message:receive'), resolve()));
  })));
  const cpu = cpuSeconds(server.pid);
  const waited = [];
  const begun = performance.now();
  for (let i = 0; i < count; ++i) {
    const sent = performance.now();
    const answer = await sender.emitWithAck('message:send', { sessionId, senderId: 'user-0', content: 'hello all of you', messageType: 'text' });
    if (!answer.success) throw new Error(answer.error);
    waited.push(performance.now() - sent);
  }
  await heard;
  const seconds = (performance.now() - begun) / 1000;
  return { ack: median(waited), cpu: ((cpuSeconds(server.pid) - cpu) / count) * 1000, rate: count / seconds };
}

const server = await startServer();
try {
  const sockets = [];
  for (let i = 0; i < online; ++i) sockets.push(await enter(server, `user-${i}`));
  for (const size of [10, 100, 1_000, 10_000]) {
    const sessionId = await makeGroup(server, size);
    const present = sockets.slice(0, Math.min(online, size));
    await measure(server, present, sessionId, 50);
    const { ack, cpu, rate } = await measure(server, present, sessionId, messages);
    console.log(`${String(size).padStart(6)} members, ${present.length} online: acknowledged after ${ack.toFixed(2)} ms (median), ` +
      `${cpu.toFixed(2)} ms cpu a message, ${rate.toFixed(0)} messages/s`);
  }
  for (const socket of sockets) socket.disconnect();
} finally {
  await server.stop();
}
