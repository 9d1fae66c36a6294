// SPDX-License-Identifier: Apache-2.0
// Switching a plugin off and on with SIGHUP while clients stay connected.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { Server, startServer, until } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';

const withEcho = (enabled, more = {}) => ({ plugins: { echo: { enabled, ...more } } });

testWith('messaging private_chat users', 'a plugin that is off answers FEATURE_DISABLED; on again, it works; nobody is disconnected', async () => {
  const server = await startServer({ config: withEcho(true) });
  const chat = new Chat(server);
  const route = () => chat.rest.get('/api/echo');
  const reload = async (config, condition) => {
    server.writeConfig(config);
    server.signal('SIGHUP');
    await until(condition, 'the reload');
  };
  try {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const id = alice.socket.id;
    assert.deepEqual((await route()).body, { success: true, data: { greeting: 'hello' } });
    assert.equal((await alice.ask('echo:say', 'hi')).data, 'hi');

    for (let round = 0; round < 3; ++round) {
      await reload(withEcho(false), async () => (await route()).status === 404);
      isFailure((await route()).body, 'FEATURE_DISABLED');
      isFailure(await alice.ask('echo:say', 'hi'), 'FEATURE_DISABLED');
      alice.tell('echo:say', 'hi');
      isFailure(await alice.hears('error'), 'FEATURE_DISABLED', { event: 'echo:say' });
      const kept = chat.device({ nameSpace: '/echo' });
      kept.socket.connect();
      assert.ok((await kept.hears('connect_error')).message);
      await alice.sends(bob, `meanwhile ${round}`);
      await bob.receives(`meanwhile ${round}`);

      await reload(withEcho(true, { greeting: `again ${round}` }), async () => (await route()).status === 200);
      assert.equal((await route()).body.data.greeting, `again ${round}`);
      assert.equal((await alice.ask('echo:say', 'hi')).data, 'hi');
      assert.ok((await chat.device({ nameSpace: '/echo' }).connect()).socket.connected);
    }
    assert.equal(alice.socket.id, id);
    assert.ok(alice.socket.connected && bob.socket.connected);
    assert.deepEqual(alice.all('disconnect'), []);
  } finally {
    chat.end();
    await server.stop();
  }
});

testWith('messaging private_chat users', 'without private_chat a message needs a session', async () => {
  const server = await startServer({ config: { plugins: { private_chat: { enabled: false } } } });
  const chat = new Chat(server);
  try {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    isFailure(await alice.ask('message:send', alice.draft(bob, 'hi')), 'FEATURE_DISABLED');
  } finally {
    chat.end();
    await server.stop();
  }
});

test('what a plugin gives that is no JSON reaches clients as U+FFFD and null', async () => {
  const server = await startServer({ config: withEcho(true) });
  const chat = new Chat(server);
  try {
    const device = await chat.device().connect();
    const mended = ['no \uFFFD text', null];
    assert.deepEqual((await device.ask('echo:broken')).data, mended);
    assert.deepEqual(await device.hears('echo:broken'), mended);
    assert.ok(device.socket.connected);
    assert.deepEqual((await chat.rest.get('/api/echo/broken')).body.data, mended);
    for (const what of ['event echo:broken: it had', 'event echo:broken: its answer', 'GET /api/echo/broken: its answer'])
      assert.ok(server.log().includes(what), what);
  } finally {
    chat.end();
    await server.stop();
  }
});

test('what no client would take is refused to the plugin, and throws nobody off', async () => {
  const server = await startServer({ config: withEcho(true) });
  const chat = new Chat(server);
  try {
    const device = await chat.device().connect();
    isFailure(await device.ask('echo:reserved'), 'VALIDATION_FAILED');
    isFailure(await device.ask('echo:placeholder'), 'VALIDATION_FAILED');
    isFailure(await device.ask('echo:placeholder-answer'), 'INTERNAL');
    assert.equal((await device.ask('echo:say', 'still here')).data, 'still here');
    assert.ok(device.socket.connected);
  } finally {
    chat.end();
    await server.stop();
  }
});

test('a reply that is dropped, or given twice, is told of in the log', async () => {
  const server = await startServer({ config: withEcho(true) });
  const chat = new Chat(server);
  try {
    const device = await chat.device().connect();
    isFailure(await device.ask('echo:silent'), 'INTERNAL');
    assert.equal((await device.ask('echo:twice')).data, 1);
    await until(() => server.log().includes('echo: reply to event echo:silent was dropped without an answer'));
    await until(() => server.log().includes('echo: reply to event echo:twice was answered again'));
  } finally {
    chat.end();
    await server.stop();
  }
});

