// SPDX-License-Identifier: Apache-2.0
// The process itself: a start that is refused, settings from three places, draining, data that stays.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { Polling } from './harness/engine_io.mjs';
import { created, raw, textOf, uploaded } from './harness/files.mjs';
import { testWith } from './harness/plugins.mjs';
import { binary, Server, startServer, until, withPatience } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';

/// Starts a server that must refuse, and gives what it said.
async function refusal(options) {
  const server = new Server(options).launch();
  const { code } = await withPatience(server.exited, 'the refusal').catch((error) => {
    server.signal('SIGKILL');
    throw error;
  });
  const log = server.log();
  fs.rmSync(server.folder, { recursive: true, force: true });
  assert.ok(code !== null && code !== 0, `exit code ${code}\n${log}`);
  assert.ok(!/listening on/.test(log), log);
  return log;
}

describe('a start that is refused names the key', () => {
  for (const [what, options, key] of [
    ['an unknown key with --set', { set: { 'server.prot': 1 } }, 'server.prot'],
    ['an unknown key in the file', { config: { server: { prot: 1 } } }, 'server.prot'],
    ['a wrong type in the file', { config: { server: { port: 'http' } }, set: { 'server.port': undefined } }, 'server.port'],
    ['a wrong type with --set', { set: { 'server.port': 'http' } }, 'server.port'],
    ['a value out of range', { set: { 'server.port': 70000 } }, 'server.port'],
    ['an unknown choice', { set: { 'auth.mode': 'perhaps' } }, 'auth.mode'],
    ["a plugin's unknown key", { config: { plugins: { echo: { shout: true } } } }, 'plugins.echo.shout'],
    ["a plugin's wrong type", { config: { plugins: { echo: { greeting: 5 } } } }, 'plugins.echo.greeting'],
  ]) {
    test(what, async () => assert.ok((await refusal(options)).includes(key)));
  }

  test('open mode beyond loopback', async () => {
    assert.ok((await refusal({ set: { 'server.address': '0.0.0.0' } })).includes('auth.allowOpenOnNetwork'));
  });

  test('a file that is not JSON, and one that is not there', async () => {
    const server = new Server({ config: {} });
    fs.writeFileSync(server.configFile, '{"server": ');
    server.launch();
    assert.notEqual((await withPatience(server.exited, 'the refusal')).code, 0);
    assert.ok(server.log().includes('parley.json'));
    fs.rmSync(server.folder, { recursive: true });
    assert.ok((await refusal({ args: ['--config', '/no/such/file.json'] })).includes('/no/such/file.json'));
  });
});

test('open mode beyond loopback, when it is allowed', async (t) => {
  const server = await startServer({ set: { 'server.address': '0.0.0.0', 'auth.allowOpenOnNetwork': true } });
  t.after(() => server.stop());
});

testWith('messaging private_chat users', 'SIGTERM: clients are told, the process ends with 0, and what was acknowledged is there', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const chat = new Chat(server);
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const poller = await chat.enters('carol', {}, { transports: ['polling'] });
  const acknowledged = [];
  let sessionId;
  let ended = false;
  const sending = (async () => {
    for (let i = 0; !ended; ++i) {
      await Promise.all([0, 1, 2, 3].map(async (k) => {
        try {
          const answer = await alice.ask('message:send', alice.draft(bob, `${i}-${k}`));
          if (!answer.success) return;
          acknowledged.push(answer.data._id);
          sessionId = answer.data.sessionId;
        } catch {
          ended = true;
        }
      }));
    }
  })();
  await bob.receives('5-0');
  server.signal('SIGTERM');
  const ends = [alice, bob, poller].map((device) => device.hears('disconnect').then(() => (ended = true)));
  const { code, signal } = await withPatience(server.exited, 'the end of the process');
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
  await Promise.all(ends);
  alice.leaves();
  await sending;
  chat.end();

  const again = await startServer({ folder: server.folder });
  t.after(() => again.stop());
  const later = new Chat(again);
  const stored = new Set();
  for (let page = 1; ; ++page) {
    const { body } = await later.rest.get(`/api/chat/messages/${sessionId}?limit=100&page=${page}`);
    if (body.data.length === 0) break;
    body.data.forEach((message) => stored.add(message._id));
  }
  assert.ok(acknowledged.length >= 20);
  assert.deepEqual(acknowledged.filter((id) => !stored.has(id)), []);
});

