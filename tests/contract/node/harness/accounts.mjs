// SPDX-License-Identifier: Apache-2.0
// Servers with accounts, and what is asked of them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Rest } from './chat.mjs';
import { startServer } from './server.mjs';
import { isFailure } from './shapes.mjs';
import { bearer } from './tokens.mjs';

export const own = { 'auth.mode': 'jwt', 'auth.ownTokens': true, 'plugins.accounts.registration': 'open' };
export const weak = { 'plugins.accounts.hashMemory': 8 << 20, 'plugins.accounts.hashPasses': 1, 'plugins.accounts.wrongAnswerMillis': 100 };

const adminPassword = 'the first of all passwords';

/// A server with an admin, for Accounts.asAdmin.
export async function startWithAdmin(set) {
  const file = path.join(fs.mkdtempSync('/tmp/parley-admin-'), 'admin');
  fs.writeFileSync(file, `root\n${adminPassword}\n`);
  const server = await startServer({ set: { ...own, ...set, 'plugins.accounts.firstAdminFile': file } });
  fs.rmSync(path.dirname(file), { recursive: true });
  return server;
}

let people = 0;

/// What can be asked of the server at this address.
export function accountsAt(url) {
  const rest = new Rest(url);
  const post = (what, body, headers = {}) => rest.post(`/api/auth/${what}`, body, headers);
  const put = (what, body, token) => rest.call('PUT', `/api/auth/${what}`, body, bearer(token));
  const login = (username, password) => post('login', { username, password });
  const me = (token) => rest.get('/api/auth/me', bearer(token));
  const renew = (refreshToken) => post('refresh', { refreshToken });

  /// A new account: what registering it has answered with, and its name and password.
  async function registered(more = {}) {
    const account = { username: `person ${++people}`, password: `password of ${people}` };
    const answer = await post('register', { ...account, ...more });
    assert.equal(answer.status, 201, answer.text);
    return { ...account, ...answer.body.data };
  }
  async function asAdmin() {
    const answer = await login('root', adminPassword);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.data.accessToken;
  }
  return { rest, post, put, login, me, renew, registered, asAdmin };
}

export function refused(answer, status, code, text) {
  assert.equal(answer.status, status, answer.text);
  isFailure(answer.body, code);
  if (text) assert.equal(answer.body.message, text);
}
