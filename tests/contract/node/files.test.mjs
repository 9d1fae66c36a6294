// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: file_transfer messaging private_chat users
// Files: uploaded as forms and by tus, cut off and resumed, shared by messages, and taken back.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import * as tus from 'tus-js-client';
import { Rest, scene } from './harness/chat.mjs';
import { checkResponse } from './harness/contract.mjs';
import { Proxy } from './harness/proxy.mjs';
import { patience, startServer, until, withPatience } from './harness/server.mjs';
import { isFailure, isoTime, objectId } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer({ set: { 'plugins.file_transfer.maxFileSize': 20_000_000 } })));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

/// One request, whose answer is held to the description as well.
async function ask(base, path, options = {}) {
  const method = options.method ?? 'GET';
  const response = await fetch(base.url + path, { signal: AbortSignal.timeout(patience), ...options });
  const text = await response.clone().text();
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
  const body = isJson && text !== '' ? JSON.parse(text) : undefined;
  checkResponse({ method, path, contentType: '' }, { status: response.status, headers: response.headers, text, body });
  return response;
}

/// Text of no particular meaning, always the same for the same seed.
function textOf(size, seed = 'x') {
  return Buffer.from(crypto.createHash('shake256', { outputLength: Math.ceil((size * 3) / 4) }).update(seed).digest('base64').slice(0, size));
}

/// A PNG of one colour: real, or one whose header promises more than there is.
function png(width, height, { rows = height } = {}) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(zlib.crc32 ? zlib.crc32(body) : crc32(body));
    return Buffer.concat([size, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x7f)]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), chunk('IHDR', head),
    chunk('IDAT', zlib.deflateSync(Buffer.concat(Array(rows).fill(row)))), chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; ++bit) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

async function uploadForm(base, userId, bytes, name = 'note.txt', more = {}) {
  const form = new FormData();
  if (userId) form.append('userId', userId);
  for (const [field, value] of Object.entries(more)) form.append(field, value);
  form.append('file', new Blob([bytes]), name);
  const response = await ask(base, '/api/chat/files', { method: 'POST', body: form });
  return { status: response.status, body: await response.json() };
}

async function uploaded(base, userId, bytes, name) {
  const answer = await uploadForm(base, userId, bytes, name);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.data;
}

const get = (file, { userId, path = '', query = '', ...options } = {}) =>
  ask(server, `${file.fileUrl}${path}?${userId ? `userId=${userId}` : ''}${query}`, options);

/// Uploads with the real client, to its end or to its failure.
function tusUpload(base, bytes, { userId = 'tina', name = 'big.txt', ...options } = {}) {
  let upload;
  const end = new Promise((resolve, reject) => {
    upload = new tus.Upload(bytes, {
      endpoint: `${base.url}/api/chat/files/tus`,
      metadata: { filename: name, filetype: 'text/plain', userId },
      retryDelays: null,
      onSuccess: () => resolve(upload.url.split('/').at(-1)),
      onError: reject,
      ...options,
    });
    upload.start();
  });
  return { upload, end: withPatience(end, 'the upload') };
}

