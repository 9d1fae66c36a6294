// SPDX-License-Identifier: Apache-2.0
// Accounts with a password: registering, logging in, staying so. What wrong passwords come to: passwords.test.mjs.
// Needs the plugins: accounts messaging private_chat users
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accountsAt, own, refused, startWithAdmin, weak } from './harness/accounts.mjs';
import { scene } from './harness/chat.mjs';
import { embedded, Server, startServer, until, withPatience } from './harness/server.mjs';
import { isFailure, isUser } from './harness/shapes.mjs';
import { bearer, forged } from './harness/tokens.mjs';

let server;
let [rest, post, put, login, me, renew, registered, asAdmin] = [];
before(async () => {
  server = await startWithAdmin({ ...weak, 'log.level': 'trace' });
  ({ rest, post, put, login, me, renew, registered, asAdmin } = accountsAt(server.url));
});
after(() => server.stop());

test('who registers is somebody: over REST, and as a socket', scene(() => server, ['websocket'], async (chat) => {
  const answer = await post('register', { username: 'Alice', password: 'a good password', realName: '爱丽丝', email: 'a@example.org' });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const { user, accessToken, refreshToken, expiresAt, refreshExpiresAt } = answer.body.data;
  isUser(user, { username: 'Alice', realName: '爱丽丝', email: 'a@example.org', role: 'user' });
  assert.match(user._id, /^[0-9a-f]{24}$/);
  assert.match(refreshToken, /^[\w-]{64}$/);
  assert.ok(Date.parse(expiresAt) < Date.parse(refreshExpiresAt));
  assert.deepEqual((await me(accessToken)).body.data, user);
  const alice = await chat.device({ auth: { token: accessToken } }).connect();
  await alice.joins(user._id, { username: 'Alice' });
  isFailure(await alice.ask('user:join', { id: 'bob', username: 'bob' }), 'FORBIDDEN');
  assert.equal((await login('alice', 'a good password')).body.data.user._id, user._id);
  const renewed = await renew(refreshToken);
  assert.equal((await alice.ask('auth:renew', { token: renewed.body.data.accessToken })).success, true);
}));

test('a name is one account, however it is written', async () => {
  await registered({ username: 'Zoë' });
  for (const username of ['Zoë', 'ZOË', 'zoë', 'Zoe\u0308', 'Ｚｏë'])
    refused(await post('register', { username, password: 'another password' }), 409, 'CONFLICT', '该用户名已被使用');
  const both = await Promise.all([1, 2].map((n) => post('register', { username: 'twins', password: `password ${n}` })));
  assert.deepEqual(both.map((answer) => answer.status).sort(), [201, 409]);
});

test('what may be a name, a password, a role', async () => {
  const tries = async (more, status, code) => refused(await post('register', { username: 'new one', password: '12345678', ...more }), status, code);
  for (const username of ['', ' x', 'x ', 'a\nb', 'a\u0000', 'x'.repeat(65), 5, null]) await tries({ username }, 400, 'VALIDATION_FAILED');
  for (const password of ['', '1234567', '七个字的密码呀', 'x'.repeat(129), 12345678]) await tries({ password }, 400, 'VALIDATION_FAILED');
  for (const role of ['admin', 'doctor', 'nurse', 'king']) await tries({ role }, 403, 'FORBIDDEN');
  await registered({ username: '八个字', password: '八个字的密码够了', role: 'user' });
  assert.equal((await login('八个字', '八个字的密码够了')).status, 200);
  const long = '长'.repeat(128);
  await registered({ username: 'x'.repeat(64), password: long });
  refused(await login('x'.repeat(64), `${long.slice(1)}短`), 401, 'UNAUTHENTICATED');
});

test('an unknown name, a wrong password and a shut account are told the same', async () => {
  const bob = await registered();
  const shut = await registered();
  assert.equal((await put(`users/${shut.user._id}`, { isActive: false }, await asAdmin())).status, 200);
  const answers = [await login('nobody of that name', 'some password'), await login(bob.username, 'some password'), await login(shut.username, shut.password)];
  for (const answer of answers) {
    refused(answer, 401, 'UNAUTHENTICATED', '用户名或密码错误');
    assert.deepEqual(answer.body, answers[0].body);
    assert.deepEqual([...answer.headers.keys()], [...answers[0].headers.keys()]);
  }
});

