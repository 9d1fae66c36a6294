// SPDX-License-Identifier: Apache-2.0
// What is held about a user, and how the user is erased.
// Needs the plugins: accounts audit file_transfer forward group_chat messaging private_chat read_receipts recall search users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Chat, scene } from './harness/chat.mjs';
import { ask, uploaded, uploadForm } from './harness/files.mjs';
import { embedded, startServer, until } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';
import { bearer, sign, startJwtServer } from './harness/tokens.mjs';

const dataOf = async (rest, id, headers) => (await rest.get(`/api/chat/users/${id}/data`, headers)).body;
const erase = (rest, id, headers) => rest.call('DELETE', `/api/admin/users/${id}`, undefined, headers);
const stateOf = async (rest, id, headers) => (await rest.get(`/api/admin/users/${id}/erasure`, headers)).body;
const isDone = (rest, id, headers) => until(async () => (await stateOf(rest, id, headers)).data.state === 'done', `the erasure of ${id}`);
const historyOf = async (rest, sessionId) => (await rest.get(`/api/chat/messages/${sessionId}?limit=100`)).body.data;
const groupOf = async (rest, owner, others) =>
  (await rest.post('/api/chat/sessions/group', { sessionName: 'all', creatorId: owner.id, participants: others.map(({ id }) => id) })).body.data._id;
const tusHeaders = ({ id }) => ({
  'Tus-Resumable': '1.0.0', 'Upload-Length': '4', 'Upload-Metadata': `userId ${Buffer.from(id).toString('base64')}`,
});
const saysIn = async (person, sessionId, content, more = {}) => {
  const answer = await person.ask('message:send', { sessionId, senderId: person.id, content, messageType: 'text', ...more });
  assert.ok(answer.success, JSON.stringify(answer));
  return answer.data;
};

