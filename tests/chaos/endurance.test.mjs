// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: group_chat messaging presence private_chat read_receipts typing users
// A busy life under random faults. ENDURANCE_SECONDS (120) is how long the two parts take together.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { Proxy } from '../contract/node/harness/proxy.mjs';
import { Server, embedded, startServer, until } from '../contract/node/harness/server.mjs';
import { Life, pick } from './life.mjs';
import { residentMiB } from './raw.mjs';

const milliseconds = (Number(process.env.ENDURANCE_SECONDS ?? 120) * 1000) / 2;
const toggled = ['messaging', 'presence', 'read_receipts', 'typing'];
const configWith = (off) => ({ plugins: Object.fromEntries(toggled.map((name) => [name, { enabled: name !== off }])) });

/// A server that stores in MongoDB does so over a line that can be cut.
async function database() {
  if (embedded) return {};
  const uri = new URL(process.env.MONGODB_TEST_URI);
  const proxy = await new Proxy(Number(uri.port || 27017)).start();
  uri.port = new URL(proxy.url).port;
  uri.searchParams.set('directConnection', 'true');
  return { proxy, set: { 'storage.mongodb.uri': uri.href } };
}

/// A plugin goes, and comes back.
async function togglePlugin(server) {
  for (const off of [pick(toggled), undefined]) {
    const lines = () => server.log().match(/the configuration was reloaded/g)?.length ?? 0;
    const before = lines();
    server.writeConfig(configWith(off));
    server.signal('SIGHUP');
    await until(() => lines() > before, 'the configuration to be reloaded');
    await after(100);
  }
}

async function faultsUntil(end, faults, counts) {
  while (performance.now() < end) {
    const [name, fault] = pick(Object.entries(faults));
    counts[name] = (counts[name] ?? 0) + 1;
    await fault();
    await after(Math.random() * 500);
  }
}

test('nothing that was acknowledged is lost or doubled, though the server is killed', { timeout: milliseconds * 2 + 300_000 }, async (t) => {
  const { proxy, set } = await database();
  let server = await startServer({ config: configWith(), set });
  const life = new Life(server);
  t.after(async () => {
    life.leave();
    await server.stop();
    proxy?.stop();
  });
  await life.begin();
  const faults = {
    'lines broken': () => pick(life.people).drops(),
    'slow readers': () => void life.slowReader(2000),
    'plugins switched': () => togglePlugin(server),
    'servers killed': async () => {
      server.expectedEnd = true;
      server.signal('SIGKILL');
      await server.exited;
      const next = new Server({ folder: server.folder, config: configWith(), set });
      life.server = server = await next.start();
    },
  };
  if (proxy)
    faults['databases gone'] = async () => {
      proxy.cut();
      await after(500);
      proxy.mend();
    };
  const counts = {};
  await faultsUntil(performance.now() + milliseconds, faults, counts);
  await life.end();
  const stored = await life.compare();
  t.diagnostic(`${stored} messages; ${Object.entries(counts).map(([name, count]) => `${name}: ${count}`).join(', ')}`);
  assert.ok(stored > milliseconds / (embedded ? 100 : 2000)); // some servers read whole collections
});

/// The slope of a line through the points, by least squares.
function slope(points) {
  const mean = (index) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

function percentile(times, part) {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * part)] ?? 0;
}

const allowedGrowth = 0.25; // of the memory, within the second half; and what is too little to tell from noise:
const noiseMiB = 16;

test('memory stays flat in a server that runs on', { timeout: milliseconds * 2 + 300_000 }, async (t) => {
  // What is kept of pages, and for clients that may come back, is soon as large as it gets.
  const set = { 'storage.sqlite.cacheBytes': 4 * 1024 * 1024, 'realtime.recovery.maxDisconnection': 3000 };
  const server = await startServer({ config: configWith(), set });
  const life = new Life(server, { measured: true });
  t.after(async () => {
    life.leave();
    await server.stop();
  });
  await life.begin();
  const begun = performance.now();
  const end = begun + milliseconds;
  const memory = []; // [seconds, MiB]
  const watching = setInterval(() => memory.push([(performance.now() - begun) / 1000, residentMiB(server.pid)]), Math.min(1000, milliseconds / 60));
  t.after(() => clearInterval(watching));
  const counts = {};
  await faultsUntil(end, {
    'lines broken': () => pick(life.people).drops(),
    'slow readers': () => void life.slowReader(2000),
    'plugins switched': () => togglePlugin(server),
  }, counts);
  clearInterval(watching);
  await life.end();
  const stored = await life.compare();

  const seconds = milliseconds / 1000;
  for (let quarter = 0; quarter < 4; ++quarter) {
    const isIn = (time) => time >= (seconds * quarter) / 4 && time < (seconds * (quarter + 1)) / 4;
    const times = life.times.filter(([at]) => isIn((at - begun) / 1000)).map(([, took]) => took);
    const resident = memory.filter(([at]) => isIn(at)).map(([, size]) => size);
    t.diagnostic(`quarter ${quarter + 1}: ${times.length} messages, p50 ${percentile(times, 0.5).toFixed(1)} ms, ` +
      `p99 ${percentile(times, 0.99).toFixed(1)} ms, memory at most ${Math.max(...resident).toFixed(1)} MiB`);
  }
  const half = memory.filter(([at]) => at > seconds / 2);
  const growth = slope(half) * (seconds / 2);
  t.diagnostic(`${stored} messages; ${Object.entries(counts).map(([name, count]) => `${name}: ${count}`).join(', ')}; ` +
    `the second half: ${growth.toFixed(1)} MiB on ${half[0][1].toFixed(1)} MiB`);
  assert.ok(growth < Math.max(noiseMiB, allowedGrowth * half[0][1]), `memory grew by ${growth.toFixed(1)} MiB`);
});