test('who gives the right password may change it again and again', async () => {
  const bob = await registered();
  for (let i = 0, currentPassword = bob.password; i < 7; ++i) {
    const newPassword = `password number ${i}`;
    const changed = await put('password', { currentPassword, newPassword, refreshToken: bob.refreshToken }, bob.accessToken);
    assert.equal(changed.status, 200, changed.text);
    currentPassword = newPassword;
  }
});

test('a refresh token works once; a spent one ends the login', async () => {
  const bob = await registered();
  const other = (await login(bob.username, bob.password)).body.data;
  const second = (await renew(bob.refreshToken)).body.data;
  assert.notEqual(second.refreshToken, bob.refreshToken);
  assert.equal((await me(second.accessToken)).status, 200);
  refused(await renew(bob.refreshToken), 401, 'UNAUTHENTICATED', '登录已失效，请重新登录');
  refused(await renew(second.refreshToken), 401, 'UNAUTHENTICATED');
  assert.equal((await renew(other.refreshToken)).status, 200, 'the other device stays');
  assert.ok(server.log().includes(`a spent refresh token of user ${bob.user._id} was shown`));
  for (const token of ['x', crypto.randomBytes(48).toString('base64url'), `${second.refreshToken.slice(0, 20)}${'A'.repeat(44)}`])
    refused(await renew(token), 401, 'UNAUTHENTICATED');
  refused(await renew(''), 400, 'VALIDATION_FAILED');
});

test('of several that renew at the same time one gets through, and then none', async () => {
  const bob = await registered();
  const answers = await Promise.all(Array.from({ length: 8 }, () => renew(bob.refreshToken)));
  const [winner, ...others] = answers.filter((answer) => answer.status === 200);
  assert.equal(others.length, 0);
  refused(await renew(winner.body.data.refreshToken), 401, 'UNAUTHENTICATED');
});

test('a login too many ends the oldest', async () => {
  const limited = await startServer({ set: { ...own, ...weak, 'plugins.accounts.loginsPerUser': 2 } });
  const at = accountsAt(limited.url);
  const tokens = [(await at.post('register', { username: 'bob', password: 'a good password' })).body.data.refreshToken];
  for (let i = 0; i < 2; ++i) tokens.push((await at.login('bob', 'a good password')).body.data.refreshToken);
  const statuses = [];
  for (const refreshToken of tokens) statuses.push((await at.post('refresh', { refreshToken })).status);
  assert.deepEqual(statuses, [401, 200, 200]);
  await limited.stop();
});

test('logging out ends the login and no other', async () => {
  const bob = await registered();
  const other = (await login(bob.username, bob.password)).body.data;
  assert.deepEqual((await post('logout', { refreshToken: bob.refreshToken })).body, { success: true, data: null });
  assert.equal((await post('logout', { refreshToken: bob.refreshToken })).status, 200);
  refused(await renew(bob.refreshToken), 401, 'UNAUTHENTICATED');
  assert.equal((await renew(other.refreshToken)).status, 200);
});

test('a new password ends all logins but the one it was set on', async () => {
  const bob = await registered();
  const other = (await login(bob.username, bob.password)).body.data;
  const change = (body) => put('password', body, bob.accessToken);
  refused(await change({ currentPassword: 'wrong password', newPassword: 'a new password' }), 403, 'FORBIDDEN', '当前密码错误');
  refused(await change({ currentPassword: bob.password, newPassword: 'short' }), 400, 'VALIDATION_FAILED');
  const changed = await change({ currentPassword: bob.password, newPassword: 'a new password', refreshToken: bob.refreshToken });
  assert.deepEqual(changed.body, { success: true, data: { endedLogins: 1 } });
  refused(await renew(other.refreshToken), 401, 'UNAUTHENTICATED');
  assert.equal((await renew(bob.refreshToken)).status, 200);
  refused(await login(bob.username, bob.password), 401, 'UNAUTHENTICATED');
  assert.equal((await login(bob.username, 'a new password')).status, 200);
});

