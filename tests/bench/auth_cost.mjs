// SPDX-License-Identifier: Apache-2.0
// What checking who calls, and counting the calls, costs of a message, in instructions of the server under callgrind:
//   node tests/bench/auth_cost.mjs [messages of each of 20 users (50)]
// PARLEYD names the binary (build/release/bin/parleyd); needs valgrind and the packages of tests/contract. Instructions are
// the same on a busy machine.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const real = path.resolve(root, process.env.PARLEYD ?? 'build/release/bin/parleyd');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-auth-cost-'));
process.env.PLUGIN_FOLDERS ??= path.resolve(path.dirname(real), '../plugins');
process.env.PARLEYD = path.join(work, 'parleyd');
fs.writeFileSync(process.env.PARLEYD, `#!/bin/sh\nexec valgrind --quiet --tool=callgrind --instr-atstart=no --callgrind-out-file=${work}/out ${real} "$@"\n`, { mode: 0o755 });

const { startServer, until } = await import('../contract/node/harness/server.mjs');
const { secret, sign } = await import('../contract/node/harness/tokens.mjs');
const { io } = createRequire(new URL('../contract/package.json', import.meta.url))('socket.io-client');

const each = Number(process.argv[2] ?? 50);
const users = 20;
const unlimited = Object.fromEntries(['perUser', 'perAddress'].map((of) => [`limits.message.${of}`, 0]));
const cases = {
  'open, without limits': { ...unlimited },
  'open, with limits': { 'limits.exempt': '' },
  'jwt, with limits': { 'auth.mode': 'jwt', 'auth.jwt.secret': secret, 'limits.exempt': '' },
};
/// Each as callgrind counts it, with all that it calls.
const parts = {
  'who the socket is (Registry::identify)': /realtime::Registry::identify\(/,
  'limit of the socket (EventDispatcher::count)': /EventDispatcher::count\(/,
  'access (Gate::check)': /base::Gate::check\(/,
  'of which limits (RateLimits::count)': /base::RateLimits::count\(/,
};

const control = (server, ...what) => execFileSync('callgrind_control', [...what, String(server.pid)], { stdio: 'ignore' });

async function enter(server, id) {
  const auth = { token: await sign(id, { exp: 3600 }) };
  const socket = io(server.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth });
  await socket.timeout(600_000).emitWithAck('user:join', { id, username: id });
  return socket;
}

async function sendAll(sockets, count) {
  await Promise.all(sockets.map(async (socket, i) => {
    const receiverId = `user-${i ^ 1}`;
    for (let n = 0; n < count; ++n) {
      const answer = await socket.timeout(600_000).emitWithAck('message:send', { senderId: `user-${i}`, receiverId, content: `message ${n}`, messageType: 'text' });
      if (!answer.success) throw new Error(JSON.stringify(answer));
    }
  }));
}

function figures(file) {
  const lines = execFileSync('callgrind_annotate', ['--inclusive=yes', '--threshold=100', '--show-percs=no', '--auto=no', file], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }).split('\n');
  const numberOf = (line) => Number(line.trim().split(' ')[0].replaceAll(',', ''));
  const total = numberOf(lines.find((line) => line.includes('PROGRAM TOTALS')));
  const of = (pattern) => Math.max(0, ...lines.filter((line) => pattern.test(line)).map(numberOf));
  return { total, parts: Object.entries(parts).map(([name, pattern]) => [name, of(pattern)]) };
}

for (const [name, set] of Object.entries(cases)) {
  const server = await startServer({ set });
  const sockets = [];
  for (let i = 0; i < users; ++i) sockets.push(await enter(server, `user-${i}`));
  await sendAll(sockets, 5);
  control(server, '--instr=on');
  await sendAll(sockets, each);
  control(server, '--dump');
  const file = await until(() => fs.readdirSync(work).find((one) => /^out\.\d+$/.test(one)), 'the figures');
  const { total, parts: shares } = figures(path.join(work, file));
  const messages = users * each;
  console.log(`${name}: ${Math.round(total / messages)} instructions a message`);
  for (const [part, count] of shares) console.log(`  ${part}: ${Math.round(count / messages)}, ${((100 * count) / total).toFixed(2)} %`);
  for (const socket of sockets) socket.disconnect();
  await server.stop();
  fs.readdirSync(work).filter((one) => one.startsWith('out')).forEach((one) => fs.rmSync(path.join(work, one)));
}
fs.rmSync(work, { recursive: true });
process.exit();