test('a form is stored with its size, its type and its digest, and comes back as it was', act(async (chat) => {
  const bytes = textOf(300_000);
  const answer = await uploadForm(server, chat.idOf('alice'), bytes, '报告 "1".txt');
  assert.equal(answer.status, 201);
  const file = answer.body.data;
  assert.deepEqual(Object.keys(file).sort(), ['fileId', 'fileName', 'fileSize', 'fileUrl', 'mimeType', 'sha256']);
  assert.match(file.fileId, objectId);
  assert.equal(file.fileUrl, `/api/chat/files/${file.fileId}`);
  assert.deepEqual([file.fileSize, file.mimeType, file.sha256, file.fileName], [300_000, 'text/plain', sha256(bytes), '报告 %221%22.txt']);
  const response = await get(file, { userId: chat.idOf('alice') });
  assert.equal(response.status, 200);
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
  assert.equal(response.headers.get('content-length'), '300000');
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.match(response.headers.get('content-security-policy'), /default-src 'none'.*sandbox/);
  assert.match(response.headers.get('content-disposition'), /^inline; filename="__ _221_22.txt"; filename\*=UTF-8''%E6%8A%A5/);
  const head = await get(file, { userId: chat.idOf('alice'), method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '300000');
  const info = await chat.rest.get(`${file.fileUrl}/info?userId=${chat.idOf('alice')}`);
  assert.deepEqual(info.body.data, file);
}));

test('what a form must have', act(async (chat) => {
  const alice = chat.idOf('alice');
  isFailure((await uploadForm(server, undefined, 'text')).body, 'VALIDATION_FAILED', { names: 'userId' });
  const empty = new FormData();
  empty.append('userId', alice);
  const none = await ask(server, '/api/chat/files', { method: 'POST', body: empty });
  isFailure(await none.json(), 'VALIDATION_FAILED', { names: 'file' });
  const json = await chat.rest.post('/api/chat/files', { file: 'x', userId: alice });
  assert.equal(json.status, 415);
  const type = { 'Content-Type': 'multipart/form-data; boundary=b' };
  const head = `--b\r\nContent-Disposition: form-data; name="userId"\r\n\r\n${alice}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ntext`;
  const cut = await ask(server, '/api/chat/files', { method: 'POST', headers: type, body: head });
  isFailure(await cut.json(), 'VALIDATION_FAILED', { names: 'boundary' });
  const whole = await ask(server, '/api/chat/files', { method: 'POST', headers: type, body: `${head}\r\n--b--\r\n` });
  assert.equal(whole.status, 201);
  const other = await ask(server, `/api/chat/files?userId=${chat.idOf('bob')}`, { method: 'POST', headers: type, body: `${head}\r\n--b--\r\n` });
  assert.equal(other.status, 403);
  assert.equal((await uploadForm(server, alice, textOf(20_000_001))).status, 413);
}));

test('the content decides what is taken, not the name', act(async (chat) => {
  for (const [bytes, name] of [
    ['<!DOCTYPE html><html><script>alert(1)</script></html>', 'picture.png'],
    [Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]), Buffer.alloc(200)]), 'notes.txt'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'logo.jpg'],
  ]) {
    const refused = await uploadForm(server, chat.idOf('alice'), bytes, name);
    assert.equal(refused.status, 415, name);
    isFailure(refused.body, 'UNSUPPORTED_TYPE');
  }
  const named = await uploaded(server, chat.idOf('alice'), png(10, 10), 'page.html');
  assert.equal(named.mimeType, 'image/png');
  const pdf = await uploaded(server, chat.idOf('alice'), '%PDF-1.7\n1 0 obj\n<<>>\nendobj\n', 'a.pdf');
  const response = await get(pdf);
  assert.match(response.headers.get('content-disposition'), /^attachment;/);
}));

test('ranges, conditions and entity tags', act(async (chat) => {
  const bytes = textOf(1000);
  const file = await uploaded(server, chat.idOf('alice'), bytes);
  const tag = (await get(file)).headers.get('etag');
  for (const [range, from, to] of [['0-9', 0, 9], ['990-', 990, 999], ['-5', 995, 999], ['900-5000', 900, 999]]) {
    const part = await get(file, { headers: { Range: `bytes=${range}` } });
    assert.equal(part.status, 206, range);
    assert.equal(part.headers.get('content-range'), `bytes ${from}-${to}/1000`);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(from, to + 1)), range);
  }
  const beyond = await get(file, { headers: { Range: 'bytes=1000-' } });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get('content-range'), 'bytes */1000');
  for (const range of ['lines=1-2', 'bytes=5-2', 'bytes=x-', 'bytes=0-1,5-6'])
    assert.equal((await get(file, { headers: { Range: range } })).status, 200, range);
  assert.equal((await get(file, { headers: { 'If-None-Match': `"other", ${tag}` } })).status, 304);
  assert.equal((await get(file, { headers: { 'If-None-Match': '"other"' } })).status, 200);
  assert.equal((await get(file, { headers: { Range: 'bytes=0-1', 'If-Range': tag } })).status, 206);
  assert.equal((await get(file, { headers: { Range: 'bytes=0-1', 'If-Range': '"other"' } })).status, 200);
}));

test('equal content is stored once, and stays until its last file is removed', act(async (chat) => {
  const bytes = textOf(5000, chat.idOf('dedupe'));
  const blob = `${server.folder}/data/files/blobs/${sha256(bytes).slice(0, 2)}/${sha256(bytes)}`;
  const files = await Promise.all(Array.from({ length: 8 }, (_, i) => uploaded(server, chat.idOf(`user${i}`), bytes)));
  assert.equal(new Set(files.map((file) => file.fileId)).size, 8);
  assert.equal(fs.readdirSync(`${server.folder}/data/files/partial`).length, 0);
  for (const [i, file] of files.entries()) {
    assert.ok(fs.existsSync(blob));
    const stranger = await chat.rest.call('DELETE', `${file.fileUrl}?userId=${chat.idOf('stranger')}`);
    isFailure(stranger.body, 'FORBIDDEN');
    assert.equal((await chat.rest.call('DELETE', `${file.fileUrl}?userId=${chat.idOf(`user${i}`)}`)).status, 200);
    assert.equal((await get(file)).status, 404);
  }
  assert.ok(!fs.existsSync(blob));
}));