test('admins make accounts, give roles, and shut accounts', scene(() => server, ['websocket'], async (chat) => {
  const admin = await asAdmin();
  const made = await post('users', { username: 'Dr. Who', password: 'time and space', role: 'doctor' }, bearer(admin));
  assert.equal(made.status, 201, made.text);
  isUser(made.body.data, { username: 'Dr. Who', role: 'doctor' });
  const id = made.body.data._id;
  refused(await post('users', { username: 'dr. who', password: 'time and space' }, bearer(admin)), 409, 'CONFLICT');
  refused(await post('users', { username: 'x', password: 'time and space', role: 'king' }, bearer(admin)), 403, 'FORBIDDEN');

  const { accessToken, refreshToken } = (await login('dr. who', 'time and space')).body.data;
  const doctor = await chat.device({ auth: { token: accessToken } }).connect();
  await doctor.joins(id);
  assert.equal(doctor.user.role, 'doctor');
  refused(await put(`users/${id}`, { role: 'nurse' }, accessToken), 403, 'FORBIDDEN');
  isUser((await put(`users/${id}`, { role: 'nurse', password: 'another password' }, admin)).body.data, { role: 'nurse' });
  await doctor.hears('disconnect');
  refused(await renew(refreshToken), 401, 'UNAUTHENTICATED');
  await assert.rejects(chat.device({ auth: { token: accessToken } }).connect(), 'an older token is none any more');
  const later = (await login('dr. who', 'another password')).body.data;
  assert.equal(later.user.role, 'nurse');
  const nurse = await chat.device({ auth: { token: later.accessToken } }).connect();
  await nurse.joins(id, { role: 'doctor', username: 'root' });
  assert.deepEqual([nurse.user.role, nurse.user.username], ['nurse', 'Dr. Who'], 'who joins chooses neither');

  assert.equal((await put(`users/${id}`, { isActive: false }, admin)).status, 200);
  await nurse.hears('disconnect');
  await assert.rejects(chat.device({ auth: { token: later.accessToken } }).connect());
  assert.equal((await put(`users/${id}`, { isActive: true }, admin)).status, 200);
  assert.equal((await login('dr. who', 'another password')).status, 200);
  refused(await put('users/nobody', { role: 'user' }, admin), 404, 'NOT_FOUND');
}));

test('who is demoted or shut has no token any more, also after a restart', async () => {
  const first = await startWithAdmin(weak);
  let at = accountsAt(first.url);
  const root = await at.asAdmin();
  const old = await at.registered();
  const id = old.user._id;
  assert.equal((await at.put(`users/${id}`, { role: 'admin' }, root)).status, 200);
  const admin = (await at.login(old.username, old.password)).body.data.accessToken;
  const trail = (token) => at.rest.get('/api/admin/audit', bearer(token));
  assert.equal((await trail(admin)).status, 200);
  assert.equal((await at.put(`users/${id}`, { role: 'user', isActive: false }, root)).status, 200);
  const isOut = async () => {
    for (const token of [admin, old.accessToken]) {
      refused(await trail(token), 401, 'UNAUTHENTICATED');
      refused(await at.put(`users/${id}`, { role: 'admin', isActive: true }, token), 401, 'UNAUTHENTICATED');
      refused(await at.post('service-tokens', { name: 'backdoor' }, bearer(token)), 401, 'UNAUTHENTICATED');
    }
  };
  await isOut();
  await first.stop({ keep: true });
  const second = await startServer({ set: { ...own, ...weak }, folder: first.folder });
  at = accountsAt(second.url);
  await isOut();
  assert.equal((await trail(root)).status, 200, 'others keep theirs');
  assert.equal((await at.put(`users/${id}`, { isActive: true }, root)).status, 200);
  assert.equal((await at.me((await at.login(old.username, old.password)).body.data.accessToken)).status, 200, 'a new one counts');
  await second.stop();
});

