// SPDX-License-Identifier: Apache-2.0
// Where the keys of tokens come from: files and providers that change, are down, and come back.
// Needs the plugins: users
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Rest } from './harness/chat.mjs';
import { Server, until, withPatience } from './harness/server.mjs';
import { bearer, forged, Provider, secret, sign, startJwtServer } from './harness/tokens.mjs';

const statusOf = async (server, token) => (await new Rest(server.url).get('/api/chat/users', bearer(await token))).status;
const withKeys = (set) => startJwtServer({ set: { 'auth.jwt.secret': undefined, 'auth.jwt.algorithm': 'ES256', ...set } });

test('a provider changes its keys, is down, and comes back', async (t) => {
  const provider = await new Provider().start();
  t.after(() => provider.stop());
  await provider.adds('one');
  const server = await withKeys({ 'auth.jwt.jwksUrl': provider.url, 'auth.jwt.refreshInterval': 300, 'auth.jwt.maxKeyAge': 1000 });
  t.after(() => server.stop());
  assert.equal(await statusOf(server, provider.signs('alice', 'one')), 200);

  await provider.adds('two');
  await until(async () => (await statusOf(server, provider.signs('alice', 'two'))) === 200, 'the new key');
  assert.equal(await statusOf(server, provider.signs('alice', 'one')), 200);

  provider.isUp = false;
  await provider.adds('three');
  const before = provider.fetches;
  await until(() => provider.fetches > before + 1 || statusOf(server, provider.signs('alice', 'three')).then(() => false), 'vain fetches');
  assert.equal(await statusOf(server, provider.signs('alice', 'three')), 401);
  assert.equal(await statusOf(server, provider.signs('alice', 'one')), 200);

  provider.isUp = true;
  await until(async () => (await statusOf(server, provider.signs('alice', 'three'))) === 200, 'the key from after the outage');

  const old = await provider.signs('alice', 'one');
  provider.keys.delete('one');
  await until(async () => (await statusOf(server, old)) === 401, 'the end of the key that was taken back');
});

test('over https the certificate must be one for the host, of an authority that counts', async (t) => {
  const folder = fs.mkdtempSync('/tmp/parley-provider-');
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const certified = (name, subject) => {
    const [key, cert] = ['key', 'crt'].map((end) => path.join(folder, `${name}.${end}`));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-subj', '/CN=provider', '-addext', `subjectAltName=${subject}`, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { caFile: cert, tls: { key: fs.readFileSync(key), cert: fs.readFileSync(cert) } };
  };
  const right = certified('right', 'IP:127.0.0.1');
  const other = certified('other', 'DNS:other.example.org');
  for (const [what, { tls }, caFile, expected] of [
    ['right', right, right.caFile, 200],
    ['of another host', other, other.caFile, 503],
    ['of another authority', right, other.caFile, 503],
    ['of an authority that the system does not know', right, '', 503],
  ]) {
    const provider = await new Provider({ tls }).start();
    await provider.adds('one');
    const server = await withKeys({ 'auth.jwt.jwksUrl': provider.url, 'auth.jwt.caFile': caFile });
    assert.equal(await statusOf(server, provider.signs('alice', 'one')), expected, what);
    await server.stop();
    provider.stop();
  }
});

test('made-up key names do not make the server ask again and again', async (t) => {
  const provider = await new Provider().start();
  t.after(() => provider.stop());
  await provider.adds('one');
  const server = await withKeys({ 'auth.jwt.jwksUrl': provider.url, 'auth.jwt.refreshInterval': 600_000 });
  t.after(() => server.stop());
  await until(async () => (await statusOf(server, provider.signs('alice', 'one'))) === 200, 'the first keys');
  const tries = Array.from({ length: 200 }, (_, i) => statusOf(server, forged({ alg: 'ES256', kid: `k${i}` }, { sub: 'x', exp: 4102444800 })));
  assert.ok((await Promise.all(tries)).every((status) => status === 401));
  assert.equal(provider.fetches, 1);
});

