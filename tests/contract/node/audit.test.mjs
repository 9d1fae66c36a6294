// SPDX-License-Identifier: Apache-2.0
// The trail of who did what to whom, from where.
// Needs the plugins: audit group_chat messaging private_chat recall users
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Chat, Rest } from './harness/chat.mjs';
import { readMetrics } from './harness/metrics.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, until } from './harness/server.mjs';
import { isFailure, isoTime, objectId } from './harness/shapes.mjs';
import { bearer, sign, startJwtServer } from './harness/tokens.mjs';

const text = 'a text that stays between the two';
let server;
let chat;
let boss;
before(async () => {
  server = await startJwtServer({ set: { 'plugins.audit.file': 'trail.jsonl', 'server.trustedProxies': '127.0.0.1' } });
  chat = new Chat(server);
  boss = bearer(await sign('boss', { role: 'admin', exp: 3600 }));
});
after(async () => {
  chat.end();
  await server.stop();
});

const trail = async (query = '') => (await chat.rest.get(`/api/admin/audit${query}`, boss)).body;
/// The entries of a user's calls, when there are so many; the newest first.
const entriesOf = (userId, count) => until(async () => {
  const { data } = await trail(`?userId=${userId}`);
  return data.length >= count && data;
}, `${count} entries of ${userId}`);
const as = async (name, claims) => bearer(await sign(name, claims));

/// A person who has joined, from an address of their own.
async function enters(name, address) {
  const device = await chat.device({ auth: { token: await sign(name) }, extraHeaders: { 'X-Forwarded-For': address, 'User-Agent': 'tester' } }).connect();
  return device.joins(name);
}

test('joining, recalling and deleting leave a trace each; sending does not', async () => {
  const alice = await enters('alice', '192.0.2.7');
  const bob = await enters('bob', '192.0.2.8');
  const message = await alice.sends(bob, text);
  isFailure(await bob.ask('message:recall', { messageId: message._id, userId: 'bob' }), 'FORBIDDEN');
  await alice.ask('message:recall', { messageId: message._id });
  await chat.rest.call('DELETE', `/api/chat/messages/${message._id}`, { userId: 'alice' }, { ...(await as('alice')), 'X-Forwarded-For': '2001:db8::7' });

  const ofAlice = (await entriesOf('alice', 3)).sort((a, b) => a.call.localeCompare(b.call));
  assert.deepEqual(ofAlice.map(({ call, code, address, target }) => [call, code, address, target]), [
    ['DELETE /api/chat/messages/:messageId', 'OK', '2001:db8::7', { userId: 'alice', messageId: message._id }],
    ['message:recall', 'OK', '192.0.2.7', { messageId: message._id }],
    ['user:join', 'OK', '192.0.2.7', { id: 'alice', username: 'alice' }],
  ]);
  for (const entry of ofAlice) {
    assert.match(entry._id, objectId);
    assert.match(entry.at, isoTime);
  }
  assert.equal(ofAlice[1].userAgent, 'tester');
  const [refused] = await until(async () => {
    const { data } = await trail('?userId=bob&code=FORBIDDEN');
    return data.length > 0 && data;
  });
  assert.deepEqual([refused.call, refused.target], ['message:recall', { messageId: message._id, userId: 'bob' }]);
});

