// SPDX-License-Identifier: Apache-2.0
// auth.mode jwt: who comes in, for whom they may speak, and until when.
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { scene, ways } from './harness/chat.mjs';
import { checkAcknowledgement } from './harness/contract.mjs';
import { Wire } from './harness/engine_io.mjs';
import { Proxy } from './harness/proxy.mjs';
import { until, withPatience } from './harness/server.mjs';
import { isFailure, isUser } from './harness/shapes.mjs';
import { bearer, forged, secret, sign, startJwtServer } from './harness/tokens.mjs';

let server;
before(async () => (server = await startJwtServer({ set: { 'server.address': '0.0.0.0', 'log.level': 'trace' } })));
after(() => server.stop());

const act = (transports, play) => scene(() => server, transports, play);
const websocket = (play) => act(['websocket'], play);

/// A device that comes with a token; not connected yet.
const comes = (chat, token, options = {}) => chat.device({ auth: { token }, ...options });
const enters = async (chat, name, claims, options) => {
  const device = await comes(chat, await sign(chat.idOf(name), claims), options).connect();
  return device.joins(chat.idOf(name));
};
const isRefused = async (device, error) => {
  device.socket.connect();
  const refusal = await device.hears('connect_error');
  isFailure(refusal.data, 'UNAUTHENTICATED');
  assert.equal(refusal.message, error);
  assert.equal(refusal.data.error, error);
};

/// A client of /ws, without the checks of the description.
class Plain {
  constructor(token, options) {
    this.wire = new Wire(`${server.url.replace('http', 'ws')}/ws${token === undefined ? '' : `?token=${token}`}`, options);
    this.opened = this.wire.open();
  }
  async ask(event, data) {
    await this.opened;
    this.wire.send(JSON.stringify({ event, data, id: 1 }));
    const answer = JSON.parse(await this.wire.nextThat((text) => JSON.parse(text).ack === 1)).data;
    checkAcknowledgement(event, data, answer);
    return answer;
  }
  async hears(event) {
    return JSON.parse(await this.wire.nextThat((text) => JSON.parse(text).event === event)).data;
  }
}

for (const [way, transports] of Object.entries(ways)) {
  describe(`tokens, ${way}`, () => {
    test('one that counts lets in; its subject is the user, its role the role', act(transports, async (chat) => {
      const token = await sign(chat.idOf('alice'), { role: 'doctor' });
      const alice = await comes(chat, token).connect();
      isFailure(await alice.ask('sync', { sessions: {} }), 'UNAUTHENTICATED');
      isFailure(await alice.ask('user:join', { id: chat.idOf('bob'), username: 'bob' }), 'FORBIDDEN');
      await alice.joins(chat.idOf('alice'), { role: 'admin' });
      isUser(alice.user, { _id: chat.idOf('alice'), role: 'doctor' });
    }));

    test('one in the header of the handshake lets in, to each namespace', act(transports, async (chat) => {
      const token = await sign(chat.idOf('alice'));
      const alice = await chat.device({ extraHeaders: bearer(token) }).connect();
      await alice.joins(chat.idOf('alice'));
      const room = alice.socket.io.socket('/echo', { auth: {} });
      await withPatience(new Promise((resolve, reject) => {
        room.once('connect', resolve).once('connect_error', reject).connect();
      }), 'the other namespace');
      const bob = await comes(chat, await sign(chat.idOf('bob')), { extraHeaders: bearer(token) }).connect();
      await bob.joins(chat.idOf('bob'));
      await isRefused(chat.device({ extraHeaders: bearer('x') }), 'the token is not valid');
      await isRefused(chat.device({ extraHeaders: { Authorization: 'Basic YTpi' } }), 'a token is needed');
    }));

    test('without one, or with one that does not count, nobody comes in', act(transports, async (chat) => {
      await isRefused(comes(chat, undefined), 'a token is needed');
      await isRefused(chat.device(), 'a token is needed');
      await isRefused(comes(chat, 5), 'a token is needed');
      await isRefused(comes(chat, await sign('alice', { exp: -1 })), 'the token has expired');
      const claims = { sub: 'alice', exp: 4102444800 };
      for (const token of [
        'x', 'a.b.c', 'x'.repeat(20_000), forged({ alg: 'none' }, claims, null), forged({ alg: 'none' }, claims, secret),
        forged({ alg: 'HS256' }, claims, `${secret}!`), forged({ alg: 'HS256', kid: '/dev/null' }, claims, ''),
        forged({ alg: 'HS256' }, { ...claims, aud: 'others' }, secret), forged({ alg: 'HS256' }, { ...claims, nbf: 4102444700 }, secret),
        forged({ alg: 'HS256' }, `{"sub":"alice","sub":"bob","exp":4102444800}`, secret),
      ]) await isRefused(comes(chat, token), 'the token is not valid');
    }));

    test('a connection ends with its token, and comes again with a fresh one', act(transports, async (chat) => {
      const alice = await enters(chat, 'alice', { exp: 5 });
      const error = await alice.hears('error');
      isFailure(error, 'UNAUTHENTICATED', { event: 'connect' });
      assert.equal(error.error, 'the token has expired');
      assert.equal(await alice.hears('disconnect'), 'io server disconnect');
      alice.socket.auth = { token: await sign(chat.idOf('alice')) };
      await alice.connect();
      assert.equal(alice.socket.recovered, false);
      await alice.joins(chat.idOf('alice'));
    }));
  });
}

