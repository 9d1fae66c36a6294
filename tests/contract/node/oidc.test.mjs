// SPDX-License-Identifier: Apache-2.0
// Logins at an OpenID Connect provider: oidc-provider, which these tests start.
// Needs the plugins: messaging users
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import OidcProvider from 'oidc-provider';
import { Rest, scene } from './harness/chat.mjs';
import { Server, startServer, until, withPatience } from './harness/server.mjs';
import { isUser } from './harness/shapes.mjs';
import { bearer, secret } from './harness/tokens.mjs';

const audience = 'https://chat.example.org/';
const redirect = 'https://app.example.org/callback';
const newKey = async (kid) => ({ ...(await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey)), kid, use: 'sig', alg: 'RS256' });

/// The provider, on a port that stays when it comes again with other keys.
class Login {
  async start() {
    this.server = http.createServer((request, response) => this.handler(request, response)).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.issuer = `http://127.0.0.1:${this.server.address().port}/realm`;
    await this.begins('first');
    return this;
  }
  async begins(kid) {
    const format = (resource) => ({ scope: 'chat', audience: resource, accessTokenFormat: resource.includes('opaque') ? 'opaque' : 'jwt', jwt: { sign: { alg: 'RS256' } } });
    const provider = new OidcProvider(this.issuer, {
      clients: [
        { client_id: 'crm', client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
        { client_id: 'app', token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], redirect_uris: [redirect], response_types: ['code'] },
      ],
      jwks: { keys: [await newKey(kid)] },
      cookies: { keys: [secret] },
      pkce: { required: () => true },
      findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
      extraTokenClaims: (_, { accountId }) => (accountId
        ? { role: accountId.startsWith('dr.') ? 'doctor' : 'user', 'https://example.org/id': accountId.replace('|', '-') }
        : { service: true }),
      features: {
        clientCredentials: { enabled: true },
        resourceIndicators: { enabled: true, defaultResource: () => audience, useGrantedResource: () => true, getResourceServerInfo: (_, resource) => format(resource) },
      },
    });
    const callback = provider.callback();
    this.handler = (request, response) => {
      // As a proxy does that serves several providers under one address.
      request.originalUrl = request.url;
      request.url = request.url.replace(/^\/realm/, '');
      callback(request, response);
    };
  }
  async tokenOf(body, headers = {}) {
    const response = await fetch(`${this.issuer}/token`, { method: 'POST', body: new URLSearchParams(body), headers });
    const answer = await response.json();
    assert.ok(answer.access_token, JSON.stringify(answer));
    return answer.access_token;
  }
  forService(resource = audience) {
    const basic = Buffer.from(`crm:${encodeURIComponent(secret)}`).toString('base64');
    return this.tokenOf({ grant_type: 'client_credentials', scope: 'chat', resource }, { Authorization: `Basic ${basic}` });
  }
  /// What a browser and its user do: the authorization code flow with PKCE, a login and a consent.
  async forUser(name) {
    const cookies = new Map();
    const visit = async (url, body) => {
      const response = await fetch(url, { method: body ? 'POST' : 'GET', body, redirect: 'manual', headers: { Cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } });
      for (const cookie of response.headers.getSetCookie()) {
        const [, key, value] = cookie.match(/^([^=]+)=([^;]*)/);
        value ? cookies.set(key, value) : cookies.delete(key);
      }
      const next = response.headers.get('location');
      if (next) return next.startsWith(redirect) ? new URL(next).searchParams.get('code') : visit(new URL(next, url));
      const form = await response.text();
      const [, action] = form.match(/<form[^>]*action="([^"]+)"/);
      const [, prompt] = form.match(/name="prompt" value="(\w+)"/);
      const answer = prompt === 'login' ? { prompt, login: name, password: 'any' } : { prompt };
      return visit(new URL(action, url), new URLSearchParams(answer));
    };
    const verifier = crypto.randomBytes(32).toString('base64url');
    const challenge = crypto.createHash('sha256').update(verifier).digest('base64url');
    const query = { client_id: 'app', response_type: 'code', redirect_uri: redirect, scope: 'openid chat', resource: audience, code_challenge: challenge, code_challenge_method: 'S256' };
    const code = await visit(`${this.issuer}/auth?${new URLSearchParams(query)}`);
    return this.tokenOf({ grant_type: 'authorization_code', client_id: 'app', code, redirect_uri: redirect, code_verifier: verifier });
  }
  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const settings = (issuer) => ({ 'auth.mode': 'jwt', 'auth.oidc.issuer': issuer, 'auth.jwt.algorithm': 'RS256', 'auth.jwt.audience': audience });
