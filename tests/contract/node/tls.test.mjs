// SPDX-License-Identifier: Apache-2.0
// The same server over TLS, and a new certificate without a restart.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { scene, ways } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { Server, startServer, until, withPatience } from './harness/server.mjs';

let folder;
let server;
const file = (name) => path.join(folder, name);

function makeCertificate(name) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-keyout', file('key.pem'), '-out', file('certificate.pem')], { stdio: 'ignore' });
  return new X509Certificate(fs.readFileSync(file('certificate.pem'))).fingerprint256;
}

function shownCertificate(options = {}) {
  return withPatience(new Promise((resolve, reject) => {
    const socket = tls.connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  }), 'the TLS handshake');
}

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-tls-'));
  makeCertificate('first');
  server = await startServer({ set: { 'server.tls.certificate': file('certificate.pem'), 'server.tls.key': file('key.pem') } });
});
after(async () => {
  await server.stop();
  fs.rmSync(folder, { recursive: true });
});

for (const [way, transports] of Object.entries(ways)) {
  describe(`over TLS, ${way}`, () => {
    testWith('messaging private_chat users', 'a conversation', scene(() => server, transports, async (chat) => {
      assert.match(server.url, /^https:/);
      const trusting = { rejectUnauthorized: false };
      const alice = await chat.enters('alice', {}, trusting);
      const bob = await chat.enters('bob', {}, trusting);
      await alice.sends(bob, 'secret');
      await bob.receives('secret');
      for (let i = 0; i < 50; ++i) await bob.sends(alice, 'x'.repeat(16_000) + i);
      await alice.receives('x'.repeat(16_000) + 49);
    }));
  });
}

test('what is older than TLS 1.2 is refused', async () => {
  await assert.rejects(shownCertificate({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }));
});

test('of TLS 1.2 the ciphers without forward secrecy, or with CBC, are refused', async () => {
  const as = (ciphers) => shownCertificate({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` });
  assert.ok(await as('ECDHE-ECDSA-AES128-GCM-SHA256'));
  for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-GCM-SHA256', 'DHE-RSA-AES128-GCM-SHA256'])
    await assert.rejects(as(ciphers), ciphers);
});

test('browsers are told to stay with TLS, by refused upgrades too', async () => {
  const fieldsOf = (path, headers = {}) => withPatience(new Promise((resolve, reject) => {
    https.get({ port: server.port, path, headers, rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.headers);
    }).on('error', reject);
  }), 'an answer');
  const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', Origin: 'https://elsewhere.example', 'X-Request-Id': 'mine' };
  const all = [await fieldsOf('/api/health', { 'X-Request-Id': 'mine' }), await fieldsOf('/ws', upgrade), await fieldsOf('/socket.io/?EIO=4&transport=websocket', upgrade)];
  for (const fields of all) {
    assert.equal(fields['strict-transport-security'], 'max-age=15552000');
    assert.equal(fields['x-content-type-options'], 'nosniff');
    assert.equal(fields['x-frame-options'], 'DENY');
    assert.equal(fields['referrer-policy'], 'no-referrer');
    assert.equal(fields['x-request-id'], 'mine');
  }
  const { Origin, ...accepted } = { ...upgrade, 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64') };
  const taken = await withPatience(new Promise((resolve, reject) => {
    https.get({ port: server.port, path: '/ws', headers: accepted, rejectUnauthorized: false, agent: false })
      .on('upgrade', (response, socket) => (socket.destroy(), resolve(response))).on('error', reject);
  }), 'the upgrade');
  assert.equal(taken.statusCode, 101);
  assert.equal(taken.headers['x-request-id'], 'mine');
});

test('plain HTTP on the TLS port closes that connection; others are served', async () => {
  await assert.rejects(fetch(`http://127.0.0.1:${server.port}/api/health`));
  assert.ok(await shownCertificate());
});

testWith('presence users', 'SIGHUP takes a new certificate; who is connected stays', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice', {}, { rejectUnauthorized: false });
  const first = await shownCertificate();
  const second = makeCertificate('second');
  assert.notEqual(second, first);
  server.signal('SIGHUP');
  await until(async () => (await shownCertificate()) === second, 'the new certificate');
  assert.ok(Array.isArray(await alice.ask('users:online')));
}));

for (const key of ['server.tls.certificate', 'server.tls.key']) {
  test(`a file that cannot be read ends the start, which names it and its setting: ${key}`, async () => {
    const files = { 'server.tls.certificate': file('certificate.pem'), 'server.tls.key': file('key.pem') };
    const broken = new Server({ set: { ...files, [key]: file('nothing.pem') } }).launch();
    const { code } = await withPatience(broken.exited, 'the refusal');
    assert.equal(code, 78);
    assert.ok(broken.log().includes(`${key}: `) && broken.log().includes('nothing.pem'), broken.log());
    fs.rmSync(broken.folder, { recursive: true });
  });
}