test('a group leaves one for each change, with whom it was about', async () => {
  const owner = await as('owner');
  const made = await chat.rest.post('/api/chat/sessions/group', { sessionName: 'a name of theirs', creatorId: 'owner', participants: ['carl', 'dora'] }, owner);
  const group = made.body.data._id;
  const at = `/api/chat/sessions/group/${group}`;
  await chat.rest.call('PUT', `${at}/members/carl`, { operatorId: 'owner', role: 'admin' }, owner);
  await chat.rest.call('DELETE', `${at}/members/dora?operatorId=owner`, undefined, await as('boss', { role: 'admin' }));
  await chat.rest.call('DELETE', at, { userId: 'owner' }, owner);
  const entries = Object.fromEntries((await entriesOf('owner', 4)).map((entry) => [entry.call, entry]));
  const route = '/api/chat/sessions/group';
  assert.deepEqual(Object.keys(entries).sort(), [`DELETE ${route}/:sessionId`, `DELETE ${route}/:sessionId/members/:userId`,
    `POST ${route}`, `PUT ${route}/:sessionId/members/:userId`]);
  assert.deepEqual(entries[`POST ${route}`].target, { creatorId: 'owner', participants: ['carl', 'dora'] });
  assert.deepEqual(entries[`PUT ${route}/:sessionId/members/:userId`].target, { userId: 'carl', operatorId: 'owner', sessionId: group, role: 'admin' });
  const removal = entries[`DELETE ${route}/:sessionId/members/:userId`];
  assert.deepEqual([removal.subject, removal.role, removal.target], ['boss', 'admin', { userId: 'dora', operatorId: 'owner', sessionId: group }]);
  assert.equal(entries[`DELETE ${route}/:sessionId`].subject, undefined);
});

test('a query beside a body stands for nothing in it', async () => {
  const body = { creatorId: 'liar', participants: ['carl'] };
  const url = `${server.url}/api/chat/sessions/group?participants=nobody&tokenId=x`; // no parameters of the route
  const headers = { 'Content-Type': 'application/json', ...(await as('liar')) };
  assert.equal((await fetch(url, { method: 'POST', headers, body: JSON.stringify({ sessionName: 'x', ...body }) })).status, 201);
  const [entry] = await entriesOf('liar', 1);
  assert.deepEqual(entry.target, body);
});

test('a token that does not count leaves the address', async () => {
  const answer = await chat.rest.call('DELETE', '/api/chat/messages/65a0b1c2d3e4f5a6b7c8d9e0', { userId: 'eve' }, { ...bearer('no.token.really'), 'X-Forwarded-For': '192.0.2.66', 'User-Agent': 'evil/1' });
  assert.equal(answer.status, 401);
  const [entry] = await until(async () => {
    const { data } = await trail('?code=UNAUTHENTICATED');
    return data.length > 0 && data;
  });
  assert.deepEqual([entry.address, entry.userId, entry.requestId], ['192.0.2.66', '', answer.headers.get('x-request-id')]);
  assert.deepEqual([entry.userAgent, entry.target], ['evil/1', { messageId: '65a0b1c2d3e4f5a6b7c8d9e0' }]);
});

test('an entry that the file cannot take is in the store; the log and /metrics tell', async () => {
  const file = path.join(server.folder, 'trail.jsonl');
  const kept = path.join(server.folder, 'trail.kept');
  fs.renameSync(file, kept);
  fs.mkdirSync(file);
  const joins = async (name) => (await enters(name, '192.0.2.9'), entriesOf(name, 1));
  for (const name of ['fay', 'gil']) await joins(name);
  await until(async () => (await readMetrics(chat, boss)).get('parley_audit_lost_total') === 2, 'the count of what was lost');
  fs.rmdirSync(file);
  fs.renameSync(kept, file);
  await joins('hal');
  await until(() => /trail\.jsonl takes entries of the trail again, after 2 were lost/.test(server.log()), 'the end of the trouble');
  assert.equal(server.log().match(/entries of the trail are lost/g).length, 1, server.log());
});

/// A server that signs tokens, and its first admin.
async function withAccounts(t) {
  const password = 'the first of all passwords';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-admin-'));
  const admins = path.join(folder, 'admin');
  fs.writeFileSync(admins, `root\n${password}\n`);
  const own = await startServer({ set: { 'auth.mode': 'jwt', 'auth.ownTokens': true, 'plugins.accounts.registration': 'open', 'plugins.accounts.firstAdminFile': admins } });
  t.after(() => own.stop());
  fs.rmSync(folder, { recursive: true });
  const rest = new Rest(own.url);
  const { accessToken } = (await rest.post('/api/auth/login', { username: 'root', password })).body.data;
  return { rest, root: bearer(accessToken) };
}

