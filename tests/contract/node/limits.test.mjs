// SPDX-License-Identifier: Apache-2.0
// Who calls too often: by user, by address, by class of calls.
// Needs the plugins: messaging ping private_chat users
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, until, withPatience } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';
import { bearer, sign, startJwtServer } from './harness/tokens.mjs';

/// A server for one test, and a chat on it. A call a minute never comes back while a test runs.
async function opens(t, start, set) {
  const server = await start({ set });
  const chat = new Chat(server);
  t.after(async () => {
    chat.end();
    await server.stop();
  });
  return { server, chat };
}

const codes = (answers) => answers.map((answer) => answer.code ?? 'done');
const times = (count, what) => Promise.all(Array.from({ length: count }, what));

test('a user sends so many messages, over all devices; others and other calls are not concerned', async (t) => {
  const { chat } = await opens(t, startServer, { 'limits.message.perUser': 1, 'limits.message.burst': 1 });
  const [alice, phone, bob] = await Promise.all(['alice', 'alice', 'bob'].map(async (name) => (await chat.device().connect()).joins(chat.idOf(name))));
  const message = await alice.sends(bob, 'one');
  const refused = await phone.ask('message:send', phone.draft(bob, 'two'));
  isFailure(refused, 'RATE_LIMITED');
  assert.ok(refused.retryAfter > 50 && refused.retryAfter <= 60, `${refused.retryAfter} s`);
  phone.tell('message:send', phone.draft(bob, 'three'));
  isFailure(await phone.hears('error'), 'RATE_LIMITED', { event: 'message:send' });
  await bob.sends(alice, 'back');
  const history = await alice.ask('chat:history', { sessionId: message.sessionId });
  assert.deepEqual(history.data.map(({ content }) => content), ['one', 'back']);

  const answer = await chat.rest.post('/api/chat/messages', alice.draft(bob, 'four'));
  assert.equal(answer.status, 429);
  isFailure(answer.body, 'RATE_LIMITED');
  assert.equal(answer.headers.get('retry-after'), String(answer.body.retryAfter));
});

test('an address makes so many calls, whoever it is; a back end is free', async (t) => {
  const { server, chat } = await opens(t, startJwtServer, { 'limits.exempt': '', 'limits.search.perAddress': 2, 'limits.search.burst': 60 });
  const list = async (token) => chat.rest.get('/api/chat/users', bearer(await token));
  assert.equal((await list(sign('alice'))).status, 200);
  assert.equal((await list(sign('bob'))).status, 200);
  const third = await list(sign('carl'));
  assert.equal(third.status, 429);
  isFailure(third.body, 'RATE_LIMITED');
  assert.equal(third.headers.get('retry-after'), String(third.body.retryAfter));
  assert.equal((await list(sign('crm', { service: true }))).status, 200);
  assert.equal((await fetch(`${server.url}/api/ping`, { headers: bearer('no token') })).status, 200);
});

test('tokens that do not count are counted, and let nobody else down', async (t) => {
  const { server, chat } = await opens(t, startJwtServer, { 'limits.exempt': '', 'limits.auth.perAddress': 1, 'limits.auth.burst': 120 });
  const good = await sign('alice');
  const list = (token) => chat.rest.get('/api/chat/users', bearer(token));
  assert.deepEqual(codes((await times(4, () => list('bad'))).map((answer) => answer.body)).sort(),
    ['RATE_LIMITED', 'RATE_LIMITED', 'UNAUTHENTICATED', 'UNAUTHENTICATED']);
  assert.equal((await list(good)).status, 200);
  const refusal = await chat.device({ auth: { token: 'bad' } }).connect().catch((error) => error);
  isFailure(refusal.data, 'RATE_LIMITED');
  const alice = await chat.device({ auth: { token: good } }).connect();
  await alice.joins('alice');
  isFailure(await alice.ask('auth:renew', { token: good }), 'RATE_LIMITED');
  assert.ok(alice.socket.connected);
  assert.equal((await fetch(`${server.url}/api/health`)).status, 200);
});

test('a user has so many sockets; one that leaves makes room', async (t) => {
  const { chat } = await opens(t, startServer, { 'realtime.maxSocketsPerUser': 2 });
  const join = async (device) => device.ask('user:join', { id: 'alice', username: 'alice' });
  const [first, second, third, other] = await times(4, () => chat.device().connect());
  assert.deepEqual(codes([await join(first), await join(second), await join(second)]), ['done', 'done', 'done']);
  isFailure(await join(third), 'RATE_LIMITED');
  await other.joins('bob');
  await third.joins('carl');
  first.leaves();
  const late = await chat.device().connect();
  assert.ok(await until(async () => (await join(late)).success));
});

testWith('file_transfer', 'a user has so many uploads under way; one that ends, or breaks off, makes room', async (t) => {
  const { server, chat } = await opens(t, startServer, { 'limits.upload.atOnce': 2 });
  const target = new URL(`${server.url}/api/chat/files?userId=alice`);
  const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nsome text';
  /// An upload that the server has let in, and waits for more of.
  const begin = async () => {
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x', Expect: '100-continue' };
    const request = http.request(target, { method: 'POST', headers, agent: false });
    request.on('error', () => {}); // one is broken off
    const status = new Promise((resolve) => request.on('response', (response) => resolve(response.resume().statusCode)));
    request.flushHeaders();
    await withPatience(once(request, 'continue'), 'being let in');
    request.write(head);
    return { request, status };
  };
  const upload = () => {
    const form = new FormData();
    form.set('file', new Blob(['a text']), 'b.txt');
    return fetch(target, { method: 'POST', body: form });
  };
  const [first, second] = [await begin(), await begin()];
  const refused = await upload();
  assert.equal(refused.status, 429);
  isFailure(await refused.json(), 'RATE_LIMITED');
  assert.equal(refused.headers.get('retry-after'), '1');
  first.request.end('\r\n--x--\r\n');
  assert.equal(await first.status, 201);
  const third = await begin();
  assert.equal((await upload()).status, 429);
  second.request.destroy();
  await until(async () => (await upload()).status === 201, 'room for another');
  third.request.end('\r\n--x--\r\n');
  assert.equal(await third.status, 201);
  assert.equal((await chat.rest.get('/api/health')).status, 200);
});

test('SIGHUP changes the limits', async (t) => {
  const limits = (perUser) => ({ limits: { default: { perUser, burst: 1 } } });
  const server = await startServer({ config: limits(1) });
  const chat = new Chat(server);
  t.after(async () => {
    chat.end();
    await server.stop();
  });
  const alice = await (await chat.device().connect()).joins(chat.idOf('alice'));
  assert.deepEqual(codes([await alice.ask('ping', 1), await alice.ask('ping', 2)]), ['done', 'RATE_LIMITED']);
  server.writeConfig(limits(0));
  server.signal('SIGHUP');
  await until(() => server.log().includes('the configuration was reloaded'));
  assert.deepEqual(codes(await times(100, () => alice.ask('ping', 3))), Array(100).fill('done'));
});
