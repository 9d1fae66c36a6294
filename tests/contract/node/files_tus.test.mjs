// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: file_transfer
// Files: uploaded by tus, cut off and resumed.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { scene } from './harness/chat.mjs';
import { ask, created, raw, sha256, textOf, tusUpload } from './harness/files.mjs';
import { Proxy } from './harness/proxy.mjs';
import { startServer } from './harness/server.mjs';

let server;
before(async () => (server = await startServer({ set: { 'plugins.file_transfer.maxFileSize': 20_000_000 } })));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);

test('tus: what the server can', act(async () => {
  const response = await ask(server, '/api/chat/files/tus', { method: 'OPTIONS' });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get('tus-version'), '1.0.0');
  assert.equal(response.headers.get('tus-max-size'), '20000000');
  for (const extension of ['creation', 'creation-with-upload', 'expiration', 'checksum', 'termination'])
    assert.ok(response.headers.get('tus-extension').split(',').includes(extension));
  const ofOne = await ask(server, `/api/chat/files/tus/${'0'.repeat(24)}`, { method: 'OPTIONS' });
  assert.equal(ofOne.headers.get('tus-version'), '1.0.0');
}));

test('tus: every refusal names the version, and its reason', act(async (chat) => {
  const alice = chat.idOf('alice');
  const uploads = '/api/chat/files/tus';
  const path = await created(server, '10', alice);
  const old = { 'Tus-Resumable': '0.2.0' };
  const from = (offset) => ({ 'Upload-Offset': offset });
  for (const [status, reason, method, target, headers, body] of [
    [412, 'Tus-Resumable must be 1.0.0', 'POST', uploads, { ...old, 'Upload-Length': '1' }],
    [412, 'Tus-Resumable must be 1.0.0', 'DELETE', path, old],
    [400, 'upload-length must be a whole number', 'POST', `${uploads}?userId=${alice}`],
    [403, 'userId is not the caller', 'POST', `${uploads}?userId=${chat.idOf('bob')}`,
      { 'Upload-Length': '1', 'Upload-Metadata': `userId ${Buffer.from(alice).toString('base64')}` }],
    [404, 'there is no such upload', 'PATCH', `${uploads}/${'0'.repeat(24)}`, from('0'), 'a'],
    [409, 'Upload-Offset must be 0', 'PATCH', path, from('3'), 'a'],
    [413, 'more bytes than Upload-Length says', 'PATCH', path, from('0'), 'more than ten'],
    [413, 'file: must be at most 20000000 bytes', 'POST', `${uploads}?userId=${alice}`, { 'Upload-Length': '20000001' }],
    [415, 'the body must be application/offset+octet-stream', 'PATCH', path, { ...from('0'), 'Content-Type': 'text/plain' }, 'a'],
    [415, 'files of the type text/html are not taken', 'PATCH', await created(server, '6', alice), from('0'), '<html>'],
    [460, 'the bytes do not have the given checksum', 'PATCH', path, { ...from('0'), 'Upload-Checksum': 'md5 AAAA' }, 'a'],
  ]) {
    const response = await raw(server, method, target, headers, body);
    assert.deepEqual([response.status, (await response.json()).error], [status, reason]);
    assert.equal(response.headers.get('tus-version'), status === 412 ? '1.0.0' : null);
  }
  assert.equal((await raw(server, 'HEAD', path, old)).status, 412);
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
  assert.equal((await raw(server, 'HEAD', `${path}?userId=${chat.idOf('bob')}`)).status, 403, 'also then');
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