/// Sends a request, or the beginning of one, and reads nothing.
async function begins(t, server, head, text) {
  const socket = net.connect(server.port, '127.0.0.1', () => socket.write(`${head}\r\nHost: localhost\r\n${text}`));
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const beginsUpload = (t, server) => begins(t, server, 'POST /api/chat/files HTTP/1.1',
  'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n' +
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello');

testWith('file_transfer', 'SIGTERM: uploads and downloads that are slow are cut off, the process ends with 0', async (t) => {
  const server = await startServer({ set: { 'server.drainTimeout': 2000, 'plugins.disableTimeout': 600_000 } });
  t.after(() => server.stop());
  const upload = await created(server, 1_000_000, 'tina');
  const file = await uploaded(server, 'tina', textOf(32_000_000));
  await beginsUpload(t, server);
  await begins(t, server, `PATCH ${upload} HTTP/1.1`, 'Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n' +
    `Content-Length: 1000000\r\n\r\n${textOf(1000)}`);
  const download = await begins(t, server, `GET ${file.url}?userId=tina HTTP/1.1`, '\r\n');
  await once(download, 'readable'); // and nothing of it is read
  const files = path.join(server.folder, 'data/files');
  const begun = () => fs.readdirSync(files, { recursive: true }).some((name) => fs.statSync(path.join(files, name)).size === 1000);
  await until(begun, 'the upload to have begun');
  server.signal('SIGTERM');
  const { code, signal } = await withPatience(server.exited, 'the end of the process');
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, server.log());

  const again = await startServer({ folder: server.folder });
  t.after(() => again.stop());
  const { headers } = await raw(again, 'HEAD', `${upload}?userId=tina`);
  assert.equal(headers.get('upload-offset'), '1000');
});

testWith('audit file_transfer', '--print-api leaves a server that runs, and all that it uses, alone', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const upload = await created(server, 1000, 'tina');
  const asked = [...server.arguments, '--set', 'plugins.audit.file=trail.jsonl', '--set', 'server.tls.certificate=none.pem', '--print-api'];
  const { routes } = JSON.parse(execFileSync(binary, asked, { cwd: server.folder, encoding: 'utf8' }));
  assert.ok(routes.some(({ path }) => path === '/metrics'));
  assert.equal((await raw(server, 'HEAD', `${upload}?userId=tina`)).status, 200);
  assert.ok(!fs.existsSync(path.join(server.folder, 'trail.jsonl')));
});

test('--print-api leaves nothing behind', () => {
  const server = new Server();
  execFileSync(binary, [...server.arguments, '--print-api'], { cwd: server.folder });
  assert.deepEqual(fs.readdirSync(server.folder), ['plugins']);
  fs.rmSync(server.folder, { recursive: true });
});

testWith('file_transfer', 'SIGTERM while SIGHUP waits for a plugin: the process ends within 10 s', async (t) => {
  const config = { plugins: { disableTimeout: 600_000, file_transfer: { enabled: true } } };
  const server = await startServer({ config });
  server.expectedEnd = true;
  t.after(() => server.stop());
  await beginsUpload(t, server);
  config.plugins.file_transfer.enabled = false;
  server.writeConfig(config);
  server.signal('SIGHUP');
  const there = `${server.url}/api/chat/files/${'0'.repeat(24)}/info?userId=tina`;
  await until(async () => (await (await fetch(there)).json()).code === 'FEATURE_DISABLED', 'the plugin to be leaving');
  const begun = Date.now();
  server.signal('SIGTERM');
  const { code } = await withPatience(server.exited, 'the end of the process');
  assert.ok([0, 70].includes(code), `exit code ${code}\n${server.log()}`);
  assert.ok(Date.now() - begun < 20_000, `${Date.now() - begun} ms`);  // 10 s, and the machine may be busy
});

