// SPDX-License-Identifier: Apache-2.0
// A file of 2 GiB up and down, as a form and by tus, with the server's memory watched:
//   PARLEYD=build/release/bin/parleyd node tests/bench/files.mjs [GiB]
// Needs twice as much room in the folder for temporary files. Exits with 1 when the server ever held 100 MiB or more.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import { startServer } from '../contract/node/harness/server.mjs';

const gibibyte = 1024 ** 3;
const size = Math.round(Number(process.argv[2] ?? 2) * gibibyte);
const limit = 100 * 1024 ** 2;
const pieceSize = 1024 ** 2;

const room = fs.statfsSync(os.tmpdir());
if (room.bavail * room.bsize < size * 2.5) throw new Error(`too little room in ${os.tmpdir()}`);

/// The content: text, numbered so that no two pieces are the same.
function* pieces(seed) {
  const block = Buffer.from(crypto.randomBytes(pieceSize / 2).toString('hex'));
  for (let at = 0; at < size; at += pieceSize) {
    block.write(`${seed} ${at} `.padEnd(32));
    yield block.subarray(0, Math.min(pieceSize, size - at));
  }
}

const server = await startServer({
  set: { 'plugins.file_transfer.maxFileSize': size, 'plugins.file_transfer.userQuota': 0 },
});
const memoryOf = (name) => Number(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8').match(`${name}:\\s+(\\d+) kB`)[1]) * 1024;
const { port } = new URL(server.url);
let tooMuch = false;

/// Runs a step and prints how fast it was and what the server held at most meanwhile.
async function watched(name, step) {
  fs.writeFileSync(`/proc/${server.pid}/clear_refs`, '5'); // sets the mark of the largest size back
  const begin = process.hrtime.bigint();
  const result = await step();
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const peak = memoryOf('VmHWM');
  tooMuch ||= peak >= limit;
  console.log(`${name.padEnd(22)} ${(size / gibibyte).toFixed(2)} GiB in ${seconds.toFixed(1)} s, ` +
    `${Math.round(size / seconds / 1024 ** 2)} MiB/s, at most ${(peak / 1024 ** 2).toFixed(1)} MiB`);
  return result;
}

/// One request with a body that is made as fast as the server takes it.
async function send(method, path, headers, before, body, behind, digest) {
  const request = http.request({ port, method, path, headers });
  const answer = new Promise((resolve, reject) => request.on('response', resolve).on('error', reject));
  answer.catch(() => {});
  const write = (bytes) => new Promise((resolve, reject) => request.write(bytes, (error) => (error ? reject(error) : resolve())));
  await write(before);
  for (const piece of body) {
    digest.update(piece);
    await write(piece);
  }
  request.end(behind);
  const response = await answer;
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  if (response.statusCode >= 300) throw new Error(`${response.statusCode} ${Buffer.concat(chunks)}`);
  return { headers: response.headers, text: Buffer.concat(chunks).toString() };
}

async function asForm(digest) {
  const part = (name) => `--b\r\nContent-Disposition: form-data; ${name}\r\n\r\n`;
  const before = `${part('name="userId"')}bench\r\n${part('name="file"; filename="form.txt"')}`;
  const behind = '\r\n--b--\r\n';
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': before.length + size + behind.length };
  return JSON.parse((await send('POST', '/api/chat/files', headers, before, pieces('form'), behind, digest)).text).data.fileId;
}

async function byTus(digest) {
  const metadata = `userId ${Buffer.from('bench').toString('base64')}`;
  const version = { 'Tus-Resumable': '1.0.0' };
  const made = await send('POST', '/api/chat/files/tus', { ...version, 'Upload-Length': size, 'Upload-Metadata': metadata, 'Content-Length': 0 }, '', [], '', digest);
  const headers = { ...version, 'Upload-Offset': 0, 'Content-Type': 'application/offset+octet-stream', 'Content-Length': size };
  await send('PATCH', made.headers.location, headers, '', pieces('tus'), '', digest);
  return made.headers.location.split('/').at(-1);
}

async function download(fileId, expected, pause) {
  const response = await new Promise((resolve, reject) => http.get({ port, path: `/api/chat/files/${fileId}` }, resolve).on('error', reject));
  const digest = crypto.createHash('sha256');
  let wait = pause;
  for await (const chunk of response) {
    digest.update(chunk);
    if (wait) await new Promise((resolve) => setTimeout(resolve, 3000)); // a client that stands still for a while
    wait = false;
  }
  if (digest.digest('hex') !== expected) throw new Error('the file came back changed');
}

try {
  for (const [name, upload] of [['form', asForm], ['tus', byTus]]) {
    const digest = crypto.createHash('sha256');
    const fileId = await watched(`upload, ${name}`, () => upload(digest));
    const expected = digest.digest('hex');
    await watched(`download, ${name}`, () => download(fileId, expected, false));
    if (name === 'form') await watched('download, with a pause', () => download(fileId, expected, true));
    await fetch(`${server.url}/api/chat/files/${fileId}`, { method: 'DELETE' });
  }
  console.log(`now ${(memoryOf('VmRSS') / 1024 ** 2).toFixed(1)} MiB`);
} finally {
  await server.stop();
}
process.exit(tooMuch ? 1 : 0);
