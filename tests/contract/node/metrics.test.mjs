// SPDX-License-Identifier: Apache-2.0
// What Prometheus is told.
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { Polling, enteredSocket } from './harness/engine_io.mjs';
import { readMetrics } from './harness/metrics.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, until } from './harness/server.mjs';
import { bearer, sign, startJwtServer } from './harness/tokens.mjs';

/// The sum of a family's samples, of those alone that have all of these labels.
function sumOf(samples, name, ...labels) {
  let sum = 0;
  for (const [sample, value] of samples)
    if ((sample === name || sample.startsWith(`${name}{`)) && labels.every((label) => sample.includes(label))) sum += value;
  return sum;
}

test('figures of the server and of every call into a plugin', async () => {
  const server = await startServer();
  const chat = new Chat(server);
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  for (let i = 0; i < 3; ++i) await alice.sends(bob, `message ${i}`);
  const sending = '{plugin="messaging",site="event message:send"}';
  const samples = await readMetrics(chat);
  assert.equal(samples.get('parley_users_online'), 2);
  assert.equal(samples.get('parley_sessions{transport="websocket"}'), 2);
  assert.ok(samples.get('parley_connections') >= 2);
  assert.equal(samples.types.get('parley_plugin_calls_total'), 'counter');
  assert.equal(samples.get(`parley_plugin_calls_total${sending}`), 3);
  assert.equal(samples.get(`parley_plugin_call_failures_total${sending}`), 0);
  assert.ok(samples.get(`parley_plugin_call_seconds_total${sending}`) > 0);
  assert.equal(samples.get('parley_plugin_up{plugin="messaging",version="1.0.0"}'), 1);
  assert.ok(samples.get('process_resident_memory_bytes') > 1e6);
  assert.ok(samples.get('process_open_fds') > 5);
  assert.ok(Math.abs(samples.get('process_start_time_seconds') - Date.now() / 1000) < 3600);
  chat.end();
  await until(async () => (await readMetrics(new Chat(server))).get('parley_users_online') === 0, 'both to be gone');
  await server.stop();
});

testWith('file_transfer', 'a plugin that has failed is not one that is off', async (t) => {
  const config = { plugins: { file_transfer: { directory: 'files' } } };
  const server = await startServer({ config, set: { 'plugins.echo.enabled': false } });
  t.after(() => server.stop());
  const samples = async () => readMetrics(new Chat(server));
  const ofFiles = (name) => `${name}{plugin="file_transfer",version="1.0.0"}`;
  assert.equal((await samples()).get(ofFiles('parley_plugin_failed')), 0);
  config.plugins.file_transfer.directory = '/proc/none';
  server.writeConfig(config);
  server.signal('SIGHUP');
  await until(async () => (await samples()).get(ofFiles('parley_plugin_failed')) === 1, 'the failure');
  assert.equal((await samples()).get(ofFiles('parley_plugin_up')), 0);
  assert.equal(sumOf(await samples(), 'parley_plugin_failed', 'plugin="echo"'), 0);
  assert.equal(sumOf(await samples(), 'parley_plugin_up', 'plugin="echo"'), 0);
});

test('events and requests: how many, how long, what came of them', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const chat = new Chat(server);
  t.after(() => chat.end());
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  for (let i = 0; i < 3; ++i) await alice.sends(bob, `message ${i}`);
  assert.equal((await alice.ask('message:send', { ...alice.draft(bob, 'x'), senderId: 'mallory' })).code, 'FORBIDDEN');
  await new Promise((resolve) => alice.socket.emit('no:such:event', resolve));
  for (let i = 0; i < 2; ++i) await chat.rest.get('/api/health');
  await chat.rest.get(`/api/chat/messages/nobodys-session?limit=100`);
  await fetch(`${server.url}/nothing/here`);

  const samples = await readMetrics(chat);
  const durations = 'parley_event_duration_seconds';
  assert.equal(samples.get(`${durations}_count{event="message:send"}`), 4);
  assert.equal(samples.get(`${durations}_bucket{event="message:send",le="+Inf"}`), 4);
  assert.ok(samples.get(`${durations}_sum{event="message:send"}`) > 0);
  assert.equal(samples.get('parley_event_failures_total{event="message:send",code="FORBIDDEN"}'), 1);
  assert.equal(samples.get('parley_event_failures_total{event="other",code="NOT_FOUND"}'), 1);
  assert.equal(samples.get('parley_calls_refused_total{class="message",code="FORBIDDEN"}'), 1);
  assert.equal(samples.get('parley_http_request_duration_seconds_count{route="GET /api/health"}'), 2);
  assert.equal(samples.get('parley_http_responses_total{route="GET /api/health",status="2xx"}'), 2);
  assert.equal(samples.get('parley_http_responses_total{route="GET /api/chat/messages/:sessionId",status="4xx"}'), 1);
  assert.equal(samples.get('parley_http_responses_total{route="other",status="4xx"}'), 1);
  assert.equal(samples.get('parley_events_pending'), 0);
});

