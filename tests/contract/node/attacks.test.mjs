// SPDX-License-Identifier: Apache-2.0
// Classic attacks on what clients send: operators and patterns in the place of values, paths in the place of names, links that
// run in the reader's client. SECURITY.md lists where the others are.
// Needs the plugins: file_transfer messaging private_chat search users
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Rest, scene } from './harness/chat.mjs';
import { checkAcknowledgement } from './harness/contract.mjs';
import { Wire } from './harness/engine_io.mjs';
import { uploaded, uploadForm } from './harness/files.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, withPatience } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());
const act = (play) => scene(() => server, ['websocket'], play);

const operators = [{ $ne: '' }, { $gt: '' }, { $regex: '.*' }, { $where: '1' }, { $in: ['alice'] }, [{ $ne: null }], ['alice'], true, 1];

test('an operator is no value: of events', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const { _id: messageId, sessionId } = await alice.sends(bob, 'a secret');
  for (const operator of operators) {
    for (const field of ['sessionId', 'senderId', 'receiverId', 'content', 'messageType', 'clientMessageId', 'replyTo', 'fileUrl'])
      isFailure(await alice.ask('message:send', { ...alice.draft(bob, 'x'), [field]: operator }), 'VALIDATION_FAILED', { names: field });
    isFailure(await alice.ask('chat:history', { sessionId: operator }), 'VALIDATION_FAILED', { names: 'sessionId' });
    isFailure(await bob.ask('message:read', { messageId: operator, userId: bob.id }), 'VALIDATION_FAILED', { names: 'messageId' });
    isFailure(await bob.ask('message:read', { messageId, userId: operator }), 'VALIDATION_FAILED', { names: 'userId' });
    isFailure(await bob.ask('session:read', { sessionId: operator, userId: bob.id }), 'VALIDATION_FAILED', { names: 'sessionId' });
    const stranger = await chat.device().connect();
    isFailure(await stranger.ask('user:join', { id: operator, username: 'x' }), 'VALIDATION_FAILED', { names: 'id' });
    stranger.leaves();
  }
  const history = await alice.ask('chat:history', { sessionId });
  assert.deepEqual(history.data.map((message) => message.content), ['a secret']);
}));

test('an operator is no value: of bodies', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const { _id: messageId } = await alice.sends(bob, 'a secret');
  const refused = async (method, at, body, field) => {
    const answer = await chat.rest.call(method, at, body);
    assert.equal(answer.status, 400, `${method} ${at} ${JSON.stringify(body)}`);
    isFailure(answer.body, 'VALIDATION_FAILED', { names: field });
  };
  for (const operator of operators) {
    for (const field of ['sessionId', 'senderId', 'receiverId', 'clientMessageId'])
      await refused('POST', '/api/chat/messages', { ...alice.draft(bob, 'x'), [field]: operator }, field);
    await refused('POST', '/api/chat/sessions/private', { userId1: alice.id, userId2: operator }, 'userId2');
    await refused('PUT', `/api/chat/messages/${messageId}/read`, { userId: operator }, 'userId');
    await refused('DELETE', `/api/chat/messages/${messageId}`, { userId: operator }, 'userId');
  }
}));

test('an operator is no parameter, a pattern is a text', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  await alice.sends(bob, 'a secret');
  for (const query of [`userId[$ne]=x&keyword=secret`, `userId=${alice.id}&keyword[$regex]=.*`, 'userId=$ne&keyword=secret']) {
    const answer = await chat.rest.get(`/api/chat/messages/search?${query}`);
    assert.equal(answer.status, 400, query);
    isFailure(answer.body, 'VALIDATION_FAILED');
  }
  const hits = async (at) => (await chat.rest.get(at)).body.data;
  for (const pattern of ['.*', '^a', 's.cret', '%', '_', 'secret\\', "' OR '1'='1", '"; DROP TABLE messages; --', '(a+)+$', '[a-z]'].map(encodeURIComponent)) {
    assert.deepEqual((await hits(`/api/chat/messages/search?userId=${alice.id}&keyword=${pattern}`) ?? []).filter((hit) => hit.content !== 'a secret'), []);
    assert.deepEqual(await hits(`/api/chat/users?keyword=${pattern}`), []);
  }
  assert.equal((await hits(`/api/chat/messages/search?userId=${alice.id}&keyword=secret`)).length, 1);
}));