describe('where the ids are believed', () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.stop());
  const play = (act) => scene(() => server, ['websocket'], act);

  test('everything that is held is given out: profile, sessions, messages, marks, and what plugins hold', play(async (chat) => {
    const [alice, bob] = [await chat.enters('alice', { realName: 'Alice A.' }), await chat.enters('bob')];
    const { sessionId } = await alice.sends(bob, 'first');
    for (let i = 0; i < 600; ++i) alice.tell('message:send', alice.draft(bob, `message ${i}`));
    await alice.sends(bob, 'last');
    await bob.sends(alice, 'not hers');
    await alice.ask('session:read', { sessionId, userId: alice.id });
    const file = await uploaded(server, alice.id, Buffer.from('some text'), 'note.txt');
    await until(async () => (await dataOf(chat.rest, alice.id)).data.plugins.audit.length > 0, 'the trail of her joining');

    const { data } = await dataOf(chat.rest, alice.id);
    assert.equal(data.userId, alice.id);
    assert.equal(data.user.realName, 'Alice A.');
    assert.deepEqual(data.sessions.map((session) => [session.sessionId, session.sessionType]), [[sessionId, 'private']]);
    assert.deepEqual(data.messages.map(({ content }) => content), ['first', ...Array.from({ length: 600 }, (_, i) => `message ${i}`), 'last']);
    assert.deepEqual(data.readStates.map((state) => state.sessionId), [sessionId]);
    assert.ok(data.readStates[0].log.length > 0);
    assert.deepEqual(data.plugins.file_transfer.map(({ fileId }) => fileId), [file.fileId]);
    assert.ok(data.plugins.audit.every((entry) => entry.userId === alice.id));
    const stranger = await dataOf(chat.rest, chat.idOf('stranger'));
    assert.deepEqual([stranger.data.user, stranger.data.messages], [null, []]);
    isFailure((await chat.rest.get('/api/chat/users/a%20b/data')).body, 'VALIDATION_FAILED', { names: 'userId' });
  }));

  test('of a user who is erased an id and empty messages are left, and the others are told', play(async (chat) => {
    const [alice, bob, carol] = [await chat.enters('alice', { realName: 'Alice A.' }), await chat.enters('bob'), await chat.enters('carol')];
    const first = await alice.sends(bob, 'a secret of hers', { clientMessageId: 'one' });
    await bob.sends(alice, 'an answer', { replyTo: first._id });
    const group = await groupOf(chat.rest, alice, [bob, carol]);
    const file = await uploaded(server, alice.id, Buffer.from('a file of hers'), 'note.txt');
    const carried = await saysIn(alice, group, 'look', { messageType: 'file', fileUrl: file.fileUrl });
    await saysIn(bob, group, 'mine');
    const forwarded = (await bob.ask('message:forward', { messageId: first._id, userId: bob.id, targets: [{ receiverId: carol.id }] })).data[0].message;
    const further = (await carol.ask('message:forward', { messageId: forwarded._id, userId: carol.id, targets: [{ sessionId: group }] })).data[0].message;
    const found = async (user) => (await chat.rest.get(`/api/chat/messages/search?userId=${user.id}&keyword=secret`)).body.pagination.total;
    assert.equal(await found(carol), 2);
    const unread = (await chat.rest.get(`/api/chat/messages/unread/${bob.id}`)).body.data;

    const begun = await erase(chat.rest, alice.id);
    assert.equal(begun.status, 202);
    await isDone(chat.rest, alice.id);
    await alice.hears('disconnect');

    assert.deepEqual((await historyOf(chat.rest, first.sessionId)).map(({ content, recalled, replyTo }) => [content, recalled, replyTo]),
      [['', true, undefined], ['an answer', undefined, first._id]]);
    const inGroup = new Map((await historyOf(chat.rest, group)).map((message) => [message._id, message]));
    assert.deepEqual([inGroup.get(carried._id).fileUrl, inGroup.get(carried._id).fileName, inGroup.get(carried._id).sender], ['', '', alice.id]);
    assert.equal(inGroup.get(further._id).content, '', 'a copy of a copy');
    assert.ok([...inGroup.values()].some(({ content }) => content === 'mine'));
    assert.equal((await historyOf(chat.rest, forwarded.sessionId))[0].content, '');
    assert.equal(await found(bob), 0);
    assert.equal(await found(carol), 0);
    assert.equal((await ask(server, `${file.fileUrl}?userId=${bob.id}`)).status, 404);
    assert.deepEqual((await chat.rest.get(`/api/chat/messages/unread/${bob.id}`)).body.data, unread);

    for (const message of [first, carried]) await bob.hears('message:recalled', ({ messageId, userId }) => messageId === message._id && userId === alice.id);
    await carol.hears('message:recalled', ({ messageId }) => messageId === forwarded._id);
    await carol.hears('session:member:left', ({ sessionId, userIds }) => sessionId === group && userIds[0] === alice.id);
    await bob.hears('session:updated', ({ session }) => session.ownerId === bob.id);
    const detail = (await chat.rest.get(`/api/chat/sessions/group/${group}?userId=${bob.id}`)).body.data;
    assert.deepEqual([detail.ownerId, detail.memberCount], [bob.id, 2]);

    const people = (await chat.rest.get('/api/chat/users')).body.data;
    assert.ok(!people.some(({ _id }) => _id === alice.id));
    const [mine] = (await chat.rest.get(`/api/chat/sessions/${bob.id}`)).body.data.filter(({ _id }) => _id === first.sessionId);
    assert.deepEqual(mine.participants.find(({ _id }) => _id === alice.id).realName, '');
    isFailure(await bob.ask('message:send', bob.draft(alice, 'still there?')), 'FORBIDDEN');
    isFailure(await carol.ask('message:send', carol.draft(alice, 'hello?')), 'FORBIDDEN');
    const again = await chat.device().connect();
    const refused = await again.ask('user:join', { id: alice.id, username: 'alice' });
    isFailure(refused, 'FORBIDDEN');
    assert.equal(refused.message, '该用户已注销');
    isFailure((await chat.rest.post('/api/chat/messages', { sessionId: group, senderId: alice.id, content: 'x', messageType: 'text' })).body, 'FORBIDDEN');
    isFailure((await chat.rest.post('/api/chat/sessions/group', { sessionName: 'x', creatorId: bob.id, participants: [alice.id] })).body, 'FORBIDDEN');
    isFailure((await uploadForm(server, alice.id, Buffer.from('for her'))).body, 'FORBIDDEN');
    assert.equal((await ask(server, '/api/chat/files/tus', { method: 'POST', headers: tusHeaders(alice) })).status, 403);

    const left = (await dataOf(chat.rest, alice.id)).data;
    assert.deepEqual([left.user, left.sessions, left.readStates, left.plugins.file_transfer], [null, [], [], []]);
    assert.ok(left.messages.every(({ content, fileUrl }) => content === '' && fileUrl === ''));
    const before = left.plugins.audit.filter(({ call }) => !call.endsWith('/data')); // what was asked for just now is in it
    assert.ok(before.length > 0 && before.every(({ address, userAgent, target }) => !address && !userAgent && !target.username));
    assert.ok([200, 202].includes((await erase(chat.rest, alice.id)).status));
    await isDone(chat.rest, alice.id);
    const trail = (await chat.rest.get(`/api/admin/audit?call=${encodeURIComponent('DELETE /api/admin/users/:userId')}`)).body.data;
    assert.ok(trail.some(({ target, code }) => target.userId === alice.id && code === 'OK'));
    isFailure((await erase(chat.rest, chat.idOf('stranger'))).body, 'NOT_FOUND');
    isFailure(await stateOf(chat.rest, bob.id), 'NOT_FOUND');
  }));

  test('copies are emptied though what they were made of is gone', play(async (chat) => {
    const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
    const group = await groupOf(chat.rest, carol, [alice, bob]);
    const source = await saysIn(alice, group, 'a secret of hers');
    const passes = async (person, message, target) =>
      (await person.ask('message:forward', { messageId: message._id, userId: person.id, targets: [{ receiverId: target.id }] })).data[0].message;
    const further = await passes(carol, await passes(bob, source, carol), bob);
    assert.deepEqual(further.forwardedFrom.senderId, bob.id);
    assert.equal((await chat.rest.call('DELETE', `/api/chat/sessions/group/${group}`, { userId: carol.id })).status, 200);
    await erase(chat.rest, alice.id);
    await isDone(chat.rest, alice.id);
    assert.deepEqual((await historyOf(chat.rest, further.sessionId)).map(({ content, recalled }) => [content, recalled]), [['', true], ['', true]]);
  }));
});

