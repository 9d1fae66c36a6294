// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: file_transfer messaging private_chat users
// More clients than there are file descriptors.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { Chat } from '../contract/node/harness/chat.mjs';
import { startServer, until } from '../contract/node/harness/server.mjs';
import { KeptLine, limit } from './faults.mjs';
import { Raw } from './raw.mjs';

const refused = 'parley_connections_refused_total{reason="no_file_descriptors"}';
/// Leaves a process a few file descriptors more than it has; says how many.
function crampFiles(pid) {
  const open = fs.readdirSync(`/proc/${pid}/fd`).map(Number);
  const highest = Math.max(...open) + 8;
  limit(pid, 'nofile', highest);
  return highest - open.length;
}

const lines = (server, pattern) => (server.log().match(pattern) ?? []).length;
const few = 3; // lines of one episode, also where a slow machine makes it a long one

test('without a free file descriptor: those who are there go on, newcomers are turned away until there is one', async (t) => {
  const server = await startServer({ set: { 'http.headTimeout': 600_000, 'http.idleTimeout': 600_000 } });
  t.after(() => server.stop());
  const chat = new Chat(server);
  const kept = new KeptLine(server);
  t.after(() => (chat.end(), kept.end()));
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  assert.equal((await kept.get('/api/health')).status, 200);

  const spare = crampFiles(server.pid);
  const crowd = [];
  for (let wave = 1; wave <= 10; ++wave) {
    crowd.push(...(await Promise.all(Array.from({ length: 50 }, () => new Raw(server.port).open()))));
    await until(() => crowd.filter((raw) => raw.ended).length >= crowd.length - spare, 'the crowd to be turned away');
    await alice.sends(bob, `wave ${wave}`);
    await bob.receives(`wave ${wave}`);
  }
  t.after(() => crowd.forEach((raw) => raw.close()));
  assert.ok((await kept.metric(refused)) >= crowd.length - spare);

  const upload = await kept.uploads(alice.id, 'a note');
  assert.deepEqual([upload.status, upload.body.code], [503, 'UNAVAILABLE'], upload.text);

  const iterations = async () => {
    const { text } = await kept.get('/metrics');
    return [...text.matchAll(/^parley_loop_iterations_total\{.*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  };
  const files = await kept.metric('process_open_fds');
  assert.ok(files > (await kept.metric('process_max_fds')) - 2 * spare && files < 10_000, `${files} files are told of`);
  assert.ok((await kept.metric('process_resident_memory_bytes')) > 1e6);
  assert.ok((await kept.metric('process_start_time_seconds')) > 1.6e9);
  const before = await iterations();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const turns = (await iterations()) - before;
  t.diagnostic(`${turns} turns of the loops in a second`);
  assert.ok(turns < 2000, 'the listener does not spin');

  const told = lines(server, /cannot accept connections: Too many open files/g);
  assert.ok(told > 0 && told <= few, server.log());
  assert.equal(lines(server, /files cannot be made: Too many open files/g), 1);
  crowd.filter((raw) => !raw.ended).slice(0, 4).forEach((raw) => raw.close());
  const carol = await until(() => chat.enters('carol').catch(() => undefined), 'a place for carol');
  await carol.sends(alice, 'here at last');
  await alice.receives('here at last');
  assert.ok(lines(server, /connections are accepted again/g) > 0);
  assert.equal((await kept.uploads(alice.id, 'a note')).status, 201);
});
