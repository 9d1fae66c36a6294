// SPDX-License-Identifier: Apache-2.0
/// Files as clients have them: made up, uploaded as a form, by tus, and by hand.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import zlib from 'node:zlib';
import * as tus from 'tus-js-client';
import { checkResponse } from './contract.mjs';
import { patience, withPatience } from './server.mjs';

export const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

/// One request, whose answer is held to the description as well.
export async function ask(base, path, options = {}) {
  const method = options.method ?? 'GET';
  const response = await fetch(base.url + path, { signal: AbortSignal.timeout(patience), ...options });
  const text = await response.clone().text();
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
  const body = isJson && text !== '' ? JSON.parse(text) : undefined;
  checkResponse({ method, path, contentType: '' }, { status: response.status, headers: response.headers, text, body });
  return response;
}

/// Text of no particular meaning, always the same for the same seed.
export function textOf(size, seed = 'x') {
  return Buffer.from(crypto.createHash('shake256', { outputLength: Math.ceil((size * 3) / 4) }).update(seed).digest('base64').slice(0, size));
}

export async function uploadForm(base, userId, bytes, name = 'note.txt', options = {}) {
  const form = new FormData();
  if (userId) form.append('userId', userId);
  form.append('file', new Blob([bytes]), name);
  const response = await ask(base, '/api/chat/files', { method: 'POST', body: form, ...options });
  return { status: response.status, body: await response.json() };
}

export async function uploaded(base, userId, bytes, name) {
  const answer = await uploadForm(base, userId, bytes, name);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.data;
}

/// A PNG of one colour: real, or one whose header promises more than there is.
export function png(width, height, { rows = height } = {}) {
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

/// Uploads with the real client, to its end or to its failure.
export function tusUpload(base, bytes, { userId = 'tina', name = 'big.txt', ...options } = {}) {
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

/// One request of tus by hand.
export async function raw(base, method, path, headers = {}, body = undefined) {
  const type = body === undefined ? {} : { 'Content-Type': 'application/offset+octet-stream' };
  const response = await ask(base, path, { method, headers: { 'Tus-Resumable': '1.0.0', ...type, ...headers }, body });
  if (method !== 'OPTIONS') assert.equal(response.headers.get('tus-resumable'), '1.0.0', `${method}: ${response.status}`);
  return response;
}

export async function created(base, length, userId) {
  const metadata = `filename ${Buffer.from('a.txt').toString('base64')},userId ${Buffer.from(userId).toString('base64')}`;
  const response = await raw(base, 'POST', '/api/chat/files/tus', { 'Upload-Length': length, 'Upload-Metadata': metadata });
  assert.equal(response.status, 201);
  assert.ok(Date.parse(response.headers.get('upload-expires')) > Date.now());
  return response.headers.get('location');
}