test('an answer without a status that there is becomes INTERNAL', async () => {
  const server = await startServer({ config: withEcho(true) });
  try {
    const strange = await new Chat(server).rest.get('/api/echo/strange');
    assert.equal(strange.status, 500);
    isFailure(strange.body, 'INTERNAL');
  } finally {
    await server.stop();
  }
});

test('a plugin that cannot say what it holds about a user ends its own part alone', async () => {
  const server = await startServer({ config: withEcho(true) });
  try {
    for (const [userId, part] of Object.entries({
      unlucky: [{ error: 'the feature failed', code: 'INTERNAL' }],
      circling: ['a page', 'a page', { error: 'the same page again', code: 'INTERNAL' }],
    })) {
      const { status, body } = await new Chat(server).rest.get(`/api/chat/users/${userId}/data`);
      assert.equal(status, 200);
      assert.deepEqual(body.data.plugins.echo, part);
    }
  } finally {
    await server.stop();
  }
});

test('a plugin that is off from the start', async () => {
  const server = await startServer({ config: withEcho(false) });
  const chat = new Chat(server);
  try {
    const refused = await chat.rest.get('/api/echo');
    assert.equal(refused.status, 404);
    isFailure(refused.body, 'FEATURE_DISABLED');
    const device = await chat.device().connect();
    isFailure(await device.ask('echo:say', 'hi'), 'FEATURE_DISABLED');
  } finally {
    chat.end();
    await server.stop();
  }
});

test('a plugin whose file is removed goes off with the next reload; what else has changed is applied', async () => {
  const server = await startServer({ config: withEcho(true) });
  const chat = new Chat(server);
  try {
    fs.rmSync(path.join(server.folder, 'plugins', 'finder.so'));
    for (const greeting of ['once', 'twice']) {
      server.writeConfig(withEcho(true, { greeting }));
      server.signal('SIGHUP');
      await until(async () => (await chat.rest.get('/api/echo')).body.data?.greeting === greeting, 'the reload');
    }
    assert.match(server.log(), /finder is off: its file is gone/);
    assert.doesNotMatch(server.log(), /was not reloaded/);
  } finally {
    await server.stop();
  }
});

test('another folder of plugins waits for a restart', async (t) => {
  const config = withEcho(true, { greeting: 'hello' });
  config.plugins.directory = 'plugins';
  const server = await startServer({ config, set: { 'plugins.directory': undefined } });
  t.after(() => server.stop());
  fs.mkdirSync(path.join(server.folder, 'elsewhere'));
  config.plugins = { directory: 'elsewhere', echo: { enabled: true, greeting: 'still here' } };
  server.writeConfig(config);
  server.signal('SIGHUP');
  const greeting = async () => (await (await fetch(`${server.url}/api/echo`)).json()).data?.greeting;
  await until(async () => (await greeting()) === 'still here', 'the reload');
  assert.match(server.log(), /plugins\.directory has changed and waits for a restart/);
});

test('a start that hangs is named in the log, and keeps no server from ending within 10 s', async () => {
  const hanging = withEcho(true, { startSeconds: 60 });
  const starting = new Server({ config: hanging }).launch();
  const reloading = await startServer({ config: withEcho(true) });
  reloading.writeConfig(hanging);
  reloading.signal('SIGHUP');
  const logs = await Promise.all([starting, reloading].map(async (server) => {
    server.expectedEnd = true;
    await until(() => server.log().includes('echo: start has taken 2000 ms'), 'the warning');
    const begin = Date.now();
    server.signal('SIGTERM');
    assert.deepEqual(await server.exited, { code: 70, signal: null });
    assert.ok(Date.now() - begin < 20_000); // 10 s on a machine that has nothing else to do
    const log = server.log();
    await server.stop();
    return log;
  }));
  assert.match(logs[1], /ending the process; in the way: echo: start/);
});

test('a reload with a faulty file changes nothing and says why', async () => {
  const server = await startServer({ config: withEcho(true) });
  const chat = new Chat(server);
  try {
    server.writeConfig({ plugins: { echo: { enabled: 'perhaps' } } });
    server.signal('SIGHUP');
    await until(() => server.log().includes('plugins.echo.enabled'), 'the complaint in the log');
    assert.equal((await chat.rest.get('/api/echo')).status, 200);
  } finally {
    await server.stop();
  }
});
