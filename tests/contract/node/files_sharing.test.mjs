// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: file_transfer
// Files: who may read them, how long they stay, and how much one user may store.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Rest, scene } from './harness/chat.mjs';
import { ask, created, raw, sha256, textOf, uploadForm, uploaded } from './harness/files.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, until } from './harness/server.mjs';
import { isFailure, isoTime } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);
const get = (file, { userId, path = '', query = '', ...options } = {}) =>
  ask(server, `${file.fileUrl}${path}?${userId ? `userId=${userId}` : ''}${query}`, options);

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

testWith('users', 'an admin removes what others have stored', act(async (chat) => {
  const [root, user] = [await chat.enters('root', { role: 'admin' }), await chat.enters('user')];
  const file = await uploaded(server, chat.idOf('alice'), textOf(100, chat.idOf('alice')));
  const remove = (who) => chat.rest.call('DELETE', `${file.fileUrl}?userId=${who.id}`);
  isFailure((await remove(user)).body, 'FORBIDDEN');
  assert.equal((await remove(root)).status, 200);
  assert.equal((await get(file)).status, 404);
}));

testWith('messaging private_chat users', 'a message lets its recipients read a file, and nobody else', act(async (chat) => {
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
