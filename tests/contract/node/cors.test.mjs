// SPDX-License-Identifier: Apache-2.0
// Which pages a browser lets use the server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Rest } from './harness/chat.mjs';
import { startServer, withPatience } from './harness/server.mjs';

const ours = 'https://chat.example.org';
let server;
let rest;
before(async () => {
  server = await startServer({ set: { 'http.cors.origins': ours } });
  rest = new Rest(server.url);
});
after(() => server.stop());

test('an origin from the configuration is let in, on REST and on polling', async () => {
  for (const path of ['/api/health', '/socket.io/?EIO=4&transport=polling']) {
    const answer = await rest.get(path, { Origin: ours });
    assert.equal(answer.headers.get('access-control-allow-origin'), ours, path);
    assert.ok(answer.headers.get('vary').toLowerCase().includes('origin'), path);
  }
});

test('another origin is not', async () => {
  for (const origin of ['https://elsewhere.example', 'http://chat.example.org', 'https://chat.example.org.evil.example', 'null']) {
    const answer = await rest.get('/api/health', { Origin: origin });
    assert.equal(answer.headers.get('access-control-allow-origin'), null, origin);
  }
});

test('a preflight names the method and the headers', async () => {
  const ask = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' };
  const yes = await rest.call('OPTIONS', '/api/echo', undefined, { ...ask, Origin: ours });
  assert.ok([200, 204].includes(yes.status));
  assert.equal(yes.headers.get('access-control-allow-origin'), ours);
  assert.ok(yes.headers.get('access-control-allow-methods').includes('POST'));
  assert.ok(yes.headers.get('access-control-allow-headers').toLowerCase().includes('content-type'));
  const no = await rest.call('OPTIONS', '/api/echo', undefined, { ...ask, Origin: 'https://elsewhere.example' });
  assert.equal(no.headers.get('access-control-allow-origin'), null);
});

test('a page may show its token, on REST and on polling', async () => {
  const ask = { Origin: ours, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization' };
  for (const path of ['/api/echo', '/socket.io/?EIO=4&transport=polling']) {
    const answer = await rest.call('OPTIONS', path, undefined, ask);
    assert.equal(answer.status, 204, path);
    assert.equal(answer.headers.get('access-control-allow-origin'), ours, path);
    assert.ok(answer.headers.get('access-control-allow-headers').toLowerCase().includes('authorization'), path);
  }
});

test('a failure is readable for the page too', async () => {
  const answer = await rest.post('/api/echo', {}, { Origin: ours });
  assert.equal(answer.status, 400);
  assert.equal(answer.headers.get('access-control-allow-origin'), ours);
});

/// The status that an upgrade is answered with; 101 when it is made.
function upgraded(path, origin) {
  const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers: origin === undefined ? {} : { Origin: origin } });
  const status = new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (request, response) => resolve(response.statusCode));
    socket.once('error', reject);
  });
  return withPatience(status, 'the answer to an upgrade').finally(() => socket.terminate());
}

// Browsers let every page open a WebSocket anywhere: the server alone can refuse.
test('a WebSocket from a page of another origin is refused', async () => {
  for (const path of ['/socket.io/?EIO=4&transport=websocket', '/ws']) {
    assert.equal(await upgraded(path, ours), 101, path);
    assert.equal(await upgraded(path, undefined), 101, path);
    assert.equal(await upgraded(path, server.url), 101, `${path}, the server's own`);
    for (const origin of ['https://elsewhere.example', 'http://chat.example.org', 'null'])
      assert.equal(await upgraded(path, origin), 403, `${path} from ${origin}`);
  }
});