test('a second server on the same data is refused as long as the first one lives', async () => {
  const first = await startServer();
  const second = new Server({ folder: first.folder });
  second.logFile = `${first.logFile}.2`;
  second.launch();
  const { code } = await withPatience(second.exited, 'the refusal');
  assert.equal(code, 69, second.log());
  assert.match(second.log(), /in use by another server \(process \d+/);
  assert.match(second.log(), new RegExp(`process ${first.pid}\\b`));
  await first.stop({ keep: true });
  await second.start();
  await second.stop();
});

testWith('file_transfer', 'a second server with the files of the first one is refused as long as that one lives', async (t) => {
  const first = await startServer();
  t.after(() => first.stop());
  const files = path.join(first.folder, 'data/files');
  const upload = await created(first, 1000, 'tina');
  const set = { 'plugins.file_transfer.directory': files };
  const log = await refusal({ set });
  assert.ok(log.includes(`the folder ${files} is in use by another server`), log);
  assert.equal((await raw(first, 'HEAD', `${upload}?userId=tina`)).status, 200);
  await first.stop({ keep: true });
  const second = await startServer({ set });
  await second.stop();
});

test('standard streams that are closed are no files of the server', async (t) => {
  const server = new Server({ set: { 'log.file': 'parleyd.log' } });
  t.after(() => fs.rmSync(server.folder, { recursive: true }));
  const child = spawn('sh', ['-c', 'exec "$@" <&- >&- 2>&-', 'sh', binary, ...server.arguments], { cwd: server.folder, stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  await until(() => server.log().includes('listening on'), 'the start');
  for (const stream of [0, 1, 2]) assert.equal(fs.readlinkSync(`/proc/${child.pid}/fd/${stream}`), '/dev/null');
  child.kill();
  const [code] = await withPatience(once(child, 'exit'), 'the end of the process');
  assert.equal(code, 0);
});

testWith('messaging private_chat users', 'users, sessions and messages survive kill -9', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const chat = new Chat(server);
  const [alice, bob] = [await chat.enters('alice', { realName: '爱丽丝' }), await chat.enters('bob')];
  const first = await alice.sends(bob, 'before', { clientMessageId: 'c1' });
  server.expectedEnd = true;
  server.signal('SIGKILL');
  await server.exited;
  chat.end();

  const again = await startServer({ folder: server.folder });
  t.after(() => again.stop());
  const later = new Chat(again);
  const users = (await later.rest.get('/api/chat/users')).body.data;
  const stored = users.find((user) => user._id === alice.id);
  assert.equal(stored.realName, '爱丽丝');
  assert.equal(stored.status, 'offline');
  const back = await later.device().connect();
  await back.joins(alice.id);
  const repeated = await back.sends(bob, 'before', { clientMessageId: 'c1' });
  assert.equal(repeated._id, first._id);
  const next = await back.sends(bob, 'after');
  assert.equal(next.sessionId, first.sessionId);
  assert.equal(next.seq, 2);
  later.end();
});

test('settings: the file below the environment, --set on top', async (t) => {
  const config = { realtime: { pingInterval: 11000, pingTimeout: 12000, maxPayload: 10000 } };
  const env = { PARLEY_REALTIME_PINGTIMEOUT: '13000', PARLEY_REALTIME_MAXPAYLOAD: '20000' };
  const server = await startServer({ config, env, set: { 'realtime.maxPayload': 30000 } });
  t.after(() => server.stop());
  const { handshake } = await new Polling(server.url).open();
  assert.equal(handshake.pingInterval, 11000);
  assert.equal(handshake.pingTimeout, 13000);
  assert.equal(handshake.maxPayload, 30000);
});

test('SIGHUP: what differs from what runs waits for a restart', async (t) => {
  const config = { server: { drainTimeout: 5000 } };
  const server = await startServer({ config });
  t.after(() => server.stop());
  const waits = () => server.log().match(/server\.drainTimeout has changed and waits for a restart/g)?.length ?? 0;
  let reloads = 0;
  for (const [drainTimeout, told] of [[6000, 1], [6000, 2], [5000, 2], [6000, 3]]) {
    config.server.drainTimeout = drainTimeout;
    server.writeConfig(config);
    server.signal('SIGHUP');
    reloads += 1;
    await until(() => (server.log().match(/the configuration was reloaded/g)?.length ?? 0) === reloads, 'the reload');
    assert.equal(waits(), told, `${drainTimeout}`);
  }
});

testWith('file_transfer', 'SIGHUP: a plugin that cannot start is told once, and that not all is well', async (t) => {
  const config = { plugins: { file_transfer: { directory: 'files' } } };
  const server = await startServer({ config });
  t.after(() => server.stop());
  config.plugins.file_transfer.directory = '/proc/none';
  server.writeConfig(config);
  server.signal('SIGHUP');
  await until(() => server.log().includes('the configuration was reloaded, but not all plugins are'), 'the reload');
  assert.equal(server.log().match(/plugin file_transfer: start failed/g).length, 1, server.log());
  assert.doesNotMatch(server.log(), /the configuration was reloaded\n/);
});

testWith('ping', 'a client that sends faster than allowed is RATE_LIMITED, others are not', async (t) => {
  const server = await startServer({ set: { 'realtime.eventsPerSecond': 5, 'realtime.eventBurst': 20 } });
  t.after(() => server.stop());
  const chat = new Chat(server);
  const [hasty, calm] = [await chat.device().connect(), await chat.device().connect()];
  const answers = await Promise.all(Array.from({ length: 100 }, () => hasty.ask('ping', 1)));
  const limited = answers.filter((answer) => answer.code === 'RATE_LIMITED');
  assert.ok(limited.length > 0 && limited.length < 100, `${limited.length} of 100`);
  isFailure(limited[0], 'RATE_LIMITED');
  assert.equal((await calm.ask('ping', 2)).data.pong, 2);
  assert.ok(hasty.socket.connected);
  chat.end();
});
