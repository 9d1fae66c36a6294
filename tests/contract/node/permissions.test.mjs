// SPDX-License-Identifier: Apache-2.0
// Every route and event there is, as asked for by everyone there can be: harness/permissions.mjs is the table.
// Needs the plugins: accounts audit file_transfer forward group_chat messaging ping presence private_chat read_receipts recall search stats typing users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Chat } from './harness/chat.mjs';
import { registered } from './harness/contract.mjs';
import { columns, events, makeUpload, routes } from './harness/permissions.mjs';
import { bearer, sign, startJwtServer } from './harness/tokens.mjs';

let server;
let chat;
let tokens;
before(async () => {
  server = await startJwtServer({ set: { 'auth.ownTokens': true, 'plugins.accounts.registration': 'open' } });
  chat = new Chat(server);
  const user = (name) => sign(name, { exp: 3600 });
  const service = await sign('crm', { exp: 3600, service: true });
  tokens = {
    expired: await sign('sender', { exp: -1 }), impostor: await user('participant'), stranger: await user('stranger'),
    participant: await user('participant'), sender: await user('sender'), groupAdmin: await user('groupAdmin'),
    admin: await sign('admin', { exp: 3600, role: 'admin' }), service, backEnd: service,
  };
});
after(async () => {
  chat.end();
  await server.stop();
});

const callerNames = { impostor: 'sender', nobody: 'sender', expired: 'sender', service: 'sender', backEnd: undefined };
const namedBy = (column) => (column in callerNames ? callerNames[column] : column);

async function asService(method, path, body, headers = {}) {
  const isForm = body instanceof FormData;
  const response = await fetch(server.url + path, {
    method, body: body === undefined || isForm ? body : JSON.stringify(body),
    headers: { ...bearer(tokens.service), ...(body && !isForm ? { 'Content-Type': 'application/json' } : {}), ...headers },
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return { headers: response.headers, ...(text ? JSON.parse(text) : {}) };
}

/// A group, a message of the sender's with a file, an upload of the sender's that has begun.
async function makeScene() {
  const participants = ['participant', 'sender', 'groupAdmin', 'target'];
  const group = (await asService('POST', '/api/chat/sessions/group', { sessionName: 'us', creatorId: 'owner', participants })).data._id;
  await asService('PUT', `/api/chat/sessions/group/${group}/members/groupAdmin`, { operatorId: 'owner', role: 'admin' });
  const form = new FormData();
  form.set('file', new Blob([`file of ${group}`]), 'note.txt');
  const { fileId, fileUrl } = (await asService('POST', '/api/chat/files?userId=sender', form)).data;
  const draft = { sessionId: group, senderId: 'sender', content: 'some text', messageType: 'file', fileUrl };
  const message = (await asService('POST', '/api/chat/messages', draft)).data._id;
  const upload = await asService('POST', '/api/chat/files/tus?userId=sender', undefined, makeUpload({}).headers);
  return { group, file: fileId, message, upload: upload.headers.get('location').split('/').at(-1) };
}

/// Runs a row's cells one after another, and gives the statuses.
async function act(row, ask) {
  let scene = await makeScene();
  const found = [];
  for (const column of columns) {
    if (row.fresh && found.length > 0) scene = await makeScene();
    const named = namedBy(column);
    const renewed = await sign(column === 'impostor' ? 'sender' : { service: 'crm', backEnd: 'crm' }[column] ?? column,
      { exp: 3600, ...(column === 'admin' ? { role: 'admin' } : {}), ...(tokens[column] === tokens.service ? { service: true } : {}) });
    found.push(await ask(column, { ...scene, named, user: named ?? 'sender', renewed }));
  }
  return found.join(' ');
}

const simple = (status) => (status >= 200 && status < 300 ? 200 : status);

async function askRoute(method, path, row, column, scene) {
  const { body, query, headers = {}, raw } = row.send(scene);
  const values = { sessionId: scene.group, messageId: scene.message, fileId: scene.file, uploadId: scene.upload, userId: row.target ?? scene.user };
  const target = path.replace(/:(\w+)/g, (_, name) => values[name]) + (query ? `?${query}` : '');
  const response = await fetch(server.url + target, {
    method, body: raw ?? (body && JSON.stringify(body)),
    headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...(tokens[column] ? bearer(tokens[column]) : {}), ...headers },
  });
  await response.arrayBuffer();
  return simple(response.status);
}

const statuses = { VALIDATION_FAILED: 400, UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404, FEATURE_DISABLED: 404, CONFLICT: 409, UNAVAILABLE: 503 };

async function askEvent(event, row, column, scene) {
  const device = chat.device(tokens[column] ? { auth: { token: tokens[column] } } : {});
  try {
    await device.connect();
  } catch (refusal) {
    return statuses[refusal.data.code];
  }
  const self = column === 'impostor' ? 'participant' : column;
  if (!row.unjoined && tokens[column] !== tokens.service) await device.joins(self);
  const answer = await device.socket.timeout(60_000).emitWithAck(event, ...row.send(scene));
  device.leaves();
  return Array.isArray(answer) || answer.success ? 200 : statuses[answer.code];
}

const api = registered();
const known = {
  routes: api.routes.map(({ method, path }) => `${method} ${path}`),
  events: api.events.map(({ namespace, event }) => (namespace === '/' ? event : `${namespace} ${event}`)),
};

test('the table has a row for each route and event, and no others', () => {
  assert.deepEqual(Object.keys(routes).sort(), [...new Set(known.routes)].sort());
  assert.deepEqual(Object.keys(events).sort(), [...known.events].sort());
});

describe('routes', () => {
  for (const [name, row] of Object.entries(routes)) {
    if (row.connection) continue;
    const [method, path] = name.split(' ');
    const expected = row.may ?? columns.map(() => simple(row.all)).join(' ');
    test(name, async () => assert.equal(await act(row, (column, scene) => askRoute(method, path, { send: () => ({}), ...row }, column, scene)), expected));
  }
});

/// The row's call for the sender, made by the participant, who also names themselves elsewhere in it.
function contradictions(path, row, scene) {
  const { body, query = '', ...rest } = row.send({ ...scene, named: 'sender', user: 'sender' });
  const whereSender = (fields) => [...fields].filter(([, value]) => value === 'sender').map(([name]) => name);
  const inPath = path.includes(':userId') && !row.target ? ['userId'] : [];
  const calls = [...whereSender(Object.entries(body ?? {})), ...inPath].flatMap((name) =>
    ['participant', ''].map((other) => ({ ...rest, body, query: `${name}=${other}&${query}` })));
  if (rest.raw) return calls;
  return calls.concat(whereSender(new URLSearchParams(query)).map((name) => ({ ...rest, query, body: { ...body, [name]: 'participant' } })));
}

describe('who names somebody else in one place, and themselves in another, is refused:', () => {
  for (const [name, row] of Object.entries(routes)) {
    const [method, path] = name.split(' ');
    if (!row.send || row.may?.split(' ')[columns.indexOf('impostor')] !== '403' || method === 'GET' || method === 'HEAD') continue;
    test(name, async () => {
      const scene = await makeScene();
      for (const call of contradictions(path, row, scene)) {
        const status = await askRoute(method, path, { ...row, send: () => call }, 'participant', { ...scene, user: 'sender' });
        assert.ok(status === 400 || status === 403, `${status} for ${JSON.stringify(call)}`);
      }
    });
  }
});

describe('events', () => {
  for (const [name, row] of Object.entries(events))
    test(name, async () => assert.equal(await act(row, (column, scene) => askEvent(name, row, column, scene)), row.may));
});
