// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat users
// The system's time is set while clients are connected: a day ahead, then an hour back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Chat } from '../contract/node/harness/chat.mjs';
import { root, startServer, until, withPatience } from '../contract/node/harness/server.mjs';
import { bearer, sign, startJwtServer } from '../contract/node/harness/tokens.mjs';

const hour = 3_600_000;
const day = 24 * hour;

/// The time of day as one server sees it (wall_clock.cpp); the steady clock goes on as it does.
class WallClock {
  constructor(t) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-clock-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const library = path.join(folder, 'wall_clock.so');
    const source = path.join(root, 'tests/chaos/wall_clock.cpp');
    execFileSync('g++', ['-std=c++20', '-O1', '-shared', '-fPIC', '-o', library, source]);
    this.file = path.join(folder, 'offset');
    fs.writeFileSync(this.file, Buffer.alloc(8));
    this.env = { LD_PRELOAD: library, WALL_CLOCK: this.file };
  }
  /// In milliseconds. The file is mapped: it must not become shorter.
  set(offset) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(offset / 1000));
    const file = fs.openSync(this.file, 'r+');
    fs.writeSync(file, bytes);
    fs.closeSync(file);
  }
}

async function offsetOf(chat) {
  return Date.parse((await chat.rest.get('/api/health')).body.timestamp) - Date.now();
}

test('nobody is dropped; messages stay in order, and their times, too', async (t) => {
  const clock = new WallClock(t);
  const server = await startServer({ env: clock.env, set: { 'realtime.pingInterval': 500, 'realtime.pingTimeout': 30_000 } });
  t.after(() => server.stop());
  const chat = new Chat(server);
  t.after(() => chat.end());
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob', {}, { transports: ['polling'] })];
  const exchange = async (what) => {
    for (let i = 0; i < 20; ++i) {
      await alice.sends(bob, `${what} ${i}`);
      await bob.receives(`${what} ${i}`);
      await bob.sends(alice, `${what} answer ${i}`);
    }
    for (let i = 0; i < 2; ++i) await withPatience(once(alice.socket.io, 'ping'), 'a ping');
  };

  await exchange('before');
  for (const [what, offset, told] of [
    ['a day ahead', day, /went ahead by 86400 s/],
    ['an hour back', -hour, /went back by 90000 s/],
    ['as it is', 0, /went ahead by 3600 s/],
  ]) {
    clock.set(offset);
    await until(() => told.test(server.log()), `a line of the log: ${told}`);
    assert.ok(Math.abs((await offsetOf(chat)) - offset) < hour / 2, 'the time was set');
    await exchange(what);
    assert.deepEqual([alice, bob].map(({ socket }) => socket.connected), [true, true]);
  }

  const { _id } = await chat.privateSession(alice, bob);
  const stored = [];
  for (let page = 1; page <= 2; ++page)
    stored.push(...(await chat.rest.get(`/api/chat/messages/${_id}?limit=100&afterSeq=${stored.length}`)).body.data);
  assert.deepEqual(stored.map(({ seq }) => seq), Array.from({ length: 160 }, (_, i) => i + 1));
  assert.equal(new Set(stored.map((message) => message._id)).size, 160);
  const times = stored.map(({ createdAt }) => createdAt);
  assert.deepEqual(times, [...times].sort(), 'no message is older than the one before it');
});

test('tokens follow the time that is set', async (t) => {
  const clock = new WallClock(t);
  const server = await startJwtServer({ env: clock.env });
  t.after(() => server.stop());
  const chat = new Chat(server);
  const [short, long] = [await sign('alice', { exp: hour / 1000 }), await sign('alice', { exp: (2 * day) / 1000 })];
  const statuses = async () => {
    const asked = [short, long].map((token) => chat.rest.get('/api/chat/users', bearer(token)));
    return (await Promise.all(asked)).map(({ status }) => status);
  };
  assert.deepEqual(await statuses(), [200, 200]);
  clock.set(day);
  assert.deepEqual(await statuses(), [401, 200]);
  clock.set(-hour);
  assert.deepEqual(await statuses(), [200, 200]);
});
