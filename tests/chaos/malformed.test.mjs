// SPDX-License-Identifier: Apache-2.0
// Heads, bodies, frames and packets that are too large or broken: the right answer, that one connection closed, the
// server still there for others.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Rest } from '../contract/node/harness/chat.mjs';
import { startServer } from '../contract/node/harness/server.mjs';
import { Raw, closeCode, exchange, frame, rawWebSocket } from './raw.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

async function stillServed() {
  assert.equal((await new Rest(server.url).get('/api/health')).status, 200);
}

describe('HTTP', () => {
  const head = 'Host: localhost\r\nConnection: close\r\n';
  for (const [what, request, allowed] of [
    ['a head that never ends', `GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(100_000)}`, [431]],
    ['ten thousand headers', `GET /api/health HTTP/1.1\r\nHost: localhost\r\n${'A: b\r\n'.repeat(10_000)}\r\n`, [431]],
    ['a target that never ends', `GET /${'a'.repeat(100_000)}`, [414, 431]],
    ['a long target', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${head}\r\n`, [414, 431]],
    ['a body above the limit, announced', `POST /api/echo HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{`, [413]],
    ['a body above the limit, chunked', `POST /api/echo HTTP/1.1\r\n${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${`10000\r\n${' '.repeat(65536)}\r\n`.repeat(17)}`, [413]],
    ['a method that nobody knows', `BREW /api/health HTTP/1.1\r\n${head}\r\n`, [405, 501]],
    ['a type that is not served', `POST /api/echo HTTP/1.1\r\n${head}Content-Type: image/png\r\nContent-Length: 2\r\n\r\n{}`, [415]],
    ['deeply nested JSON', `POST /api/echo HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n${'['.repeat(100_000)}${']'.repeat(100_000)}`, [400]],
    ['broken percent-encoding', `GET /api/chat/users/%zz HTTP/1.1\r\n${head}\r\n`, [400, 404]],
    ['an overlong UTF-8 slash', `GET /api/%c0%afhealth HTTP/1.1\r\n${head}\r\n`, [400, 404]],
    ['a path that climbs', `GET /../../etc/passwd HTTP/1.1\r\n${head}\r\n`, [400, 404]],
    ['an encoded path that climbs', `GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n${head}\r\n`, [400, 404]],
    ['an expectation that cannot be met', `POST /api/echo HTTP/1.1\r\n${head}Expect: tea\r\nContent-Length: 2\r\n\r\n{}`, [417]],
  ]) {
    test(what, async () => {
      const raw = await exchange(server.port, request);
      assert.equal(raw.statuses.length, 1, raw.text.slice(0, 500));
      assert.ok(allowed.includes(raw.statuses[0]), raw.text.slice(0, 500));
      await stillServed();
    });
  }

  test('Expect: 100-continue is answered before the body', async () => {
    const raw = await new Raw(server.port).open();
    raw.send('POST /api/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    await raw.until(() => raw.statuses[0] === 100, '100 Continue');
    raw.send('{}');
    await raw.untilEnded();
    assert.deepEqual(raw.statuses, [100, 400]);
  });

  test('Expect: 100-continue with a body that is too large is refused before it is sent', async () => {
    const raw = await exchange(server.port, 'POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n');
    assert.deepEqual(raw.statuses, [413]);
  });
});

describe('WebSocket handshake', () => {
  const ask = (headers) => `GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n${headers}\r\n`;
  for (const [what, request] of [
    ['without a key', ask('Sec-WebSocket-Version: 13\r\n')],
    ['with a short key', ask('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: abcd\r\n')],
    ['of another version', ask('Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n')],
    ['to a path without WebSocket', ask('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n').replace('/ws', '/api/health')],
    ['with POST', ask('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 0\r\n').replace('GET', 'POST')],
  ]) {
    test(`${what} is not accepted`, async () => {
      const raw = await new Raw(server.port).open();
      raw.send(request);
      await raw.until(() => raw.statuses.length > 0, 'the answer');
      assert.notEqual(raw.statuses[0], 101);
      raw.close();
    });
  }
});

describe('WebSocket frames', () => {
  const text = '{"event":"ping"}';
  for (const [what, bytes, codes] of [
    ['without a mask', frame(text, { masked: false }), [1002]],
    ['a reserved bit', frame(text, { reserved: 4 }), [1002]],
    ['a reserved opcode', frame(text, { opcode: 3 }), [1002]],
    ['a reserved control opcode', frame(text, { opcode: 11 }), [1002]],
    ['a ping in fragments', frame('x', { opcode: 9, fin: false }), [1002]],
    ['a ping of 126 bytes', frame('x'.repeat(126), { opcode: 9 }), [1002]],
    ['a continuation of nothing', frame(text, { opcode: 0 }), [1002]],
    ['a new message inside a fragmented one', Buffer.concat([frame('{', { fin: false }), frame(text)]), [1002]],
    ['a length beyond all limits', frame('x', { length: 1n << 40n }), [1009]],
    ['a length with the highest bit', frame('x', { length: 1n << 63n }), [1002, 1009]],
    ['more than a message may have', frame('x'.repeat(1_000_001)), [1009]],
    ['fragments that add up to more', Buffer.concat([frame('x'.repeat(600_000), { fin: false }), frame('x'.repeat(600_000), { opcode: 0 })]), [1009]],
    ['empty fragments without end', Buffer.concat([frame('{', { fin: false }), ...Array(20_000).fill(frame('', { opcode: 0, fin: false }))]), [1002, 1008, 1009]],
    ['a close frame of one byte', frame('x', { opcode: 8 }), [1002]],
    ['a close code that is reserved', frame(Buffer.from([0x03, 0xed]), { opcode: 8 }), [1002]],
    ['a close reason that is not UTF-8', frame(Buffer.from([0x03, 0xe8, 0xff]), { opcode: 8 }), [1002, 1007]],
    ['text that is not UTF-8', frame(Buffer.from([0xff, 0xfe])), [1007]],
    ['a surrogate in UTF-8', frame(Buffer.from([0xed, 0xa0, 0x80])), [1007]],
    ['noise', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), [1002]],
  ]) {
    test(`${what} closes with ${codes.join(' or ')}`, async () => {
      for (const path of ['/ws', '/socket.io/?EIO=4&transport=websocket']) {
        const raw = await rawWebSocket(server.port, path);
        raw.send(bytes);
        await raw.untilEnded();
        assert.ok(codes.includes(closeCode(raw.received)), `${path}: close code ${closeCode(raw.received)}`);
      }
      await stillServed();
    });
  }

  test('a close frame is answered with its code', async () => {
    const raw = await rawWebSocket(server.port);
    raw.send(frame(Buffer.from([0x03, 0xe8]), { opcode: 8 }));
    await raw.untilEnded();
    assert.equal(closeCode(raw.received), 1000);
  });

  test('a ping between fragments is answered, and the message is whole', async () => {
    const raw = await rawWebSocket(server.port);
    const message = '{"event":"ping","id":7}';
    raw.send(frame(message.slice(0, 5), { fin: false }));
    raw.send(frame('now', { opcode: 9 }));
    raw.send(frame(message.slice(5), { opcode: 0 }));
    await raw.until(() => raw.received.includes(Buffer.from([0x8a, 3, 0x6e, 0x6f, 0x77])), 'the pong');
    await raw.until(() => raw.text.includes('"ack":7'), 'the answer');
    raw.close();
  });

  test('a frame that comes byte by byte is one frame', async () => {
    const raw = await rawWebSocket(server.port);
    for (const byte of frame('{"event":"ping","id":8}')) {
      raw.send(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await raw.until(() => raw.text.includes('"ack":8'), 'the answer');
    raw.close();
  });
});