test('a renewed token keeps the connection', websocket(async (chat) => {
  const first = Date.now() + 8000;
  const alice = await enters(chat, 'alice', { exp: 8 });
  isFailure(await alice.ask('auth:renew', {}), 'VALIDATION_FAILED');
  isFailure(await alice.ask('auth:renew', { token: 'x' }), 'UNAUTHENTICATED');
  isFailure(await alice.ask('auth:renew', { token: await sign(chat.idOf('bob')) }), 'FORBIDDEN');
  isFailure(await alice.ask('auth:renew', { token: await sign(chat.idOf('alice'), { service: true }) }), 'FORBIDDEN');
  const { data } = await alice.ask('auth:renew', { token: await sign(chat.idOf('alice'), { exp: 12, role: 'nurse' }) });
  assert.equal(data.userId, chat.idOf('alice'));
  const end = Date.parse(data.expiresAt);
  assert.ok(end > first + 2000);
  await new Promise((resolve) => setTimeout(resolve, first + 1000 - Date.now())); // real tokens end in real time
  assert.deepEqual(alice.all('disconnect'), []);
  await alice.hears('disconnect');
  assert.ok(Date.now() >= end);
}));

test('each namespace has its token, and renews it for itself', websocket(async (chat) => {
  const room = await comes(chat, await sign(chat.idOf('alice'), { exp: 5 }), { nameSpace: '/echo' }).connect();
  assert.equal((await room.ask('auth:renew', { token: await sign(chat.idOf('alice'), { exp: 60 }) })).success, true);
  const late = await comes(chat, await sign(chat.idOf('alice'), { exp: 5 }), { nameSpace: '/echo' }).connect();
  assert.equal((await late.hears('error')).event, 'connect');
  await late.hears('disconnect');
  assert.ok(room.socket.connected);
  await isRefused(chat.device({ nameSpace: '/echo' }), 'a token is needed');
}));

test('/ws takes its token in the query', websocket(async (chat) => {
  const alice = new Plain(await sign(chat.idOf('alice'), { exp: 5 }));
  isFailure(await alice.ask('user:join', { id: chat.idOf('bob'), username: 'bob' }), 'FORBIDDEN');
  assert.equal((await alice.ask('user:join', { id: chat.idOf('alice'), username: 'alice' })).success, true);
  isFailure(await alice.hears('error'), 'UNAUTHENTICATED', { event: 'connect' });
  await withPatience(alice.wire.closed, 'the end of the connection');
  for (const token of [undefined, '', 'x', await sign('alice', { exp: -1 })]) {
    const nobody = new Plain(token);
    isFailure((await nobody.hears('connect_error')).data, 'UNAUTHENTICATED');
    await withPatience(nobody.wire.closed, 'the end of the connection');
  }
}));

test('/ws takes it in the header, too', websocket(async (chat) => {
  const [alice, bob] = [chat.idOf('alice'), chat.idOf('bob')];
  const headers = bearer(await sign(alice));
  assert.equal((await new Plain(undefined, { headers }).ask('user:join', { id: alice, username: 'alice' })).success, true);
  assert.equal((await new Plain(await sign(bob), { headers }).ask('user:join', { id: bob, username: 'bob' })).success, true);
  isFailure((await new Plain(undefined, { headers: bearer('x') }).hears('connect_error')).data, 'UNAUTHENTICATED');
}));

test('REST takes it as a Bearer', websocket(async (chat) => {
  const path = `/api/chat/sessions/${chat.idOf('alice')}`;
  const ask = (headers) => chat.rest.get(path, headers);
  assert.equal((await ask(bearer(await sign(chat.idOf('alice'))))).status, 200);
  for (const headers of [{}, { Authorization: 'Basic YTpi' }, bearer('x'), bearer(await sign(chat.idOf('alice'), { exp: -1 }))]) {
    const answer = await ask(headers);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
    isFailure(answer.body, 'UNAUTHENTICATED');
  }
  assert.equal((await ask(bearer(await sign(chat.idOf('bob'))))).status, 403);
  assert.equal((await chat.rest.get(`${path}?token=${await sign(chat.idOf('alice'))}`).catch(() => ({ status: 401 }))).status, 401);
  const badBody = await chat.rest.post('/api/chat/messages', '{"', {});
  assert.equal(badBody.status, 401, 'who it is comes before what it says');
}));

