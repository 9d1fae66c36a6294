// SPDX-License-Identifier: Apache-2.0
// What Prometheus is told.
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { startServer, until } from './harness/server.mjs';

/// Every sample: `name{labels}` to its value; each of a family that has HELP and TYPE.
async function read(chat) {
  const answer = await chat.rest.get('/metrics');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const samples = new Map();
  const types = new Map();
  for (const line of answer.text.trimEnd().split('\n')) {
    const type = line.match(/^# TYPE (\S+) (counter|gauge|histogram)$/);
    if (type) types.set(type[1], type[2]);
    if (line.startsWith('#')) continue;
    const [, name, labels, value] = line.match(/^([a-z_]+)(\{.*\})? (\S+)$/);
    assert.ok(types.has(name) || types.get(name.replace(/_(bucket|sum|count)$/, '')) === 'histogram', line);
    assert.ok(!Number.isNaN(Number(value)), line);
    samples.set(name + (labels ?? ''), Number(value));
  }
  assert.equal(types.get('parley_plugin_calls_total'), 'counter');
  return samples;
}

test('figures of the server and of every call into a plugin', async () => {
  const server = await startServer();
  const chat = new Chat(server);
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  for (let i = 0; i < 3; ++i) await alice.sends(bob, `message ${i}`);
  const sending = '{plugin="messaging",site="event message:send"}';
  const samples = await read(chat);
  assert.equal(samples.get('parley_users_online'), 2);
  assert.equal(samples.get('parley_engine_sessions'), 2);
  assert.ok(samples.get('parley_connections') >= 2);
  assert.equal(samples.get(`parley_plugin_calls_total${sending}`), 3);
  assert.equal(samples.get(`parley_plugin_call_failures_total${sending}`), 0);
  assert.ok(samples.get(`parley_plugin_call_seconds_total${sending}`) > 0);
  assert.equal(samples.get('parley_plugin_up{plugin="messaging",version="1.0.0"}'), 1);
  assert.ok(samples.get('process_resident_memory_bytes') > 1e6);
  assert.ok(samples.get('process_open_fds') > 5);
  chat.end();
  await until(async () => (await read(new Chat(server))).get('parley_users_online') === 0, 'both to be gone');
  await server.stop();
});

test('what the store does', async () => {
  const server = await startServer();
  const chat = new Chat(server);
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const before = await read(chat);
  for (let i = 0; i < 5; ++i) await alice.sends(bob, `message ${i}`);
  const after = await read(chat);
  const more = (name) => after.get(name) - before.get(name);
  assert.ok(more('parley_store_writes_total') >= 5);
  const commands = 'parley_store_command_duration_seconds';
  for (const kind of ['read', 'write']) {
    assert.ok(after.get(`${commands}_count{kind="${kind}"}`) > 0);
    assert.ok(after.get(`${commands}_sum{kind="${kind}"}`) > 0);
    assert.equal(after.get(`${commands}_bucket{kind="${kind}",le="+Inf"}`), after.get(`${commands}_count{kind="${kind}"}`));
  }
  assert.ok(more(`${commands}_count{kind="write"}`) >= 5, 'each of them was awaited');
  for (const none of ['command_failures_total', 'write_retries_total'])
    assert.equal(after.get(`parley_store_${none}`), 0, none);
  assert.ok(after.get('parley_store_connections') >= 1);
  assert.ok(after.get('parley_store_connections_used') <= after.get('parley_store_connections'));
  for (const other of ['slow_commands_total', 'writes_queued']) assert.ok(after.has(`parley_store_${other}`), other);
  chat.end();
  await server.stop();
});

test('switched off, there is no such path', async () => {
  const server = await startServer({ set: { 'metrics.enabled': false } });
  assert.equal((await fetch(`${server.url}/metrics`)).status, 404);
  await server.stop();
});
