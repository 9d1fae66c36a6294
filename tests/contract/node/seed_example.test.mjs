// SPDX-License-Identifier: Apache-2.0
// The front-end code of the API document, unchanged but for the placeholders (ids and names), in two processes that
// hold a conversation. It connects to http://localhost:3000, the default port.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServer, until } from './harness/server.mjs';

const page = path.join(path.dirname(fileURLToPath(import.meta.url)), 'seed_front_end.mjs');

async function isFree(port) {
  const probe = net.createServer();
  probe.listen(port, '127.0.0.1');
  const free = await Promise.race([once(probe, 'listening').then(() => true), once(probe, 'error').then(() => false)]);
  probe.close();
  return free;
}

/// One user's browser: the page in a process of its own; what it prints is what the user sees.
function open(userId, receiverId) {
  const browser = spawn(process.execPath, [page, userId, receiverId], { stdio: ['pipe', 'pipe', 'pipe'] });
  browser.seen = '';
  for (const stream of [browser.stdout, browser.stderr]) stream.on('data', (data) => (browser.seen += data));
  browser.sees = (text) => until(() => browser.seen.includes(text), `"${text}" on ${userId}'s page; it shows:\n${browser.seen}`);
  browser.types = (line) => browser.stdin.write(`${line}\n`);
  return browser;
}

test('two users talk through the pasted example', async (t) => {
  if (!(await isFree(3000))) return t.skip('port 3000 is in use on this machine');
  const server = await startServer({ set: { 'server.port': undefined } });
  const pages = [];
  try {
    assert.equal(server.port, 3000, 'the default port');
    const alice = open('alice', 'bob');
    pages.push(alice);
    await alice.sees('WebSocket连接成功');
    const bob = open('bob', 'alice');
    pages.push(bob);
    await bob.sees('WebSocket连接成功');
    await alice.sees("userId: 'bob'");
    alice.types('send 你好');
    await bob.sees('收到新消息');
    await bob.sees("content: '你好'");
    bob.types('send 很高兴认识你');
    await alice.sees("content: '很高兴认识你'");
    bob.types('history');
    await bob.sees('聊天历史');
    bob.kill();
    await alice.sees("status: 'offline'");
  } finally {
    pages.forEach((browser) => browser.kill());
    await server.stop();
  }
});
