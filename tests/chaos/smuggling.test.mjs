// SPDX-License-Identifier: Apache-2.0
// Request smuggling and response splitting over real sockets: what is ambiguous is refused and the connection ends, so
// that nothing behind it can be taken for a request.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../contract/node/harness/server.mjs';
import { Raw, exchange } from './raw.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const smuggled = 'GET /api/health?smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const post = (headers, body = '', version = '1.1') =>
  `POST /api/echo HTTP/${version}\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
const get = (headers, target = '/api/health') => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;

describe('refused, closed, nothing behind it is read', () => {
  for (const [what, request, allowed = [400]] of [
    ['two different Content-Lengths', post('Content-Length: 0\r\nContent-Length: 67\r\n')],
    ['two equal Content-Lengths', post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}')],
    ['a list as Content-Length', post('Content-Length: 0, 67\r\n')],
    ['Content-Length and Transfer-Encoding', post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['Transfer-Encoding and Content-Length', post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '0\r\n\r\n')],
    ['two Transfer-Encodings', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'), [400, 501]],
    ['an unknown Transfer-Encoding', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), [400, 501]],
    ['identity', post('Transfer-Encoding: identity\r\n', ''), [400, 501]],
    ['gzip before chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), [400, 501]],
    ['chunked that is not last', post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'), [400, 501]],
    ['chunked twice', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), [400, 501]],
    ['an empty Transfer-Encoding', post('Transfer-Encoding:\r\n', ''), [400, 501]],
    ['Transfer-Encoding with HTTP/1.0', post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n', '1.0')],
    ['space before the colon', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')],
    ['space before the colon of Content-Length', post('Content-Length : 67\r\n')],
    ['a folded header', post('Content-Length: 0\r\nX-A: b\r\n c: d\r\n')],
    ['a folded Transfer-Encoding', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n')],
    ['a tab-folded first header', 'GET /api/health HTTP/1.1\r\n\tX: y\r\nHost: localhost\r\n\r\n'],
    ['bare LF after the request line', 'GET /api/health HTTP/1.1\nHost: localhost\r\n\r\n'],
    ['bare LF after a header', 'GET /api/health HTTP/1.1\r\nHost: x\nX: y\r\n\r\n'],
    ['bare LF at the end of the head', 'GET /api/health HTTP/1.1\r\nHost: localhost\r\n\n'],
    ['bare CR inside a header', get('Host: localhost\r\nX-A: b\rContent-Length: 67\r\n')],
    ['NUL inside a header', get('Host: localhost\r\nX-A: b\0c\r\n')],
    ['a header name with a space', get('Host: localhost\r\nX A: b\r\n')],
    ['a header without a name', get('Host: localhost\r\n: b\r\n')],
    ['a header without a colon', get('Host: localhost\r\nContent-Length\r\n')],
    ['a plus sign', post('Content-Length: +2\r\n', '{}')],
    ['a negative length', post('Content-Length: -1\r\n')],
    ['a hexadecimal length', post('Content-Length: 0x2\r\n', '{}')],
    ['a length with a space inside', post('Content-Length: 2 0\r\n', '{}')],
    ['a length with letters', post('Content-Length: 2abc\r\n', '{}')],
    ['an empty length', post('Content-Length:\r\n')],
    ['a length beyond 64 bits', post('Content-Length: 18446744073709551618\r\n', '{}'), [400, 413]],
    ['no Host', 'GET /api/health HTTP/1.1\r\n\r\n'],
    ['two Hosts', get('Host: localhost\r\nHost: y\r\n')],
    ['a chunk size that is negative', post('Transfer-Encoding: chunked\r\n', '-1\r\n')],
    ['a chunk size with 0x', post('Transfer-Encoding: chunked\r\n', '0x2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk size with a plus', post('Transfer-Encoding: chunked\r\n', '+2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk size with a space before', post('Transfer-Encoding: chunked\r\n', ' 2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk size that overflows', post('Transfer-Encoding: chunked\r\n', '10000000000000002\r\n{}\r\n0\r\n\r\n'), [400, 413]],
    ['a chunk size without digits', post('Transfer-Encoding: chunked\r\n', ';x\r\n{}\r\n0\r\n\r\n')],
    ['a chunk that ends with bare LF', post('Transfer-Encoding: chunked\r\n', '2\n{}\r\n0\r\n\r\n')],
    ['a chunk that is longer than it says', post('Transfer-Encoding: chunked\r\n', '2\r\n{}XX\r\n0\r\n\r\n')],
    ['a bare LF in a chunk extension', post('Transfer-Encoding: chunked\r\n', '2;a\nb\r\n{}\r\n0\r\n\r\n')],
    ['two spaces in the request line', 'GET  /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a space inside the target', 'GET /api/health /x HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a tab in the request line', 'GET\t/api/health HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['no version', 'GET /api/health\r\nHost: localhost\r\n\r\n'],
    ['a version in lower case', 'GET /api/health http/1.1\r\nHost: localhost\r\n\r\n', [400, 505]],
    ['an HTTP version there is not', 'GET /api/health HTTP/1.9\r\nHost: localhost\r\n\r\n', [400, 505]],
    ['HTTP/2 in clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 501, 505]],
    ['a method with odd characters', 'GE{T /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n', [400, 501]],
    ['TLS on a plain port', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.padEnd(600, '\x01')],
  ]) {
    test(what, async () => {
      const raw = await exchange(server.port, Buffer.from(request + smuggled, 'latin1'));
      assert.equal(raw.statuses.length, 1, raw.text);
      assert.ok(allowed.includes(raw.statuses[0]), raw.text);
      assert.ok(!raw.text.includes('聊天'), 'the smuggled request was not answered');
    });
  }
});

describe('understood in one way only', () => {
  test('a body that nobody asked for is not the next request', async () => {
    const request = get(`Host: localhost\r\nContent-Length: ${smuggled.length}\r\n`) + smuggled;
    const raw = await exchange(server.port, request + get('Host: localhost\r\nConnection: close\r\n'));
    assert.deepEqual(raw.statuses, [200, 200]);
  });

  test('nor is a body of a request that is refused', async () => {
    const request = `POST /api/nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`;
    const raw = await exchange(server.port, request + get('Host: localhost\r\nConnection: close\r\n'));
    assert.equal(raw.statuses[0], 404);
    assert.ok(raw.statuses.length <= 2, raw.text);
  });

  test('nor is what follows an upgrade that is refused', async () => {
    const upgrade = get('Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n', '/ws');
    const raw = await exchange(server.port, upgrade + smuggled);
    assert.ok(raw.statuses[0] >= 400);
    assert.ok(raw.statuses.length === 1 || raw.statuses[1] === 200, raw.text);
  });

  test('pipelined requests are answered in order', async () => {
    const paths = ['/api/health', '/api/nothing', '/api/echo', '/api/health'];
    const raw = await new Raw(server.port).open();
    raw.send(paths.map((path, i) => get(`Host: localhost\r\nX-Request-Id: p${i}\r\n${i === 3 ? 'Connection: close\r\n' : ''}`, path)).join(''));
    await raw.untilEnded();
    assert.deepEqual(raw.statuses, [200, 404, 200, 200]);
    assert.deepEqual([...raw.text.matchAll(/x-request-id: (\w+)/gi)].map((match) => match[1]), ['p0', 'p1', 'p2', 'p3']);
  });

  test('a request that comes byte by byte is one request', async () => {
    const raw = await new Raw(server.port, { noDelay: true }).open();
    for (const byte of post('Transfer-Encoding: chunked\r\nConnection: close\r\n', '1;ext="a"\r\n{\r\n1\r\n}\r\n0\r\nX-Trailer: t\r\n\r\n')) {
      raw.send(byte);
      await new Promise(setImmediate);
    }
    await raw.untilEnded();
    assert.deepEqual(raw.statuses, [400]);
    assert.match(raw.text, /VALIDATION_FAILED/);
  });

  test('an encoded word in a header does not become a line break', async () => {
    const raw = await exchange(server.port, get('Host: localhost\r\nX-Request-Id: =?utf-8?Q?a=0D=0AInjected:=201?=\r\nConnection: close\r\n'));
    assert.deepEqual(raw.statuses, [200]);
    assert.ok(!/^injected:/im.test(raw.text), raw.text);
  });

  test('line breaks in a path or an origin do not reach the response', async () => {
    for (const target of ['/api/%0d%0aInjected:%201', '/%0d%0a%0d%0aHTTP/1.1%20200%20OK']) {
      const raw = await exchange(server.port, get('Host: localhost\r\nOrigin: http://x%0d%0aInjected: 1\r\nConnection: close\r\n', target));
      assert.equal(raw.statuses.length, 1);
      assert.ok(!/^injected:/im.test(raw.text), raw.text);
    }
  });
});