test('a message lets its recipients read a file, and nobody else', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const file = await uploaded(server, alice.id, textOf(100, alice.id));
  const asBob = { userId: bob.id };
  assert.equal((await get(file, asBob)).status, 403);
  isFailure(await bob.ask('message:send', bob.draft(alice, 'stolen', { fileUrl: file.fileUrl, messageType: 'file' })), 'FORBIDDEN');
  const message = await alice.sends(bob, 'look', { fileUrl: `${file.fileUrl}?secret=1`, messageType: 'file' });
  assert.deepEqual([message.fileUrl, message.fileName, message.fileSize], [file.fileUrl, 'note.txt', 100]);
  await bob.receives('look');
  assert.equal((await get(file, asBob)).status, 200, 'at the very moment the message is there');
  assert.equal((await get(file, { userId: chat.idOf('carol') })).status, 403);
  assert.equal((await get(file, { userId: alice.id })).status, 200);
}));

test('a signed address works without an identity, for its file, for a while, and while its user may read', act(async (chat) => {
  const alice = chat.idOf('alice');
  const file = await uploaded(server, alice, textOf(100, alice));
  const { url, expiresAt } = (await chat.rest.get(`${file.fileUrl}/url?userId=${alice}`)).body.data;
  assert.match(expiresAt, isoTime);
  assert.equal((await ask(server, url)).status, 200);
  const other = await uploaded(server, alice, textOf(100, `${alice}2`));
  assert.equal((await ask(server, url.replace(file.fileId, other.fileId))).status, 403);
  assert.equal((await ask(server, url.replace(/expires=\d+/, 'expires=99999999999'))).status, 403);
  assert.equal((await ask(server, url.replace(alice, chat.idOf('mallory')))).status, 403);
  assert.equal((await ask(server, `${file.fileUrl}/view`)).status, 403);
  isFailure((await chat.rest.get(`${file.fileUrl}/url?userId=${chat.idOf('mallory')}`)).body, 'FORBIDDEN');
}));

test('thumbnails of images, and nothing of a bomb', act(async (chat) => {
  const alice = chat.idOf('alice');
  const image = await uploaded(server, alice, png(640, 320), 'wall.png');
  const thumb = await get(image, { query: 'thumb=200' });
  assert.equal(thumb.status, 200);
  assert.equal(thumb.headers.get('content-type'), 'image/png');
  const bytes = Buffer.from(await thumb.arrayBuffer());
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [256, 128]);
  const again = await get(image, { query: 'thumb=256', headers: { 'If-None-Match': thumb.headers.get('etag') } });
  assert.equal(again.status, 304);
  assert.equal((await get(image, { query: 'thumb=0' })).status, 400);
  assert.equal((await get(image, { query: 'thumb=5000' })).status, 400);
  const bomb = await uploaded(server, alice, png(60_000, 60_000, { rows: 10 }), 'bomb.png');
  assert.equal((await get(bomb, { query: 'thumb=64' })).status, 413);
  const text = await uploaded(server, alice, textOf(10));
  assert.equal((await get(text, { query: 'thumb=64' })).status, 415);
  const broken = await uploaded(server, alice, png(100, 100).subarray(0, 60), 'broken.png');
  assert.equal((await get(broken, { query: 'thumb=64' })).status, 415);
}));

test('tus: what the server can', act(async () => {
  const response = await ask(server, '/api/chat/files/tus', { method: 'OPTIONS' });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get('tus-version'), '1.0.0');
  assert.equal(response.headers.get('tus-max-size'), '20000000');
  for (const extension of ['creation', 'creation-with-upload', 'expiration', 'checksum', 'termination'])
    assert.ok(response.headers.get('tus-extension').split(',').includes(extension));
  const ofOne = await ask(server, `/api/chat/files/tus/${'0'.repeat(24)}`, { method: 'OPTIONS' });
  assert.equal(ofOne.headers.get('tus-version'), '1.0.0');
  const old = await ask(server, '/api/chat/files/tus', { method: 'POST', headers: { 'Tus-Resumable': '0.2.0', 'Upload-Length': '1' } });
  assert.equal(old.status, 412);
}));