testWith('accounts', 'who registers, logs in and logs out is found by their id, and the name goes with them', async (t) => {
  const { rest, root } = await withAccounts(t);
  const account = { username: 'dora', password: 'a good password' };
  const { _id } = (await rest.post('/api/auth/register', account)).body.data.user;
  const { accessToken, refreshToken } = (await rest.post('/api/auth/login', account)).body.data;
  await rest.post('/api/auth/logout', { refreshToken });
  const entries = (count, fits = () => true) => until(async () => {
    const { data } = (await rest.get(`/api/admin/audit?userId=${_id}`, root)).body;
    return data.length >= count && data.every(fits) && data;
  }, `${count} entries`);
  const before = await entries(3);
  assert.deepEqual(before.map(({ call, target }) => [call, target]).sort(), [
    ['POST /api/auth/login', { username: 'dora' }], ['POST /api/auth/logout', {}], ['POST /api/auth/register', { username: 'dora' }],
  ]);
  const gone = await rest.call('DELETE', '/api/auth/me', { currentPassword: account.password }, bearer(accessToken));
  assert.equal(gone.status, 202, gone.text);
  await entries(3, ({ call, address, target }) => call === 'DELETE /api/auth/me' || (address === '' && !('username' in target)));
});

testWith('accounts', 'making a service token and taking it back say which', async (t) => {
  const { rest, root } = await withAccounts(t);
  const { _id, token } = (await rest.post('/api/auth/service-tokens', { name: 'crm' }, root)).body.data;
  await rest.call('DELETE', `/api/auth/service-tokens/${_id}`, undefined, root);
  const targetOf = (call) => until(async () => {
    const answer = await rest.get(`/api/admin/audit?call=${encodeURIComponent(call)}`, root);
    assert.ok(!answer.text.includes(token));
    return answer.body.data[0]?.target;
  }, call);
  assert.deepEqual(await targetOf('POST /api/auth/service-tokens'), { name: 'crm' });
  assert.deepEqual(await targetOf('DELETE /api/auth/service-tokens/:tokenId'), { tokenId: _id });
});

describe('the trail', () => {
  test('is for admins', async () => {
    const refused = await chat.rest.get('/api/admin/audit', await as('alice'));
    assert.equal(refused.status, 403);
  });

  test('is read in pages, by call and by time', async () => {
    const first = await trail('?limit=1');
    assert.equal(first.data.length, 1);
    assert.ok(first.pagination.total > 5 && first.pagination.pages === first.pagination.total);
    const second = await trail('?limit=1&page=2');
    assert.ok(second.data[0].at <= first.data[0].at && second.data[0]._id !== first.data[0]._id);
    const joins = await trail(`?call=${encodeURIComponent('user:join')}`);
    assert.deepEqual(joins.data.map(({ userId }) => userId).sort(), ['alice', 'bob', 'fay', 'gil', 'hal']);
    assert.equal((await trail(`?to=${first.data[0].at}`)).pagination.total < first.pagination.total, true);
    assert.equal((await trail('?from=2100-01-01T00:00:00.000Z')).pagination.total, 0);
    isFailure((await chat.rest.get('/api/admin/audit?from=yesterday', boss)).body, 'VALIDATION_FAILED', { names: 'from' });
  });

  test('lies in a file, too, and holds neither texts nor names nor tokens', async () => {
    const file = path.join(server.folder, 'trail.jsonl');
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(lines.length, (await trail()).pagination.total - 2); // which the scene above has kept from the file
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    for (const secret of [text, 'a name of theirs', 'no.token.really', boss.Authorization.slice(7)])
      assert.ok(!JSON.stringify([lines, (await trail('?limit=100')).data]).includes(secret), secret);
  });
});