testWith('accounts', 'an operator is no password', async () => {
  const own = await startServer({ set: { 'auth.mode': 'jwt', 'auth.ownTokens': true, 'plugins.accounts.registration': 'open' } });
  const rest = new Rest(own.url);
  const account = { username: 'alice', password: 'a good password' };
  assert.equal((await rest.post('/api/auth/register', account)).status, 201);
  for (const operator of operators)
    for (const body of [{ ...account, password: operator }, { ...account, username: operator }, { username: operator, password: operator }, { refreshToken: operator }]) {
      const answer = await rest.post(body.refreshToken ? '/api/auth/refresh' : '/api/auth/login', body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      isFailure(answer.body, 'VALIDATION_FAILED');
    }
  await own.stop();
});

/// The path as it stands here, which other clients would tidy up.
const raw = (at) => withPatience(new Promise((resolve, reject) => {
  http.get({ host: '127.0.0.1', port: server.port, path: at, agent: false }, (response) => {
    let text = '';
    response.on('data', (data) => (text += data)).on('end', () => resolve({ status: response.statusCode, text }));
  }).on('error', reject);
}), at);

test('a path is no file, and no name of one', act(async (chat) => {
  const alice = chat.idOf('alice');
  const before = fs.readdirSync(server.folder).sort();
  for (const name of ['../../outside.txt', '..\\..\\outside.txt', '/tmp/outside.txt', 'a\u0000.txt', '.', '..', 'C:\\outside.txt', 'con', `${'x'.repeat(300)}/../y`]) {
    const { status, body } = await uploadForm(server, alice, `mine, as ${name.replaceAll('\0', ' ')}`, name);
    assert.ok([201, 400].includes(status), `${name}: ${status}`);
    if (status === 201) assert.doesNotMatch(body.data.fileName, /[/\\\0]|^\.\.?$/, name);
  }
  assert.deepEqual(fs.readdirSync(server.folder).filter((name) => name !== 'data').sort(), before.filter((name) => name !== 'data'));
  assert.equal(fs.existsSync(path.join(path.dirname(server.folder), 'outside.txt')), false);

  const { fileId } = await uploaded(server, alice, 'mine', 'mine.txt');
  for (const id of ['../../../../etc/passwd', '..%2f..%2f..%2f..%2fetc%2fpasswd', '%2e%2e/%2e%2e/etc/passwd', '..%5c..%5cetc%5cpasswd', '%2fetc%2fpasswd',
    `${fileId}%00`, `${fileId}/../${fileId}`, '....//....//etc/passwd', 'chat.db', '%c0%ae%c0%ae%c0%afetc']) {
    const answer = await raw(`/api/chat/files/${id}?userId=${alice}`);
    assert.ok([400, 404].includes(answer.status), `${id}: ${answer.status}`);
    assert.doesNotMatch(answer.text, /root:|SQLite format|mine/, id);
  }
}));

test('a link that would run or lead astray in a client is refused on every way in', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const wire = await new Wire(`${server.url.replace('http', 'ws')}/ws`).open();
  let asked = 0;
  const plainly = async (event, data) => {
    const id = ++asked;
    wire.send(JSON.stringify({ event, data, id }));
    const answer = JSON.parse(await wire.nextThat((text) => JSON.parse(text).ack === id)).data;
    checkAcknowledgement(event, data, answer);
    return answer;
  };
  assert.equal((await plainly('user:join', { id: alice.id, username: alice.id })).success, true);
  for (const fileUrl of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\tscript:alert(1)', ' javascript:alert(1)', 'data:text/html,<script>1</script>',
    'vbscript:x', 'file:///etc/passwd', 'ftp://example.org/x', '//evil.example/x', '/\\evil.example/x', '\\\\evil.example', 'http:\\\\evil.example', 'x']) {
    const draft = alice.draft(bob, 'look', { messageType: 'file', fileUrl });
    const answers = [await alice.ask('message:send', draft), await plainly('message:send', draft), (await chat.rest.post('/api/chat/messages', draft)).body];
    for (const answer of answers) isFailure(answer, 'VALIDATION_FAILED', { names: 'fileUrl' });
  }
  const link = await alice.sends(bob, 'a page', { fileUrl: 'https://example.org/a?b=c' });
  assert.equal((await bob.receives('a page')).fileUrl, link.fileUrl);
  assert.deepEqual(bob.received(), ['a page']);
  wire.end();
}));