test('while no key has ever come, it is the server that is not ready', async (t) => {
  const provider = await new Provider().start();
  t.after(() => provider.stop());
  await provider.adds('one');
  provider.isUp = false;
  const server = await withKeys({ 'auth.jwt.jwksUrl': provider.url, 'auth.jwt.refreshInterval': 200 });
  t.after(() => server.stop());
  assert.equal(await statusOf(server, provider.signs('alice', 'one')), 503);
  provider.isUp = true;
  await until(async () => (await statusOf(server, provider.signs('alice', 'one'))) === 200, 'the first keys');
});

test('SIGHUP reads the secret anew from its file, and refuses a bad one', async (t) => {
  const file = path.join(fs.mkdtempSync('/tmp/parley-secret-'), 'secret');
  t.after(() => fs.rmSync(path.dirname(file), { recursive: true }));
  fs.writeFileSync(file, `${secret}\n`);
  const server = await startJwtServer({ set: { 'auth.jwt.secret': undefined }, env: { PARLEY_AUTH_JWT_SECRET_FILE: file } });
  t.after(() => server.stop());
  assert.equal(await statusOf(server, sign('alice')), 200);
  const next = crypto.randomBytes(32).toString('hex');
  const fresh = () => sign('alice', { key: new TextEncoder().encode(next) });
  assert.equal(await statusOf(server, fresh()), 401);
  fs.writeFileSync(file, 'short');
  server.signal('SIGHUP');
  await until(() => server.log().includes('auth.jwt.secret: must have at least 32 bytes'), 'the refusal');
  assert.equal(await statusOf(server, sign('alice')), 200);
  fs.writeFileSync(file, next);
  server.signal('SIGHUP');
  await until(async () => (await statusOf(server, fresh())) === 200, 'the new secret');
  assert.equal(await statusOf(server, sign('alice')), 401);
});

test('a key file, and the public key in it is no secret', async (t) => {
  const folder = fs.mkdtempSync('/tmp/parley-keys-');
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'public.pem');
  for (const [alg, type, options] of [['RS256', 'rsa', { modulusLength: 2048 }], ['ES512', 'ec', { namedCurve: 'P-521' }], ['EdDSA', 'ed25519', {}]]) {
    const { publicKey, privateKey } = crypto.generateKeyPairSync(type, options);
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    fs.writeFileSync(file, pem);
    const server = await withKeys({ 'auth.jwt.algorithm': alg, 'auth.jwt.keyFile': file });
    assert.equal(await statusOf(server, sign('alice', { alg, key: privateKey })), 200, alg);
    for (const header of [{ alg: 'HS256' }, { alg }])
      for (const key of [pem, pem.trim()])
        assert.equal(await statusOf(server, forged(header, { sub: 'alice', exp: 4102444800 }, key)), 401, alg);
    await server.stop();
  }
});

test('a start that would be unsafe is refused', async () => {
  for (const [set, key] of [
    [{ 'auth.jwt.secret': 'secret' }, 'auth.jwt.secret'],
    [{ 'auth.jwt.algorithm': 'RS256' }, 'auth.jwt.secret'],
    [{ 'auth.jwt.secret': undefined }, 'auth.jwt.secret'],
    [{ 'auth.jwt.secret': undefined, 'auth.jwt.algorithm': 'RS256' }, 'auth.jwt.keyFile'],
    [{ 'auth.jwt.secret': undefined, 'auth.jwt.algorithm': 'RS256', 'auth.jwt.jwksUrl': 'http://id.example.org/keys' }, 'auth.jwt.jwksUrl'],
    [{ 'auth.jwt.algorithm': 'none' }, 'auth.jwt.algorithm'],
  ]) {
    const server = new Server({ set: { 'auth.mode': 'jwt', 'auth.jwt.secret': secret, ...set } }).launch();
    const { code } = await withPatience(server.exited, 'the refusal');
    assert.equal(code, 78, server.log());
    assert.ok(server.log().includes(`${key}: `), server.log());
    assert.ok(!server.log().includes(secret));
    fs.rmSync(server.folder, { recursive: true, force: true });
  }
});