test('nobody speaks for others but admins and services', websocket(async (chat) => {
  const [alice, bob] = [await enters(chat, 'alice'), await enters(chat, 'bob')];
  const draft = alice.draft(bob, 'not from alice');
  isFailure(await bob.ask('message:send', draft), 'FORBIDDEN');
  assert.equal((await chat.rest.post('/api/chat/messages', draft, bearer(await sign(bob.id)))).status, 403);
  for (const claims of [{ role: 'admin' }, { role: ['user', 'admin'] }, { service: true }]) {
    const token = await sign(chat.idOf('root'), claims);
    const content = JSON.stringify(claims);
    assert.equal((await chat.rest.post('/api/chat/messages', { ...draft, content }, bearer(token))).status, 201);
    assert.equal((await bob.receives(content)).sender, alice.id);
    const device = await comes(chat, token).connect();
    assert.equal((await device.ask('message:send', { ...draft, content: `${content}!` })).success, true);
    await bob.receives(`${content}!`);
  }
  const stranger = await enters(chat, 'carol', { role: 'admin' });
  const { sessionId } = await alice.sends(bob, 'hello');
  isFailure(await stranger.ask('chat:history', { sessionId }), 'FORBIDDEN');
}));

test('an admin who joins as another gives away no role', websocket(async (chat) => {
  const root = await comes(chat, await sign(chat.idOf('root'), { role: 'admin' })).connect();
  await root.joins(chat.idOf('alice'), { role: 'admin' });
  assert.equal(root.user.role, 'user');
  isFailure(await root.ask('auth:renew', { token: await sign(chat.idOf('root')) }), 'FORBIDDEN');
  const service = await comes(chat, await sign('crm', { service: true })).connect();
  await service.joins(chat.idOf('alice'), { role: 'nurse' });
  assert.equal(service.user.role, 'nurse');
}));

describe('a connection that was cut off', () => {
  const returning = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 };
  const cutOff = (claims, change) => websocket(async (chat) => {
    const proxy = await new Proxy(server.port).start();
    try {
      const alice = comes(chat, await sign(chat.idOf('alice'), claims), returning);
      alice.socket.io.uri = proxy.url;
      await alice.connect();
      await alice.joins(chat.idOf('alice'));
      const bob = await enters(chat, 'bob');
      await bob.sends(alice, 'before');
      await alice.receives('before');
      proxy.cut();
      await alice.hears('disconnect');
      await bob.sends(alice, 'missed');
      const expected = await change(chat, alice);
      const back = withPatience(new Promise((resolve) => alice.socket.once('connect', resolve)), 'the reconnection');
      proxy.mend();
      await back;
      assert.equal(alice.socket.recovered, expected);
      if (expected) await alice.receives('missed');
      else isFailure(await alice.ask('sync', { sessions: {} }), 'UNAUTHENTICATED');
      assert.deepEqual(alice.received(), expected ? ['before', 'missed'] : ['before']);
    } finally {
      proxy.stop();
    }
  });

  test('is recovered for a fresh token of the same user', cutOff({}, async (chat, alice) => {
    alice.socket.auth = { token: await sign(chat.idOf('alice')) };
    return true;
  }));
  test("is not given to another's token", cutOff({}, async (chat, alice) => {
    alice.socket.auth = { token: await sign(chat.idOf('mallory')) };
    return false;
  }));
  test('is not there any more when its token has ended', cutOff({ exp: 6 }, async (chat, alice) => {
    alice.socket.auth = { token: await sign(chat.idOf('alice')) };
    await new Promise((resolve) => setTimeout(resolve, 6500)); // real tokens end in real time
    return false;
  }));
});

test('no token is in the log', websocket(async (chat) => {
  const token = await sign(chat.idOf('alice'));
  const bad = `${token}x`;
  await comes(chat, token).connect();
  await chat.rest.get('/api/chat/users', bearer(token));
  await chat.rest.get('/api/chat/users', bearer(bad));
  comes(chat, bad).socket.connect();
  await chat.device({ extraHeaders: bearer(token) }).connect();
  chat.device({ extraHeaders: bearer(bad) }).socket.connect();
  await new Plain(token).ask('user:join', { id: chat.idOf('alice'), username: 'alice' });
  await new Plain(bad).hears('connect_error');
  await until(() => server.log().includes('a token was refused'), 'the refusal in the log');
  const log = server.log();
  const heads = new Set([token, bad].flatMap((text) => text.split('.').slice(0, 2)));
  for (const part of heads) assert.ok(!log.includes(part), 'a part of a token is in the log');
  assert.ok(fs.existsSync(server.logFile) && !log.includes('eyJ'));
}));

test('/metrics is for admins and services', websocket(async (chat) => {
  const status = async (headers) => (await chat.rest.get('/metrics', headers)).status;
  assert.equal(await status({}), 401);
  assert.equal(await status(bearer(await sign('alice'))), 403);
  assert.equal(await status(bearer(await sign('root', { role: 'admin' }))), 200);
  assert.equal(await status(bearer(await sign('prometheus', { service: true }))), 200);
}));