const statusOf = async (token, at = server) => (await new Rest(at.url).get('/api/chat/users', bearer(token))).status;

let login;
let server;
before(async () => {
  login = await new Login().start();
  server = await startServer({ set: { ...settings(login.issuer), 'auth.jwt.refreshInterval': 100 } });
});
after(async () => {
  await server.stop();
  login.stop();
});

test('who has logged in there comes in here', scene(() => server, ['websocket'], async (chat) => {
  const token = await login.forUser('dr.who');
  const doctor = await chat.device({ auth: { token } }).connect();
  await doctor.joins('dr.who');
  isUser(doctor.user, { _id: 'dr.who', role: 'doctor' });
  assert.equal(await statusOf(token), 200);
}));

test('so does a back end, with a token of its own', async () => {
  const token = await login.forService();
  const answer = await new Rest(server.url).get('/api/chat/stats/anybody', bearer(token));
  assert.equal(answer.status, 200);
});

test('tokens that are for others do not count, nor those that are none', async () => {
  assert.equal(await statusOf(await login.forService('https://mail.example.org/')), 401);
  assert.equal(await statusOf(await login.forService('https://opaque.example.org/')), 401);
});

test('other keys are found', async () => {
  const before = await login.forService();
  await login.begins('second');
  const token = await login.forService();
  await until(async () => (await statusOf(token)) === 200, 'the new key');
  await until(async () => (await statusOf(before)) === 401, 'the end of the old one');
});

test('subjects that are no user ids: another claim is the id', async () => {
  const token = await login.forUser('auth0|abc');
  const answer = await new Rest(server.url).get('/api/chat/users', bearer(token));
  assert.equal(answer.status, 401);
  assert.match(answer.body.error, /subject \(auth\.jwt\.subjectClaim\) is no user id/);
  const mapped = await startServer({ set: { ...settings(login.issuer), 'auth.jwt.subjectClaim': 'https://example.org/id' } });
  const rest = new Rest(mapped.url);
  const status = async (userId) => (await rest.get(`/api/chat/sessions/${userId}`, bearer(token))).status;
  assert.equal(await status('auth0-abc'), 200);
  assert.equal(await status('auth0.abc'), 403);
  assert.equal(await statusOf(await login.forService(), mapped), 200, 'a back end has no such claim');
  await mapped.stop();
});

test('a description of another issuer is not believed', async (t) => {
  const impostor = http.createServer((_, response) => response.setHeader('Content-Type', 'application/json')
    .end(JSON.stringify({ issuer: login.issuer, jwks_uri: `${login.issuer}/jwks` }))).listen(0, '127.0.0.1');
  await once(impostor, 'listening');
  t.after(() => impostor.close());
  const misled = await startServer({ set: settings(`http://127.0.0.1:${impostor.address().port}`) });
  assert.equal(await statusOf(await login.forService(), misled), 503);
  assert.ok(misled.log().includes("the provider's description is of another issuer"));
  await misled.stop();
});

test('settings that would be unsafe are refused', async () => {
  const right = settings('https://id.example.org');
  for (const [set, key] of [
    [{ 'auth.oidc.issuer': 'http://id.example.org' }, 'auth.oidc.issuer'],
    [{ 'auth.jwt.audience': undefined }, 'auth.jwt.audience'],
    [{ 'auth.jwt.issuer': 'https://other.example.org' }, 'auth.jwt.issuer'],
    [{ 'auth.jwt.jwksUrl': 'https://id.example.org/keys' }, 'auth.oidc.issuer'],
    [{ 'auth.jwt.algorithm': 'HS256', 'auth.jwt.secret': secret }, 'auth.oidc.issuer'],
  ]) {
    const refused = new Server({ set: { ...right, ...set } }).launch();
    const { code } = await withPatience(refused.exited, 'the refusal');
    assert.equal(code, 78, refused.log());
    assert.ok(refused.log().includes(`${key}: `), refused.log());
    fs.rmSync(refused.folder, { recursive: true, force: true });
  }
});