test('an erasure waits for a plugin that is off, across a restart, and goes on when it runs again', async () => {
  const set = (isOn) => ({ plugins: { file_transfer: { enabled: isOn } } });
  let server = await startServer({ config: set(true) });
  let chat = new Chat(server);
  await chat.enters('alice');
  const alice = chat.idOf('alice');
  const file = await uploaded(server, alice, Buffer.from('a file of hers'), 'note.txt');
  server.writeConfig(set(false));
  server.signal('SIGHUP');
  await until(async () => (await ask(server, file.fileUrl)).status === 404, 'the plugin to be off');
  await erase(chat.rest, alice);
  const waits = () => until(async () => (await stateOf(chat.rest, alice)).data.state === 'waiting', 'the erasure to wait');
  await waits();
  assert.deepEqual((await stateOf(chat.rest, alice)).data.waiting, ['file_transfer']);
  chat.end();
  await server.stop({ keep: true });

  server = await startServer({ folder: server.folder, config: set(false) });
  chat = new Chat(server);
  await waits();
  server.writeConfig(set(true));
  server.signal('SIGHUP');
  await isDone(chat.rest, alice);
  assert.deepEqual((await stateOf(chat.rest, alice)).data.waiting, []);
  assert.equal((await ask(server, file.fileUrl)).status, 404);
  assert.deepEqual((await dataOf(chat.rest, alice)).data.plugins.file_transfer, []);
  chat.end();
  await server.stop();
});

