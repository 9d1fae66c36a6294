// SPDX-License-Identifier: Apache-2.0
// What wrong passwords come to, and those who try many.
// Needs the plugins: accounts
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { accountsAt, own, refused, startWithAdmin, weak } from './harness/accounts.mjs';
import { embedded, startServer, until } from './harness/server.mjs';
import { bearer } from './harness/tokens.mjs';

const byStatus = (answers) => ({ 401: [], 429: [], 503: [], ...answers.reduce((by, answer) => ({ ...by, [answer.status]: [...(by[answer.status] ?? []), answer] }), {}) });

/// The status of a login from another address of this machine.
function loginFrom(localAddress, { port }, body) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, localAddress, method: 'POST', path: '/api/auth/login', headers: { 'Content-Type': 'application/json' } };
    http.request(options, (response) => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject).end(JSON.stringify(body));
  });
}

test('wrong passwords lock a name, known or not; the right one must wait, too', async () => {
  const server = await startWithAdmin(weak);
  const at = accountsAt(server.url);
  const bob = await at.registered();
  for (const username of [bob.username, 'nobody at all']) {
    const answers = await Promise.all(Array.from({ length: 12 }, () => at.login(username, 'wrong password')));
    const counts = byStatus(answers);
    assert.ok(counts[401].length >= 5 && counts[429].length >= 1, JSON.stringify(answers.map((answer) => answer.status)));
    const late = counts[429].at(-1);
    refused(late, 429, 'RATE_LIMITED');
    assert.ok(Number(late.headers.get('retry-after')) >= 1);
    assert.equal(late.body.retryAfter, Number(late.headers.get('retry-after')));
  }
  const other = await at.registered();
  assert.equal((await at.login(other.username, other.password)).status, 200, 'others are not slowed');
  await until(async () => (await at.login(bob.username, bob.password)).status === 200, 'the end of the lock');
  refused(await at.login(bob.username, 'wrong password'), 401, 'UNAUTHENTICATED');
  const metrics = (await at.rest.get('/metrics', bearer(await at.asAdmin()))).text;
  assert.ok(Number(/^parley_accounts_wrong_passwords_total (\d+)$/m.exec(metrics)[1]) > 10, 'who guesses is seen');
  await server.stop();
});

test('wrong passwords are forgotten after a while', async () => {
  const few = { 'plugins.accounts.freeAttempts': 3, 'plugins.accounts.maxLockSeconds': 1, 'plugins.accounts.forgetSeconds': 1 };
  const forgetful = await startServer({ set: { ...own, ...weak, ...few } });
  const at = accountsAt(forgetful.url);
  for (let round = 0; round < 2; ++round) {
    for (let i = 0; i < 2; ++i) refused(await at.login('bob', 'wrong password'), 401, 'UNAUTHENTICATED');
    await new Promise((resolve) => setTimeout(resolve, 1100));
  }
  await forgetful.stop();
});

describe('an address', () => {
  test('gets so many wrong passwords, whatever the names', async () => {
    const limited = await startServer({ set: { ...own, ...weak, 'plugins.accounts.addressAttempts': 6, 'plugins.accounts.addressSeconds': 3600 } });
    const at = accountsAt(limited.url);
    const account = { username: 'alice', password: 'a good password' };
    assert.equal((await at.post('register', account)).status, 201);
    for (let i = 0; i < 20; ++i) assert.equal((await at.login('alice', account.password)).status, 200, 'right ones are not counted');
    for (let i = 0; i < 5; ++i) refused(await at.login(`name ${i}`, 'wrong password'), 401, 'UNAUTHENTICATED');
    for (const username of ['alice', 'name 9']) {
      const answer = await at.login(username, account.password);
      refused(answer, 429, 'RATE_LIMITED');
      assert.ok(Number(answer.headers.get('retry-after')) > 1000);
    }
    refused(await at.post('register', { username: 'bob', password: 'a good password' }), 429, 'RATE_LIMITED');
    await limited.stop();
  });
});

test('few passwords are hashed at once, few may wait, and the others are told', async () => {
  const busy = await startServer({ set: { ...own, 'plugins.accounts.hashesAtOnce': 1, 'plugins.accounts.hashesWaiting': 1, 'plugins.accounts.addressAttempts': 0 } });
  const at = accountsAt(busy.url);
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => at.login(`name ${i}`, 'some password')));
  const counts = byStatus(answers);
  assert.ok(counts[401].length >= 2 && counts[503].length >= 1, JSON.stringify(answers.map((answer) => answer.status)));
  refused(counts[503][0], 503, 'UNAVAILABLE', '登录人数过多，请稍后重试');
  await busy.stop();
});

