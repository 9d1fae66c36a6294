// SPDX-License-Identifier: Apache-2.0
// Behind a proxy: who the client is, told by X-Forwarded-For or by the PROXY protocol of a real HAProxy. What the server
// takes for a client's address shows in whose calls it counts.
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { HaProxy } from './harness/haproxy.mjs';
import { startServer, withPatience } from './harness/server.mjs';

const counting = { 'limits.exempt': '', 'limits.search.perAddress': 1, 'limits.search.burst': 120 }; // two, and no more
const list = '/api/chat/users';

async function opens(t, set, proxy) {
  const server = await startServer({ set: { ...counting, 'server.trustedProxies': '127.0.0.1', ...set } });
  t.after(() => server.stop());
  const front = await new HaProxy(server, proxy).start();
  t.after(() => front.stop());
  return { server, front };
}

/// Each of three clients is counted by its own address.
async function countsClients(front, options = {}) {
  for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.1']) {
    const statuses = [];
    for (let i = 0; i < 3; ++i) statuses.push((await front.get(list, { from, ...options })).status);
    assert.deepEqual(statuses, [200, 200, 429], from);
  }
}

/// What comes until the end, to bytes that are sent without a proxy.
async function sends(server, bytes, from = '127.0.0.1') {
  const socket = net.connect({ port: server.port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => {}); // a reset is an end
  let heard = '';
  socket.on('data', (data) => (heard += data));
  socket.write(bytes);
  await withPatience(new Promise((resolve) => socket.once('close', resolve)), 'the end of the connection');
  return heard;
}

describe('the PROXY protocol', () => {
  for (const to of ['send-proxy', 'send-proxy-v2']) {
    test(`${to}: each client has its own address; a conversation`, async (t) => {
      const { front } = await opens(t, { 'server.proxyProtocol': true }, { to });
      await countsClients(front);
      const chat = new Chat({ url: front.url }, { transports: ['polling', 'websocket'] });
      t.after(() => chat.end());
      const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
      await alice.sends(bob, 'hello');
      await bob.receives('hello');
    });
  }

  test('before TLS that the server ends itself', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-proxies-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => path.join(folder, name));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-subj', '/CN=here', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const set = { 'server.proxyProtocol': true, 'server.tls.certificate': certificate, 'server.tls.key': key };
    const { front } = await opens(t, set, { to: 'send-proxy-v2' });
    await countsClients(front, { secure: true });
  });

  test('a connection without the header, and one of somebody else, is closed', async (t) => {
    const { server, front } = await opens(t, { 'server.proxyProtocol': true }, { to: 'send-proxy' });
    const request = 'GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const header = 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n';
    assert.match(await sends(server, header + request), /^HTTP\/1.1 200 /);
    assert.equal(await sends(server, request), '');
    assert.equal(await sends(server, `PROXY TCP4 192.0.2.1\r\n${request}`), '');
    assert.equal(await sends(server, header + request, '127.0.0.9'), '');
    assert.equal((await front.get('/api/health')).status, 200);
  });
});

describe('X-Forwarded-For', () => {
  const proxy = { mode: 'http', front: ['option forwardfor', 'http-request set-header X-Forwarded-Proto https'] };

  test('of a trusted proxy names the client, whatever the client says itself', async (t) => {
    const { front } = await opens(t, {}, proxy);
    await countsClients(front);
    const liar = { from: '127.0.0.2', headers: { 'X-Forwarded-For': '192.0.2.77' } };
    assert.equal((await front.get(list, liar)).status, 429);
    assert.equal((await front.get('/api/health')).headers['strict-transport-security'], 'max-age=15552000');
  });

  test('of anybody else is not believed', async (t) => {
    const { front } = await opens(t, { 'server.trustedProxies': '10.0.0.0/8' }, proxy);
    const statuses = [];
    for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) statuses.push((await front.get(list, { from })).status);
    assert.deepEqual(statuses, [200, 200, 429]);
    assert.equal((await front.get('/api/health')).headers['strict-transport-security'], undefined);
  });
});