test('loops, connections and deliveries', async (t) => {
  const server = await startServer({ set: { 'server.loops': 2 } });
  t.after(() => server.stop());
  const chat = new Chat(server);
  t.after(() => chat.end());
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  await new Polling(server.url).open();
  const before = await readMetrics(chat);
  for (let i = 0; i < 5; ++i) {
    await alice.sends(bob, `message ${i}`);
    await bob.receives(`message ${i}`);
  }
  const after = await readMetrics(chat);
  const more = (name) => sumOf(after, name) - sumOf(before, name);
  assert.equal(after.get('parley_sessions{transport="polling"}'), 1);
  assert.equal(after.get('parley_sessions{transport="websocket"}'), 2);
  assert.equal(after.get('parley_sessions{transport="plain"}'), 0);
  assert.equal(sumOf(after, 'parley_loop_connections'), after.get('parley_connections'));
  assert.ok(sumOf(after, 'parley_connections_accepted_total') >= 3);
  assert.ok(more('parley_loop_iterations_total') > 0 && more('parley_loop_tasks_total') > 0);
  assert.ok(more('parley_loop_busy_seconds_total') > 0);
  assert.ok(more('parley_loop_received_bytes_total') > 500 && more('parley_loop_sent_bytes_total') > 500);
  assert.ok(more('parley_events_sent_total') >= 10, 'message:sent and message:receive');
  assert.ok(more('parley_deliveries_total') >= 10);
  bob.leaves();
  const closed = async () => sumOf(await readMetrics(chat), 'parley_connections_closed_total') > sumOf(after, 'parley_connections_closed_total');
  await until(closed, 'the end of a connection');
  assert.ok(after.has('parley_loop_tasks_queued{loop="1"}'));
});

test('a client that does not read', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const chat = new Chat(server);
  t.after(() => chat.end());
  const alice = await chat.enters('alice');
  const deaf = await enteredSocket(server.url);
  deaf.send('420["user:join",{"id":"deaf","username":"deaf"}]');
  await until(async () => (await readMetrics(chat)).get('parley_users_online') === 2, 'deaf to have joined');
  deaf.socket.pause();
  let most = 0;
  await until(async () => {
    await Promise.all(Array.from({ length: 50 }, () => alice.sends({ id: 'deaf' }, 'x'.repeat(16_000))));
    const samples = await readMetrics(chat);
    most = Math.max(most, sumOf(samples, 'parley_loop_outbound_queue_bytes'));
    return samples.get('parley_slow_clients_closed_total') === 1;
  }, 'the one that does not read to be cut off');
  const samples = await readMetrics(chat);
  assert.ok(most > 10_000, `${most} bytes were seen waiting`);
  assert.equal(samples.get('parley_connections_closed_total{reason="output_limit"}'), 1);
  assert.equal(sumOf(samples, 'parley_loop_outbound_queue_bytes'), 0);
  deaf.end();
});

test('who is not let in', async (t) => {
  const server = await startJwtServer();
  t.after(() => server.stop());
  const chat = new Chat(server);
  const mine = bearer(await sign('alice'));
  await chat.rest.get('/api/chat/users');
  await chat.rest.get('/api/chat/users', bearer('no.token.atall'));
  await chat.rest.get('/api/chat/users', bearer(await sign('alice', { exp: -60 })));
  await chat.rest.get('/api/chat/messages/unread/bob', mine);
  const answer = await fetch(`${server.url}/metrics`, { headers: bearer(await sign('root', { role: 'admin' })) });
  const text = await answer.text();
  const sample = (name) => Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ').at(-1));
  assert.equal(sample('parley_tokens_refused_total'), 2);
  assert.equal(sample('parley_calls_refused_total{class="read",code="FORBIDDEN"}'), 1);
  assert.equal(sample('parley_calls_refused_total{class="search",code="UNAUTHENTICATED"}'), 3);
});

test('what the store does', async () => {
  const server = await startServer();
  const chat = new Chat(server);
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const before = await readMetrics(chat);
  for (let i = 0; i < 5; ++i) await alice.sends(bob, `message ${i}`);
  const after = await readMetrics(chat);
  const more = (name) => after.get(name) - before.get(name);
  assert.ok(more('parley_store_writes_total') >= 5);
  const commands = 'parley_store_command_duration_seconds';
  for (const kind of ['read', 'write']) {
    assert.ok(after.get(`${commands}_count{kind="${kind}"}`) > 0);
    assert.ok(after.get(`${commands}_sum{kind="${kind}"}`) > 0);
    assert.equal(after.get(`${commands}_bucket{kind="${kind}",le="+Inf"}`), after.get(`${commands}_count{kind="${kind}"}`));
  }
  assert.ok(more(`${commands}_count{kind="write"}`) >= 5, 'each of them was awaited');
  assert.ok(more('parley_store_writes_per_command_count') >= 5);
  assert.equal(after.get('parley_store_writes_per_command_sum'), after.get('parley_store_writes_total'));
  const operations = 'parley_store_operation_duration_seconds';
  assert.ok(more(`${operations}_count{operation="submit"}`) >= 5);
  assert.ok(more(`${operations}_sum{operation="submit"}`) > 0);
  assert.ok(after.get(`${operations}_count{operation="find"}`) > 0);
  assert.equal(sumOf(after, 'parley_store_operation_failures_total'), 0);
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