describe('while passwords wait to be checked', () => {
  const account = { username: 'alice', password: 'the old password' };
  let slow;
  let at;
  let root;
  before(async () => {
    const few = { 'plugins.accounts.hashesAtOnce': 1, 'plugins.accounts.wrongAnswerMillis': 0, 'plugins.accounts.addressAttempts': 0 };
    slow = await startWithAdmin({ ...few, 'plugins.accounts.hashesWaiting': 1 });
    at = accountsAt(slow.url);
    root = await at.asAdmin();
    assert.equal((await at.post('register', account)).status, 201);
    assert.equal((await at.login('nobody', 'some password')).status, 401); // this address comes last from now on
  });
  after(() => slow.stop());

  let people = 0;
  const make = () => at.post('users', { username: `user ${++people}`, password: 'a good password' }, bearer(root));

  test('those that were not checked do not lock the name', async () => {
    for (let inARow = 0, tries = 0; inARow < 8 && tries < 80; ++tries) {
      const others = [make(), make(), make()];
      const { status } = await at.login('alice', account.password);
      inARow = status === 503 ? inARow + 1 : 0;
      await Promise.all(others);
    }
    assert.equal((await at.login('alice', account.password)).status, 200);
  });

  test('a password that is changed meanwhile opens nothing', async () => {
    const { _id } = (await at.login('alice', account.password)).body.data.user;
    const [, old, changed] = await Promise.all([make(), at.login('alice', account.password), at.put(`users/${_id}`, { password: 'a new password' }, root)]);
    assert.equal(changed.status, 200);
    if (old.status === 200) refused(await at.post('refresh', { refreshToken: old.body.data.refreshToken }), 401, 'UNAUTHENTICATED');
    else assert.ok(old.status === 409 || old.status === 503, old.text);
    refused(await at.login('alice', account.password), 401, 'UNAUTHENTICATED');
    assert.equal((await at.login('alice', 'a new password')).status, 200);
  });
});

test('that a password is wrong is told late, whatever the name; that it is right is told at once', async () => {
  const slow = await startServer({ set: { ...own, ...weak, 'plugins.accounts.wrongAnswerMillis': 2000 } });
  const at = accountsAt(slow.url);
  const account = { username: 'alice', password: 'a good password' };
  assert.equal((await at.post('register', account)).status, 201);
  const answered = [];
  const told = (username, password, text) => at.login(username, password).then(({ status }) => answered.push(`${text} ${status}`));
  await Promise.all([told('alice', 'wrong password', 'late'), told('nobody', 'wrong password', 'late'), told('alice', account.password, 'soon')]);
  assert.deepEqual(answered, ['soon 200', 'late 401', 'late 401']);
  await slow.stop();
});

test('many who guess from many addresses keep nobody out', async () => {
  const quick = { 'plugins.accounts.wrongAnswerMillis': 0 }; // so that they come again at once
  const besieged = await startServer({ set: { ...own, ...weak, ...quick, 'plugins.accounts.hashesAtOnce': 1, 'plugins.accounts.hashesWaiting': 8 } });
  const at = accountsAt(besieged.url);
  const account = { username: 'alice', password: 'a good password' };
  assert.equal((await at.post('register', account)).status, 201);
  const statuses = {};
  const guesses = async (address) => {
    for (let i = 0; i < 100; ++i) {
      const status = await loginFrom(address, besieged, { username: `${address} ${i}`, password: 'some password' });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  const guessers = [];
  for (let i = 1; i <= 20; ++i) {
    // Each has shown what it is before the next one comes.
    assert.equal(await loginFrom(`127.0.1.${i}`, besieged, { username: `${i}`, password: 'some password' }), 401);
    guessers.push(guesses(`127.0.1.${i}`));
  }
  let ended = false;
  const end = Promise.all(guessers).then(() => (ended = true));
  let logins = 0;
  for (; !ended; ++logins) assert.equal(await loginFrom('127.0.2.1', besieged, account), 200);
  await end;
  assert.ok(logins > 0, JSON.stringify({ logins, statuses }));
  // Where the store is slower than hashing, nobody waits for that.
  if (embedded) assert.ok(statuses[503] > 0, JSON.stringify({ logins, statuses }));
  await besieged.stop();
});