test('tus: whole, in chunks, with the data at once, and empty', act(async (chat) => {
  const userId = chat.idOf('tina');
  const bytes = textOf(3_000_000, userId);
  for (const options of [{}, { chunkSize: 1_000_000 }, { uploadDataDuringCreation: true }]) {
    const id = await tusUpload(server, bytes, { userId, name: '大.txt', ...options }).end;
    const { data } = (await chat.rest.get(`/api/chat/files/${id}/info?userId=${userId}`)).body;
    assert.deepEqual([data.sha256, data.fileName, data.mimeType], [sha256(bytes), '大.txt', 'text/plain'], JSON.stringify(options));
  }
  const refused = await tusUpload(server, Buffer.alloc(100_000, '<html><script></script>'), { userId }).end.catch((error) => error);
  assert.equal(refused.originalResponse?.getStatus(), 415);
}));

test('tus: cut off and resumed from where it was', act(async (chat) => {
  const proxy = await new Proxy(server.port).start();
  const bytes = textOf(8_000_000, chat.idOf('cut'));
  let before = 0;
  const first = tusUpload(proxy, bytes, {
    chunkSize: 500_000,
    onChunkComplete: (size, accepted) => {
      if (accepted >= 2_000_000 && before === 0) {
        before = accepted;
        proxy.cut();
      }
    },
  });
  await assert.rejects(first.end);
  proxy.mend();
  let from;
  const second = tusUpload(proxy, bytes, {
    uploadUrl: first.upload.url, chunkSize: 500_000, onProgress: (sent) => (from ??= sent),
  });
  const id = await second.end;
  assert.ok(from >= before, `resumed from ${from}, ${before} were there`);
  const file = await ask(server, `/api/chat/files/${id}`);
  assert.equal(sha256(Buffer.from(await file.arrayBuffer())), sha256(bytes));
  proxy.stop();
}));

/// One request of tus by hand.
async function raw(base, method, path, headers = {}, body = undefined) {
  const type = body === undefined ? {} : { 'Content-Type': 'application/offset+octet-stream' };
  const response = await ask(base, path, { method, headers: { 'Tus-Resumable': '1.0.0', ...type, ...headers }, body });
  await response.arrayBuffer();
  return response;
}

async function created(base, length, userId) {
  const metadata = `filename ${Buffer.from('a.txt').toString('base64')},userId ${Buffer.from(userId).toString('base64')}`;
  const response = await raw(base, 'POST', '/api/chat/files/tus', { 'Upload-Length': length, 'Upload-Metadata': metadata });
  assert.equal(response.status, 201);
  assert.ok(Date.parse(response.headers.get('upload-expires')) > Date.now());
  return response.headers.get('location');
}

test('tus: offsets, checksums, lengths and owners are checked', act(async (chat) => {
  const alice = chat.idOf('alice');
  const path = await created(server, '10', alice);
  const sum = (text, algorithm = 'sha1') => ({ 'Upload-Checksum': `${algorithm} ${crypto.createHash(algorithm).update(text).digest('base64')}` });
  const patch = (offset, body, headers = {}) => raw(server, 'PATCH', path, { 'Upload-Offset': `${offset}`, ...headers }, body);
  assert.equal((await patch(0, 'hello', sum('other'))).status, 460);
  assert.equal((await raw(server, 'HEAD', path)).headers.get('upload-offset'), '0', 'what does not fit is gone');
  assert.equal((await patch(0, 'hello', { 'Upload-Checksum': 'crc32 AAAA' })).status, 400);
  assert.equal((await patch(0, 'hello', sum('hello'))).headers.get('upload-offset'), '5');
  assert.equal((await patch(3, 'hello')).status, 409);
  assert.equal((await patch(5, 'too much')).status, 413);
  assert.equal((await raw(server, 'HEAD', `${path}?userId=${chat.idOf('bob')}`)).status, 403);
  const head = await raw(server, 'HEAD', path);
  assert.equal(head.headers.get('upload-length'), '10');
  assert.equal(head.headers.get('cache-control'), 'no-store');
  assert.ok(head.headers.get('upload-metadata').includes('filename'));
  assert.equal((await patch(5, 'world', sum('world', 'sha256'))).status, 204);
  assert.equal((await raw(server, 'HEAD', path)).headers.get('upload-offset'), '10', 'also when it has become a file');
  const ended = await created(server, '10', alice);
  assert.equal((await raw(server, 'DELETE', ended)).status, 204);
  assert.equal((await raw(server, 'HEAD', ended)).status, 404);
}));