test('a service token stands for a back end until it is taken back', scene(() => server, ['websocket'], async (chat) => {
  const admin = await asAdmin();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const made = await post('service-tokens', { name: 'crm', expiresAt }, bearer(admin));
  assert.equal(made.status, 201, made.text);
  const { token, ...shown } = made.body.data;
  assert.match(token, /^parley_st_[\w-]{43}$/);
  assert.deepEqual([shown.name, shown.expiresAt, shown.lastUsedAt], ['crm', expiresAt, null]);
  const list = () => rest.get('/api/auth/service-tokens', bearer(admin));
  const before = await list();
  assert.deepEqual(before.body.data, [shown]);
  assert.ok(!before.text.includes(token.slice(20)));

  const [alice, bob] = [await registered(), await registered()];
  const draft = { senderId: alice.user._id, receiverId: bob.user._id, content: 'for another', messageType: 'text' };
  assert.equal((await rest.post('/api/chat/messages', draft, bearer(token))).status, 201);
  const device = await chat.device({ auth: { token } }).connect();
  assert.equal((await device.ask('message:send', draft)).success, true);
  assert.notEqual((await list()).body.data[0].lastUsedAt, null);
  for (const wrong of [`${token}x`, token.slice(0, -1), 'parley_st_', `parley_st_${'A'.repeat(43)}`]) refused(await me(wrong), 401, 'UNAUTHENTICATED');

  for (const [name, body] of [['service-tokens', { name: 'more' }], ['users', { username: 'king', password: 'a good password', role: 'admin' }]])
    refused(await post(name, body, bearer(token)), 403, 'FORBIDDEN');
  assert.equal((await post('users', { username: 'from a back end', password: 'a good password' }, bearer(token))).status, 201);
  refused(await put(`users/${(await me(admin)).body.data._id}`, { password: 'a good password' }, token), 403, 'FORBIDDEN');

  const revoke = () => rest.call('DELETE', `/api/auth/service-tokens/${shown._id}`, undefined, bearer(admin));
  assert.equal((await revoke()).body.data._id, shown._id);
  await device.hears('disconnect');
  refused(await rest.post('/api/chat/messages', draft, bearer(token)), 401, 'UNAUTHENTICATED');
  await assert.rejects(chat.device({ auth: { token } }).connect());
  refused(await revoke(), 404, 'NOT_FOUND');
  assert.deepEqual((await list()).body.data, []);
  assert.ok(!server.log().includes(token));
}));

test('what may be a service token', async () => {
  const admin = await asAdmin();
  for (const body of [{}, { name: 'a b' }, { name: 5 }, { name: 'x', expiresAt: 'tomorrow' }, { name: 'x', expiresAt: '2020-01-01T00:00:00.000Z' }])
    refused(await post('service-tokens', body, bearer(admin)), 400, 'VALIDATION_FAILED');
  const short = await post('service-tokens', { name: 'brief', expiresAt: new Date(Date.now() + 3000).toISOString() }, bearer(admin));
  const users = () => rest.get('/api/chat/users', bearer(short.body.data.token));
  assert.equal((await users()).status, 200);
  await until(async () => (await users()).status === 401, 'its end');
});

test('nobody else can sign such tokens', async () => {
  const { accessToken, user } = await registered();
  const [header, claims] = accessToken.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  assert.deepEqual([header.alg, claims.iss, claims.sub, claims.role], ['HS256', 'parley', user._id, 'user']);
  for (const [otherHeader, key] of [[header, ''], [header, 'x'.repeat(32)], [{ ...header, alg: 'none' }, null], [{ ...header, kid: 'parley' }, ''], [{ alg: 'HS256' }, '']])
    refused(await me(forged(otherHeader, { ...claims, role: 'admin' }, key)), 401, 'UNAUTHENTICATED');
});

test('no password and no token is in the log, nor a hash in an answer', async () => {
  const bob = await registered({ password: 'unmistakable password' });
  const users = await rest.get('/api/chat/users', bearer(bob.accessToken));
  assert.ok(!users.text.includes('argon2') && !users.text.includes('password'));
  await login(bob.username, 'unmistakable, too');
  await renew(bob.refreshToken);
  for (const secret of ['unmistakable', bob.accessToken, bob.refreshToken, 'argon2']) assert.ok(!server.log().includes(secret));
});

