// SPDX-License-Identifier: Apache-2.0
// What holds for every request: health, failures, languages, request ids, methods.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Rest, scene } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isoTime, withoutStatus } from './harness/shapes.mjs';

let server;
let rest;
before(async () => {
  server = await startServer();
  rest = new Rest(server.url);
});
after(() => server.stop());

test('health is exactly what the API document shows', async () => {
  const health = await rest.get('/api/health');
  assert.equal(health.status, 200);
  assert.match(health.headers.get('content-type'), /^application\/json/);
  assert.deepEqual(Object.keys(health.body), ['status', 'timestamp', 'message']);
  assert.equal(health.body.status, 'ok');
  assert.match(health.body.timestamp, isoTime);
  assert.equal(health.body.message, '聊天服务器运行正常');
});

test('a server that serves is ready', async () => {
  assert.deepEqual((await rest.get('/api/ready')).body, { status: 'ready', storage: 'ok' });
});

test('a path that is not there, and a method that is not', async () => {
  const lost = await rest.get('/api/chat/nothing/here');
  assert.equal(lost.status, 404);
  isFailure(lost.body, 'NOT_FOUND');
  const wrong = await rest.call('DELETE', '/api/health');
  assert.equal(wrong.status, 405);
  assert.ok(wrong.headers.get('allow').split(/, */).includes('GET'));
});

test('the language of a failure follows Accept-Language', async () => {
  const bad = (headers) => rest.post('/api/echo', {}, headers);
  isFailure((await bad({ 'Accept-Language': 'en-GB,en;q=0.9' })).body, 'VALIDATION_FAILED', { english: true });
  isFailure((await bad({ 'Accept-Language': 'zh-TW' })).body, 'VALIDATION_FAILED');
  isFailure((await bad({ 'Accept-Language': 'fr' })).body, 'VALIDATION_FAILED');
  isFailure((await bad({ 'Accept-Language': 'en;q=0.3, zh;q=0.8' })).body, 'VALIDATION_FAILED');
});

testWith('users', 'the language of a failed event follows the handshake', scene(() => server, ['websocket'], async (chat) => {
  const english = await chat.device({ extraHeaders: { 'Accept-Language': 'en' } }).connect();
  isFailure(await english.ask('user:join', {}), 'VALIDATION_FAILED', { english: true, names: 'id' });
}));

test('X-Request-Id is echoed, or made', async () => {
  const given = await rest.get('/api/health', { 'X-Request-Id': 'my-request-17' });
  assert.equal(given.headers.get('x-request-id'), 'my-request-17');
  const one = (await rest.get('/api/health')).headers.get('x-request-id');
  const other = (await rest.get('/api/nothing')).headers.get('x-request-id');
  assert.ok(one && other && one !== other);
});

test('a body that is not JSON, not an object, or of another type', async () => {
  const path = '/api/echo';
  for (const body of ['{', '{"text":', '[]', '"text"', '17', '{"a":1}x', '{"text":1e999}']) {
    const refused = await rest.post(path, body);
    assert.equal(refused.status, 400, body);
    isFailure(refused.body, 'VALIDATION_FAILED');
  }
  const form = await rest.post(path, 'text=a', { 'Content-Type': 'application/x-www-form-urlencoded' });
  assert.equal(form.status, 415);
  isFailure(form.body, 'UNSUPPORTED_TYPE');
  const latin = await fetch(server.url + path, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: Buffer.from('{"text":"\xe9"}', 'latin1'),
  });
  assert.equal(latin.status, 400);
});

test('half an emoji becomes the replacement character, as over the sockets', async () => {
  const answer = await rest.post('/api/echo', '{"text":"half \\ud83d, whole \\ud83d\\ude00"}');
  assert.equal(answer.status, 200);
  assert.equal(answer.body.data.text, 'half \ufffd, whole \u{1f600}');
});

test('HEAD is GET without a body; OPTIONS names the methods', async () => {
  const head = await rest.call('HEAD', '/api/health');
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  const options = await rest.call('OPTIONS', '/api/echo');
  assert.ok([200, 204].includes(options.status));
  assert.ok((options.headers.get('allow') ?? '').includes('POST'));
});

test('another origin is not let in by default', async () => {
  const answer = await rest.get('/api/health', { Origin: 'http://elsewhere.example' });
  assert.equal(answer.headers.get('access-control-allow-origin'), null);
});

testWith('presence', 'a literal path beats a parameter', async () => {
  // "online" is a path of its own under users, never a user's id.
  const online = await rest.get('/api/chat/users/online');
  assert.equal(online.status, 200);
  assert.deepEqual(online.body, { success: true, data: [] });
});

testWith('messaging private_chat users', 'a large answer is compressed for those who ask', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const { sessionId } = await alice.sends(bob, 'x'.repeat(10_000));
  const packed = await chat.rest.get(`/api/chat/messages/${sessionId}`, { 'Accept-Encoding': 'gzip' });
  assert.equal(packed.headers.get('content-encoding'), 'gzip');
  assert.equal(packed.body.data[0].content.length, 10_000);
  const plain = await chat.rest.get(`/api/chat/messages/${sessionId}`, { 'Accept-Encoding': 'identity' });
  assert.equal(plain.headers.get('content-encoding'), null);
  assert.deepEqual(withoutStatus(plain.body.data), withoutStatus(packed.body.data));
}));
