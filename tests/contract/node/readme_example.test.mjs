// SPDX-License-Identifier: Apache-2.0
// The client of README.md, taken from there as it stands (most of it is the front-end code of the standard API), runs in
// two processes that hold a conversation. It connects to http://127.0.0.1:3000, the default port.
// Needs the plugins: messaging presence private_chat users
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { root, startServer, until } from './harness/server.mjs';

async function isFree(port) {
  const probe = net.createServer();
  probe.listen(port, '127.0.0.1');
  const free = await Promise.race([once(probe, 'listening').then(() => true), once(probe, 'error').then(() => false)]);
  probe.close();
  return free;
}

/// Saves the example into a folder where `npm install socket.io-client` was done.
function saveExample(folder) {
  const code = fs.readFileSync(path.join(root, 'README.md'), 'utf8').match(/```javascript\n(.*?)```/s)[1];
  fs.symlinkSync(path.join(root, 'tests/contract/node_modules'), path.join(folder, 'node_modules'));
  fs.writeFileSync(path.join(folder, 'chat.mjs'), code);
  return path.join(folder, 'chat.mjs');
}

/// One user's terminal.
function open(program, userId, receiverId) {
  const terminal = spawn(process.execPath, [program, userId, receiverId], { stdio: ['pipe', 'pipe', 'pipe'] });
  let seen = '';
  for (const stream of [terminal.stdout, terminal.stderr]) stream.on('data', (data) => (seen += data));
  return {
    sees: (text) =>
      until(() => seen.includes(text)).catch(() => assert.fail(`"${text}" is not on ${userId}'s screen, but:\n${seen}`)),
    types: (line) => terminal.stdin.write(`${line}\n`),
    clear: () => (seen = ''),
    close: () => terminal.kill(),
  };
}

test('two users talk through the example of the README', async (t) => {
  if (!(await isFree(3000))) return t.skip('port 3000 is in use on this machine');
  let server = await startServer({ set: { 'server.port': undefined } });
  const program = saveExample(server.folder);
  const terminals = [];
  try {
    assert.equal(server.port, 3000, 'the default port');
    const alice = open(program, 'alice', 'bob');
    terminals.push(alice);
    await alice.sees('WebSocket连接成功');
    const bob = open(program, 'bob', 'alice');
    terminals.push(bob);
    await bob.sees('WebSocket连接成功');
    await alice.sees("userId: 'bob'");
    alice.types('你好');
    await bob.sees('收到新消息');
    await bob.sees("content: '你好'");
    bob.types('很高兴认识你');
    await alice.sees("content: '很高兴认识你'");

    server.expectedEnd = true;
    server.signal('SIGKILL');
    await server.exited;
    alice.clear();
    bob.clear();
    server = await startServer({ folder: server.folder, set: { 'server.port': undefined } });
    await bob.sees('WebSocket连接成功');
    bob.clear();
    bob.types('/history');
    await bob.sees('聊天历史');
    await bob.sees("content: '你好'");
    await bob.sees("content: '很高兴认识你'");
    // Before she goes offline she must have come back, too.
    await alice.sees('WebSocket连接成功');
    alice.types('再见');
    await bob.sees("content: '再见'");
    alice.close();
    await bob.sees("status: 'offline'");
  } finally {
    terminals.forEach((terminal) => terminal.close());
    await server.stop();
  }
});
