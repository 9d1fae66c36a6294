// SPDX-License-Identifier: Apache-2.0
// auth.mode open believes whoever reaches it. A page elsewhere reaches it, too, once the name of its site was rebound to this
// machine's address (DNS rebinding): its browser takes the server for that site then. It gets no answer.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { describe, test } from 'node:test';
import WebSocket from 'ws';
import { Server, startServer, until, withPatience } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';
import { secret, startJwtServer } from './harness/tokens.mjs';

const evil = 'evil.example';
const polling = '/socket.io/?EIO=4&transport=polling';
const upgrades = ['/ws', '/socket.io/?EIO=4&transport=websocket'];

/// Whatever the name, it is this machine's.
const lookup = (name, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));
const originOf = (name, { port }) => ({ Origin: `http://${name}:${port}` });

/// What a page of the site `name` does, and gets.
function asks(server, name, path, { method = 'GET', body, headers = {} } = {}) {
  const answer = new Promise((resolve, reject) => {
    const options = { host: name, port: server.port, path, method, lookup, agent: false, headers: method === 'GET' ? headers : { ...originOf(name, server), ...headers } };
    http.request(options, (response) => {
      let text = '';
      response.on('data', (data) => (text += data)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    }).on('error', reject).end(body);
  });
  return withPatience(answer, `an answer to ${name}`);
}
const statusOf = async (...args) => (await asks(...args)).status;
const statusAs = (server, host, path = '/api/health') => statusOf(server, 'localhost', path, { headers: { Host: host } });

/// The status that an upgrade is answered with; 101 when it is made.
function upgraded(server, name, path) {
  const socket = new WebSocket(`ws://${name}:${server.port}${path}`, { lookup, headers: originOf(name, server) });
  const status = new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (request, response) => resolve(response.statusCode));
    socket.once('error', reject);
  });
  return withPatience(status, 'the answer to an upgrade').finally(() => socket.terminate());
}

const opens = async (t, start, options) => {
  const server = await start(options);
  t.after(() => server.stop());
  return server;
};

test('a page whose name was rebound gets nothing', async (t) => {
  const server = await opens(t, startServer);
  const json = { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } };
  const form = { method: 'POST', body: '--x--\r\n', headers: { 'Content-Type': 'multipart/form-data; boundary=x' } };
  for (const [path, options] of [['/api/health'], ['/api/openapi.json'], ['/api/chat/users'], ['/metrics'], [polling], ['/api/echo', json],
    [polling, { method: 'POST', body: '40' }], ['/api/chat/files', form], ['/api/echo', { method: 'OPTIONS', headers: { 'Access-Control-Request-Method': 'POST' } }]]) {
    const answer = await asks(server, evil, path, options);
    assert.equal(answer.status, 403, path);
    isFailure(JSON.parse(answer.text), 'FORBIDDEN');
    assert.match(JSON.parse(answer.text).error, /server\.hosts/);
    assert.equal(answer.headers.connection, 'close');
  }
  for (const path of upgrades) assert.equal(await upgraded(server, evil, path), 403, path);
});

test('this machine is asked under its own names', async (t) => {
  const server = await opens(t, startServer);
  for (const host of ['localhost', `LOCALHOST:${server.port}`, 'chat.localhost', '127.0.0.1', `127.0.0.1:${server.port}`, `[::1]:${server.port}`])
    assert.equal(await statusAs(server, host), 200, host);
  for (const host of ['192.0.2.1', '0.0.0.0', `localhost.${evil}`, `127.0.0.1.${evil}`, 'x']) assert.equal(await statusAs(server, host), 403, host);
  assert.equal(await statusOf(server, 'localhost', polling), 200);
  for (const path of upgrades) assert.equal(await upgraded(server, 'localhost', path), 101, path);
});

test('and under those that are set, from SIGHUP on', async (t) => {
  const server = await opens(t, startServer, { config: { server: { hosts: ['chat.example.org'] } } });
  assert.equal(await statusOf(server, 'chat.example.org', polling), 200);
  for (const path of upgrades) assert.equal(await upgraded(server, 'chat.example.org', path), 101, path);
  assert.equal(await statusOf(server, evil, polling), 403);
  server.writeConfig({ server: { hosts: ['front'] } });
  server.signal('SIGHUP');
  await until(async () => (await statusAs(server, 'front')) === 200, 'the new name');
  assert.equal(await statusAs(server, 'chat.example.org'), 403);
  server.writeConfig({ server: { hosts: ['*'] } });
  server.signal('SIGHUP');
  await until(async () => (await statusAs(server, evil)) === 200, 'any name');
});

test('also while a change to tokens waits for a restart', async (t) => {
  const server = await opens(t, startServer, { config: { auth: { mode: 'open' } } });
  server.writeConfig({ auth: { mode: 'jwt', jwt: { secret } }, server: { hosts: ['front'] } });
  server.signal('SIGHUP');
  await until(async () => (await statusAs(server, 'front')) === 200, 'the new name');
  assert.match(server.log(), /auth\.mode has changed and waits for a restart/);
  assert.equal(await statusAs(server, evil), 403);
});

test('on a network, addresses are asked, too', async (t) => {
  const server = await opens(t, startServer, { set: { 'server.address': '0.0.0.0', 'auth.allowOpenOnNetwork': true } });
  for (const host of ['192.0.2.1:3000', '[2001:db8::1]', 'localhost']) assert.equal(await statusAs(server, host), 200, host);
  assert.equal(await statusAs(server, evil), 403);
});

test('with tokens the name does not matter', async (t) => {
  const server = await opens(t, startJwtServer);
  assert.equal(await statusAs(server, 'chat.example.org'), 200);
  assert.equal(await statusAs(server, 'chat.example.org', '/api/chat/users'), 401);
});

describe('server.hosts', () => {
  for (const name of ['https://chat.example.org', 'chat.example.org:3000', '*.example.org'])
    test(`is not ${name}`, async () => {
      const refused = new Server({ set: { 'server.hosts': name } }).launch();
      const { code } = await withPatience(refused.exited, 'the refusal');
      assert.equal(code, 78, refused.log());
      assert.ok(refused.log().includes('server.hosts: '), refused.log());
      fs.rmSync(refused.folder, { recursive: true, force: true });
    });
});
