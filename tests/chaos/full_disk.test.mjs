// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: file_transfer messaging private_chat users
// A disk that fills up under a server, and gets room again.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Chat } from '../contract/node/harness/chat.mjs';
import { Server, until } from '../contract/node/harness/server.mjs';
import { KeptLine, SmallDisk, limit } from './faults.mjs';

const left = 256 * 1024; // bytes that can still be written
const few = 3; // lines of one episode, also where a slow machine makes it a long one
const sizeOf = (file) => (fs.existsSync(file) ? fs.statSync(file).size : 0);
const disk = SmallDisk.mount(64 * 1024 * 1024);

/// How room ends, and how there is some again. Only root may mount a file system; a limit on the size of files is for all.
const ways = [
  {
    name: 'a limit on the size of files',
    full: /sqlite: disk I\/O error/g,
    server: () => new Server(),
    fill: (server) => limit(server.pid, 'fsize', Math.max(sizeOf(server.database), sizeOf(`${server.database}-wal`)) + left),
    free: (server) => limit(server.pid, 'fsize', 'unlimited'),
    end: () => {},
  },
  {
    name: 'a full file system',
    skip: disk ? false : 'no file system may be mounted here',
    full: /sqlite: database or disk is full/g,
    server: () => new Server({
      set: { 'storage.sqlite.path': path.join(disk.folder, 'chat.db'), 'plugins.file_transfer.directory': path.join(disk.folder, 'files') },
    }),
    fill: () => disk.fill(left),
    free: () => disk.free(),
    end: () => disk.unmount(),
  },
];

for (const way of ways) {
  test(`${way.name}: messages are refused, reads go on, and all goes on when there is room`, { skip: way.skip }, async (t) => {
    const server = await way.server().start();
    t.after(() => server.stop().finally(way.end));
    const chat = new Chat(server);
    const kept = new KeptLine(server);
    t.after(() => (chat.end(), kept.end()));
    const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
    const contents = new Map(); // clientMessageId -> content
    const acknowledged = new Map(); // clientMessageId -> seq
    const refused = new Set();
    const send = async (id) => {
      if (!contents.has(id)) contents.set(id, `${id} ${'x'.repeat(15_000)}`);
      const answer = await alice.ask('message:send', alice.draft(bob, contents.get(id), { clientMessageId: id }));
      if (!answer.success) return void (assert.equal(answer.code, 'UNAVAILABLE', JSON.stringify(answer)), refused.add(id));
      refused.delete(id);
      acknowledged.set(id, answer.data.seq);
      return answer.data.sessionId;
    };
    const history = async (sessionId) => {
      const messages = [];
      for (;;) {
        const { status, body } = await kept.get(`/api/chat/messages/${sessionId}?limit=100&afterSeq=${messages.length}`);
        assert.equal(status, 200);
        messages.push(...body.data);
        if (body.data.length < 100) return messages;
      }
    };
    const compare = async (sessionId) => {
      const stored = await history(sessionId);
      assert.deepEqual(stored.map(({ seq }) => seq), stored.map((_, i) => i + 1));
      assert.equal(new Set(stored.map(({ clientMessageId }) => clientMessageId)).size, stored.length);
      for (const [id, seq] of acknowledged) assert.deepEqual([stored[seq - 1]?.clientMessageId, stored[seq - 1]?.content], [id, contents.get(id)]);
      return stored.length;
    };

    const sessionId = await send('first');
    way.fill(server);
    for (let i = 0; refused.size < 200; ++i) await Promise.all([0, 1, 2, 3].map((k) => send(`message ${i}-${k}`)));
    const before = acknowledged.size;
    t.diagnostic(`${before} acknowledged, ${refused.size} refused`);
    assert.ok(before > 1, 'until the disk was full');
    await compare(sessionId);
    assert.equal((await kept.get('/api/health')).status, 200);
    const upload = await kept.uploads(alice.id, 'y'.repeat(4_000_000));
    assert.deepEqual([upload.status, upload.body.code], [503, 'UNAVAILABLE'], upload.text);
    assert.match(upload.body.error, /no room/);
    assert.ok(alice.socket.connected && bob.socket.connected);
    const told = server.log().match(way.full)?.length ?? 0;
    assert.ok(told > 0 && told <= few, server.log());
    assert.match(server.log(), /files cannot be written: (No space left on device|File too large)/);
    assert.doesNotMatch(server.log(), /sqlite: works again/);

    way.free(server);
    await until(async () => (await kept.get('/api/ready')).status === 200, 'the server to be ready');
    for (const id of [...refused]) assert.equal(await send(id), sessionId);
    assert.equal(await compare(sessionId), contents.size);
    assert.equal((await kept.uploads(alice.id, 'y'.repeat(4_000_000))).status, 201);
    await bob.receives(contents.get([...contents.keys()].at(-1)));
  });
}
