// SPDX-License-Identifier: Apache-2.0
// Who calls too often: by user, by address, by class of calls.
// Needs the plugins: messaging ping private_chat users
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { startServer, until } from './harness/server.mjs';
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
  const { server, chat } = await opens(t, startJwtServer, { 'limits.exempt': '', 'limits.read.perAddress': 2, 'limits.read.burst': 60 });
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
