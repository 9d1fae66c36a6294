// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: file_transfer
// Files: uploaded as forms, given back whole and in ranges, as smaller images, and not at all when switched off.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { scene } from './harness/chat.mjs';
import { ask, png, sha256, textOf, tusUpload, uploadForm, uploaded } from './harness/files.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, objectId } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer({ set: { 'plugins.file_transfer.maxFileSize': 20_000_000 } })));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);
const get = (file, { userId, path = '', query = '', ...options } = {}) =>
  ask(server, `${file.fileUrl}${path}?${userId ? `userId=${userId}` : ''}${query}`, options);

test('a form is stored with its size, its type and its digest, and comes back as it was', act(async (chat) => {
  const bytes = textOf(300_000);
  const answer = await uploadForm(server, chat.idOf('alice'), bytes, '报告 "1".txt');
  assert.equal(answer.status, 201);
  const file = answer.body.data;
  assert.deepEqual(Object.keys(file).sort(), ['fileId', 'fileName', 'fileSize', 'fileUrl', 'mimeType', 'sha256']);
  assert.match(file.fileId, objectId);
  assert.equal(file.fileUrl, `/api/chat/files/${file.fileId}`);
  assert.deepEqual([file.fileSize, file.mimeType, file.sha256, file.fileName], [300_000, 'text/plain', sha256(bytes), '报告 "1".txt']);
  const response = await get(file, { userId: chat.idOf('alice') });
  assert.equal(response.status, 200);
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
  assert.equal(response.headers.get('content-length'), '300000');
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.match(response.headers.get('content-security-policy'), /default-src 'none'.*sandbox/);
  assert.match(response.headers.get('content-disposition'), /^inline; filename="__ _1_.txt"; filename\*=UTF-8''%E6%8A%A5%E5%91%8A%20%221%22.txt$/);
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
    [Buffer.from([0]), 'a.txt'],
    [Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]), Buffer.alloc(200)]), 'notes.txt'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'logo.jpg'],
  ]) {
    const refused = await uploadForm(server, chat.idOf('alice'), bytes, name);
    assert.equal(refused.status, 415, name);
    isFailure(refused.body, 'UNSUPPORTED_TYPE');
  }
  for (const [bytes, name] of [
    ['', 'empty.txt'], ['a', 'a.txt'], ['\n', 'line.txt'], ['你', '你.txt'],
    ['From: a@example.org\nTo: b@example.org\nSubject: lunch\n\nNoon?\n', 'mail.txt'],
    ['#include <stdio.h>\nint main(void) { return 0; }\n', 'a.c'],
    ['#!/usr/bin/env python3\nimport os\n\ndef f():\n    pass\n', 'a.py'],
    ['#!/usr/bin/env node\nexport const a = 1;\n', 'a.js'],
    ['# Title\n\nsome *text*\n', 'a.md'],
    ['<?xml version="1.0"?>\n<a><b/></a>\n', 'a.xml'],
    ['{"a": 1}\n{"a": 2}\n', 'a.jsonl'],
    ['1\n00:00:01,000 --> 00:00:02,000\nHello\n', 'a.srt'],
    [Buffer.from('c4e3bac30a', 'hex'), 'gbk.txt'],
  ]) {
    const text = await uploaded(server, chat.idOf('alice'), bytes, name);
    assert.equal(text.mimeType, 'text/plain', name);
    const response = await get(text);
    assert.match(response.headers.get('content-type'), /^text\/plain(;|$)/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(bytes)), name);
  }
  for (const [bytes, type] of [['{"a": 1}', 'application/json'], ['a,b\n1,2\n3,4\n', 'text/csv']])
    assert.equal((await uploaded(server, chat.idOf('alice'), bytes, 'a.txt')).mimeType, type);
  const named = await uploaded(server, chat.idOf('alice'), png(10, 10), 'page.html');
  assert.equal(named.mimeType, 'image/png');
  const pdf = await uploaded(server, chat.idOf('alice'), '%PDF-1.7\n1 0 obj\n<<>>\nendobj\n', 'a.pdf');
  const response = await get(pdf);
  assert.match(response.headers.get('content-disposition'), /^attachment;/);
}));

