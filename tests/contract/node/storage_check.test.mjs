// SPDX-License-Identifier: Apache-2.0
// parleyd --check-storage: indexes that are not as they should be, and queries that would read everything.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { test } from 'node:test';
import { testWith } from './harness/plugins.mjs';
import { binary, embedded, Server, startServer, withPatience } from './harness/server.mjs';

async function check(server, ...more) {
  const child = spawn(binary, [...server.arguments, ...more, '--check-storage'], { env: server.environment, cwd: server.folder });
  let report = '';
  let said = '';
  child.stdout.on('data', (chunk) => (report += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const [code] = await withPatience(once(child, 'close'), 'the check');
  return { code, report, said };
}

const everything = 'file_transfer forward group_chat messaging presence private_chat read_receipts recall search stats users';

testWith(everything, 'a store that a server works on has all it needs', async () => {
  const server = await startServer();
  const { code, report, said } = await check(server);
  assert.equal(code, 0, report + said);
  assert.match(report, /All is well\.\n$/);
  assert.match(report, /present +messages_by_seq \(sessionId, seq\), unique, of documents with seq\n/);
  assert.doesNotMatch(report, /MISSING|DIFFERENT|SCAN {2}|REFUSED|^ +off /m);
  const steps = [...report.slice(report.indexOf('Queries\n')).matchAll(/^ {2}(\S.*)$/gm)].map(([, step]) => step);
  for (const step of ['history, newest page', 'history, by cursor', 'unread counts', 'sessions of a user', 'search everywhere'])
    assert.ok(steps.includes(step), step);
  assert.match(report, /messages where sessionId = \? and seq >= \? and seq <= \?, by seq descending, limited/);
  assert.match(report, /messages where sessionId = \? and sender = \? and clientMessageId = \?, limited/);
  if (embedded) assert.doesNotMatch(report, /does not say/);
  await server.stop();
});

testWith(everything, 'what is missing is named, and a start makes it', async () => {
  const server = await startServer({ set: { 'plugins.file_transfer.enabled': false } });
  await server.stop({ keep: true });
  const other = new Server({ folder: server.folder });
  const missing = await check(other);
  assert.equal(missing.code, 65, missing.report + missing.said);
  assert.match(missing.report, /MISSING +files_by_uploader \(uploader, _id\)\n/);
  assert.match(missing.report, /[1-9]\d* problems\./);
  const indexes = ({ report }) => report.slice(0, report.indexOf('Queries\n'));
  assert.equal(indexes(await check(other)), indexes(missing), 'it has changed nothing');
  await other.start();
  assert.equal((await check(other)).code, 0);
  await other.stop();
});

testWith(everything, 'a feature that is off is not asked for', async () => {
  const server = await startServer({ set: { 'plugins.search.enabled': false } });
  const { code, report } = await check(server);
  assert.equal(code, 0, report);
  assert.match(report, /search everywhere\n +off +FEATURE_DISABLED\n/);
  await server.stop();
});

test('a store that is not there', async () => {
  const server = new Server({ set: embedded ? {} : { 'storage.mongodb.uri': 'mongodb://127.0.0.1:1/', 'storage.mongodb.serverSelectionTimeout': 100 } });
  const { code, said } = await check(server);
  assert.equal(code, 69, said);
  assert.ok(!fs.existsSync(server.database));
  fs.rmSync(server.folder, { recursive: true });
});