test('after a restart accounts, logins and tokens are as before', async () => {
  const first = await startServer({ set: { ...own, ...weak } });
  const account = { username: 'alice', password: 'a good password' };
  const { refreshToken, accessToken } = (await accountsAt(first.url).post('register', account)).body.data;
  await first.stop({ keep: true });
  const second = await startServer({ set: { ...own, ...weak }, folder: first.folder });
  const at = accountsAt(second.url);
  assert.equal((await at.me(accessToken)).status, 200);
  assert.equal((await at.post('refresh', { refreshToken })).status, 200);
  assert.equal((await at.login('alice', account.password)).status, 200);
  await second.stop();
});

if (embedded) test('those from a Node server keep their bcrypt passwords, which become argon2id', async () => {
  const first = await startServer({ set: { ...own, ...weak } });
  await first.stop({ keep: true });
  const hashes = { one: '$2a$10$', two: '$2b$10$', three: '$2y$10$' };
  const script = `
import crypt, json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for name, prefix in json.loads(sys.argv[2]).items():
    hash = crypt.crypt("correct horse", prefix + "abcdefghijklmnopqrstuu")
    db.execute("insert into users (id, doc) values (?, ?)", (name, json.dumps({"_id": name, "username": name, "password": hash, "role": "nurse", "isActive": True})))
db.commit()`;
  execFileSync('python3', ['-W', 'ignore', '-c', script, first.database, JSON.stringify(hashes)]);
  const server = await startServer({ set: { ...own, ...weak }, folder: first.folder });
  const at = accountsAt(server.url);
  const stranger = await at.registered({ username: 'ONE' });
  for (const name of Object.keys(hashes)) {
    refused(await at.login(name, 'wrong horse'), 401, 'UNAUTHENTICATED');
    refused(await at.post('register', { username: name, password: 'correct horse' }), 409, 'CONFLICT');
    for (let i = 0; i < 2; ++i) isUser((await at.login(name, 'correct horse')).body.data.user, { _id: name, role: 'nurse' });
  }
  const read = 'import sqlite3, sys; print(*[row[0] for row in sqlite3.connect(sys.argv[1]).execute("select json_extract(doc, \'$.password\') from users")])';
  const stored = execFileSync('python3', ['-c', read, server.database], { encoding: 'utf8' }).trim().split(' ');
  assert.equal((await at.login('ONE', stranger.password)).body.data.user._id, stranger.user._id);
  assert.equal(stored.length, 4);
  for (const hash of stored) assert.ok(hash.startsWith('$argon2id$v=19$m=8192,t=1,p=1$'), hash);
  await server.stop();
});

test('registration may be closed, and without own tokens there are no accounts', async () => {
  const account = { username: 'alice', password: 'a good password' };
  const closed = await startServer({ set: { ...own, 'plugins.accounts.registration': 'admin' } });
  refused(await accountsAt(closed.url).post('register', account), 403, 'FORBIDDEN', '未开放注册，请联系管理员');
  await closed.stop();
  const open = await startServer();
  refused(await accountsAt(open.url).post('register', account), 404, 'FEATURE_DISABLED');
  refused(await accountsAt(open.url).login('alice', account.password), 404, 'FEATURE_DISABLED');
  await open.stop();
});

test('a start that would be unsafe, or make no admin, is refused', async () => {
  const file = path.join(fs.mkdtempSync('/tmp/parley-admin-'), 'admin');
  fs.writeFileSync(file, 'root\nshort\n');
  for (const [set, text] of [
    [{ 'plugins.accounts.registrationRoles': 'user,admin' }, 'registrationRoles'],
    [{ 'plugins.accounts.firstAdminFile': '/nowhere' }, 'firstAdminFile'],
    [{ 'plugins.accounts.firstAdminFile': file }, 'firstAdminFile'],
  ]) {
    const server = new Server({ set: { ...own, ...set } }).launch();
    const { code } = await withPatience(server.exited, 'the refusal');
    assert.equal(code, 78, server.log());
    assert.ok(server.log().includes(text), server.log());
    fs.rmSync(server.folder, { recursive: true, force: true });
  }
  fs.rmSync(path.dirname(file), { recursive: true });
});