test('kill -9 in the midst: the next start goes on', async () => {
  const count = embedded ? 6000 : 400; // each write to a server without indexes reads them all
  const server = await startServer();
  let chat = new Chat(server);
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const { sessionId } = await alice.sends(bob, 'first');
  for (let i = 1; i < count - 1; i += 500) {
    const some = Array.from({ length: Math.min(500, count - 1 - i) }, (_, k) => `message ${i + k}`);
    await Promise.all(some.map((content) => alice.sends(bob, content)));
  }
  await alice.sends(bob, 'last');
  await erase(chat.rest, alice.id);
  await bob.hears('message:recalled');
  server.expectedEnd = true;
  server.signal('SIGKILL');
  await server.exited;
  chat.end();

  const next = await startServer({ folder: server.folder });
  chat = new Chat(next);
  await isDone(chat.rest, alice.id);
  assert.equal(next.log().match(/user \S+ is being erased/g).length, 2, 'it was interrupted, and taken up');
  let seen = 0;
  for (let afterSeq = 0; ;) {
    const page = (await chat.rest.get(`/api/chat/messages/${sessionId}?limit=100&afterSeq=${afterSeq}`)).body.data;
    if (page.length === 0) break;
    assert.ok(page.every(({ content, recalled }) => content === '' && recalled));
    seen += page.length;
    afterSeq = page.at(-1).seq;
  }
  assert.equal(seen, count);
  assert.equal((await chat.rest.get(`/api/chat/messages/search?userId=${bob.id}&keyword=message`)).body.pagination.total, 0);
  await next.stop();
});

describe('with tokens', () => {
  let server;
  let chat;
  let boss;
  before(async () => {
    server = await startJwtServer({ set: { 'auth.ownTokens': true, 'plugins.accounts.registration': 'open' } });
    chat = new Chat(server);
    boss = bearer(await sign('boss', { role: 'admin', exp: 3600 }));
  });
  after(async () => {
    chat.end();
    await server.stop();
  });

  test('people see what is held about them, and admins about all', async () => {
    const [alice, bob] = [bearer(await sign('alice')), bearer(await sign('bob'))];
    assert.equal((await dataOf(chat.rest, 'alice', alice)).data.userId, 'alice');
    assert.equal((await dataOf(chat.rest, 'alice', boss)).data.userId, 'alice');
    isFailure(await dataOf(chat.rest, 'alice', bob), 'FORBIDDEN');
    isFailure(await dataOf(chat.rest, 'alice'), 'UNAUTHENTICATED');
  });

  test('whoever has an account erases it with the password', async () => {
    const password = 'correct horse battery staple';
    const account = (await chat.rest.post('/api/auth/register', { username: 'Dora', password })).body.data;
    const dora = bearer(account.accessToken);
    const device = await (await chat.device({ auth: { token: account.accessToken } }).connect()).joins(account.user._id);
    const { data } = await dataOf(chat.rest, account.user._id, dora);
    assert.equal(data.plugins.accounts[0].accountName, 'dora');
    assert.equal('password' in data.user, false);
    const eraseMe = (currentPassword) => chat.rest.call('DELETE', '/api/auth/me', { currentPassword }, dora);
    isFailure((await eraseMe('not the password')).body, 'FORBIDDEN');
    assert.equal((await eraseMe(password)).status, 202);
    await isDone(chat.rest, account.user._id, boss);
    await device.hears('disconnect');
    isFailure((await chat.rest.post('/api/auth/login', { username: 'Dora', password })).body, 'UNAUTHENTICATED');
    isFailure((await chat.rest.post('/api/auth/refresh', { refreshToken: account.refreshToken })).body, 'UNAUTHENTICATED');
    isFailure((await chat.rest.get('/api/chat/users', dora)).body, 'UNAUTHENTICATED');
    assert.equal((await uploadForm(server, undefined, Buffer.from('x'), 'x.txt', { headers: dora })).status, 401);
  });

  test('a back end erases people, but no admin', async () => {
    const crm = bearer(await sign('crm', { service: true }));
    const [eve, root] = [{ name: 'eve', role: 'user' }, { name: 'root', role: 'admin' }];
    for (const { name, role } of [eve, root])
      await (await chat.device({ auth: { token: await sign(name, { role }) } }).connect()).joins(name);
    isFailure((await erase(chat.rest, 'root', crm)).body, 'FORBIDDEN');
    assert.ok((await erase(chat.rest, 'eve', crm)).status < 300);
    await isDone(chat.rest, 'eve', boss);
    assert.ok((await erase(chat.rest, 'root', boss)).status < 300);
    await isDone(chat.rest, 'root', boss);
  });
});