test('text says that it is UTF-8 when all of it is, and nothing otherwise', act(async (chat) => {
  const ascii = textOf(70_000);
  const cut = (text, size) => Buffer.from(text).subarray(0, size);
  const gbk = Buffer.from('c4e3bac3cac0bde70a', 'hex');
  for (const [name, bytes, isUtf8] of [
    ['ASCII', ascii, true],
    ['UTF-8', Buffer.from('你好，世界\n'), true],
    ['UTF-8 beyond its beginning', Buffer.concat([ascii, Buffer.from('你好\n')]), true],
    ['UTF-8, a character across 64 KiB', Buffer.from(`a${'你'.repeat(30_000)}`), true],
    ['nothing', '', true],
    ['GBK', gbk, false],
    ['GBK beyond its beginning', Buffer.concat([ascii, gbk]), false],
    ['UTF-16', Buffer.from('\ufeff你好\n', 'utf16le'), false],
    ['UTF-8 that ends within a character', cut('a你', 3), false],
  ]) {
    const { fileId } = await uploaded(server, chat.idOf('alice'), bytes, 'a.txt');
    const byTus = await tusUpload(server, Buffer.from(bytes), { userId: chat.idOf('alice') }).end;
    for (const id of [fileId, byTus]) {
      const response = await get({ fileUrl: `/api/chat/files/${id}` });
      assert.equal(response.headers.get('content-type'), isUtf8 ? 'text/plain; charset=utf-8' : 'text/plain', name);
      assert.match(response.headers.get('content-disposition'), /^inline;/);
    }
  }
}));

test('text is what the settings name, and plain text only if they name that', async () => {
  const own = await startServer({ set: { 'plugins.file_transfer.types': 'text/x-c' } });
  const source = await uploaded(own, 'alice', '#include <stdio.h>\nint main(void) { return 0; }\n', 'a.c');
  const response = await ask(own, source.fileUrl);
  assert.equal(response.headers.get('content-type'), 'text/x-c');
  assert.match(response.headers.get('content-disposition'), /^attachment;/);
  for (const text of ['', 'a', 'some text', '<a>'])
    assert.equal((await uploadForm(own, 'alice', text)).status, 415, text);
  await own.stop();
});

test('people are told what is wrong with a file, in their language', act(async (chat) => {
  const alice = chat.idOf('alice');
  for (const [language, tooLarge, type, none] of [
    ['zh-CN', '文件不能超过19 MiB', '不支持text/html类型的文件', '文件不存在或已被删除'],
    ['en', 'A file may have at most 19 MiB', 'Files of the type text/html cannot be taken', 'The file does not exist or has been removed'],
  ]) {
    const headers = { 'Accept-Language': language };
    assert.equal((await uploadForm(server, alice, textOf(20_000_001), 'a.txt', { headers })).body.message, tooLarge);
    assert.equal((await uploadForm(server, alice, '<!DOCTYPE html><html></html>', 'a.txt', { headers })).body.message, type);
    const missing = await get({ fileUrl: `/api/chat/files/${'0'.repeat(24)}` }, { userId: alice, headers });
    assert.equal((await missing.json()).message, none);
  }
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
}));

test('damaged images have no thumbnail, and nothing but the answer tells of them', act(async (chat) => {
  const whole = png(100, 100);
  const wrongSum = Buffer.from(whole);
  wrongSum[29] ^= 1;
  for (const bytes of [
    whole.subarray(0, 60),
    wrongSum,
    Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0000b080064006401011100', 'hex'), Buffer.alloc(100, 7)]),
    Buffer.concat([Buffer.from('GIF89a\x64\0\x64\0\xf0\0\0', 'latin1'), Buffer.alloc(6), Buffer.from(',')]),
    Buffer.concat([Buffer.from('RIFF\x40\0\0\0WEBPVP8 \x34\0\0\0\x30\x01\0\x9d\x01\x2a\x64\0\x64\0', 'latin1'), Buffer.alloc(42, 7)]),
  ]) {
    const broken = await uploaded(server, chat.idOf('alice'), bytes, 'broken');
    for (let i = 0; i < 2; ++i) assert.equal((await get(broken, { query: 'thumb=64' })).status, 415, broken.mimeType);
  }
  assert.doesNotMatch(server.log(), /\bgd\b|libpng|libjpeg/i);
}));

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