test('tus: an upload goes on after the server was killed, with what was acknowledged', async () => {
  const own = await startServer();
  const bytes = textOf(6_000_000, 'killed');
  let accepted = 0;
  const first = tusUpload(own, bytes, {
    chunkSize: 1_000_000,
    onChunkComplete: (size, sum) => {
      accepted = sum;
      if (sum === 3_000_000) own.signal('SIGKILL');
    },
  });
  own.expectedEnd = true;
  await assert.rejects(first.end);
  await own.exited;
  fs.writeFileSync(`${own.folder}/data/files/partial/${'0'.repeat(24)}`, 'of a form that was never finished');
  const next = await startServer({ folder: own.folder });
  assert.deepEqual(fs.readdirSync(`${own.folder}/data/files/partial`), [first.upload.url.split('/').at(-1)]);
  let from;
  const path = new URL(first.upload.url).pathname;
  const second = tusUpload(next, bytes, { uploadUrl: next.url + path, chunkSize: 1_000_000, onProgress: (sent) => (from ??= sent) });
  const id = await second.end;
  assert.ok(accepted >= 3_000_000 && from >= accepted, `resumed from ${from}, ${accepted} were acknowledged`);
  const file = await ask(next, `/api/chat/files/${id}`);
  assert.equal(sha256(Buffer.from(await file.arrayBuffer())), sha256(bytes));
  await next.stop();
});

test('quotas count files and begun uploads; expired things go', async () => {
  const own = await startServer({
    set: {
      'plugins.file_transfer.userQuota': 10_000, 'plugins.file_transfer.urlSeconds': 1,
      'plugins.file_transfer.userFiles': 3,
    },
  });
  await uploaded(own, 'alice', textOf(6000));
  const path = await created(own, '3000', 'alice');
  isFailure((await uploadForm(own, 'alice', textOf(2000))).body, 'PAYLOAD_TOO_LARGE', { names: 'quota' });
  assert.equal((await raw(own, 'DELETE', path)).status, 204);
  const file = await uploaded(own, 'alice', textOf(2000));
  assert.equal((await uploadForm(own, 'bob', textOf(2000))).status, 201);
  const raced = await Promise.all(Array.from({ length: 5 }, (_, i) => uploadForm(own, 'carol', textOf(4000, `${i}`))));
  assert.equal(raced.filter(({ status }) => status === 201).length, 2);
  const { url } = (await new Rest(own.url).get(`${file.fileUrl}/url`)).body.data;
  await until(async () => (await ask(own, url)).status === 403, 'the address to expire');
  await uploaded(own, 'dora', 'one');
  await uploaded(own, 'dora', 'two');
  await uploaded(own, 'dora', 'three');
  isFailure((await uploadForm(own, 'dora', 'four')).body, 'PAYLOAD_TOO_LARGE', { names: 'files' });
  await own.stop();
});

test('switched off, every address of it says so, and large bodies are not taken', async () => {
  const own = await startServer({ set: { 'plugins.file_transfer.enabled': false } });
  const id = '0'.repeat(24);
  for (const [method, path] of [
    ['POST', '/api/chat/files'], ['GET', `/api/chat/files/${id}`], ['DELETE', `/api/chat/files/${id}`],
    ['POST', '/api/chat/files/tus'], ['PATCH', `/api/chat/files/tus/${id}`], ['GET', `/api/chat/files/${id}/view`],
  ]) {
    const response = await ask(own, path, { method, body: method === 'POST' || method === 'PATCH' ? textOf(2000) : undefined });
    assert.equal(response.status, 404);
    isFailure(await response.json(), 'FEATURE_DISABLED');
  }
  const pieces = Readable.from((function* () { for (let i = 0; i < 100; ++i) yield Buffer.alloc(100_000); })());
  const large = await ask(own, '/api/chat/files', { method: 'POST', body: Readable.toWeb(pieces), duplex: 'half' }).catch((error) => error);
  if (large instanceof Response) assert.equal(large.status, 404);
  assert.equal((await ask(own, '/api/health')).status, 200);
  await own.stop();
});
