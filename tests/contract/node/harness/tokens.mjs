// SPDX-License-Identifier: Apache-2.0
// The side that makes tokens: a provider with keys of its own, and a server that trusts it.
import http from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import crypto from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { startServer } from './server.mjs';

export const secret = 'these tests share thirty-two bytes or more';
const now = () => Math.floor(Date.now() / 1000);

/// `claims`: beside sub, as `role`, `service`; `exp` in seconds from now (60 by default).
export function sign(sub, { exp = 60, alg = 'HS256', kid, key = new TextEncoder().encode(secret), ...claims } = {}) {
  return new SignJWT({ sub, exp: now() + exp, ...claims }).setProtectedHeader({ alg, typ: 'JWT', ...(kid ? { kid } : {}) }).sign(key);
}

export const bearer = (token) => ({ Authorization: `Bearer ${token}` });

export function startJwtServer({ set = {}, ...options } = {}) {
  return startServer({ ...options, set: { 'auth.mode': 'jwt', 'auth.jwt.secret': secret, 'auth.jwt.clockSkew': 0, ...set } });
}

/// An identity provider: publishes the keys that it signs with, can change them, and can be down.
export class Provider {
  /// `tls`: {key, cert}, to be asked over https.
  constructor({ alg = 'ES256', tls } = {}) {
    this.alg = alg;
    this.scheme = tls ? 'https' : 'http';
    this.keys = new Map();
    this.fetches = 0;
    this.isUp = true;
    this.server = (tls ? https : http).createServer(tls ?? {}, async (request, response) => {
      ++this.fetches;
      if (!this.isUp) return response.writeHead(503).end('down');
      response.setHeader('Content-Type', 'application/json');
      return response.end(JSON.stringify({ keys: await this.published() }));
    });
  }
  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `${this.scheme}://127.0.0.1:${this.server.address().port}/keys?v=1`;
    return this;
  }
  published() {
    return Promise.all([...this.keys].map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: this.alg })));
  }
  async adds(kid) {
    this.keys.set(kid, await generateKeyPair(this.alg));
  }
  signs(sub, kid, claims = {}) {
    return sign(sub, { ...claims, alg: this.alg, kid, key: this.keys.get(kid).privateKey });
  }
  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/// A token put together by hand, as an attacker does.
export function forged(header, claims, key = '') {
  const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${key === null ? '' : crypto.createHmac('sha256', key).update(text).digest('base64url')}`;
}
