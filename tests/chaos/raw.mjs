// SPDX-License-Identifier: Apache-2.0
// Plain TCP, for what no client library would send.
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { withPatience } from '../contract/node/harness/server.mjs';

/// A TCP connection that keeps what it received.
export class Raw {
  constructor(port, options = {}) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, ...options });
    this.received = Buffer.alloc(0);
    this.changed = [];
    this.ended = false; // the server has closed its direction, or the connection was reset
    const wake = () => this.changed.splice(0).forEach((resolve) => resolve());
    this.socket.on('data', (data) => {
      this.received = Buffer.concat([this.received, data]);
      wake();
    });
    const end = () => {
      this.ended = true;
      wake();
    };
    this.socket.on('end', end).on('close', end).on('error', end);
  }

  async open() {
    await withPatience(once(this.socket, 'connect'), 'the TCP connection');
    return this;
  }

  send(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes);
    return this;
  }

  /// Sends FIN; receiving goes on.
  half() {
    this.socket.end();
    return this;
  }

  async until(condition, what) {
    while (!condition()) {
      if (this.ended) throw new Error(`the connection ended before ${what}; received ${JSON.stringify(this.text)}`);
      await withPatience(new Promise((resolve) => this.changed.push(resolve)), what);
    }
  }

  async untilEnded() {
    while (!this.ended) await withPatience(new Promise((resolve) => this.changed.push(resolve)), 'the end of the connection');
    this.socket.destroy();
    return this.text;
  }

  get text() {
    return this.received.toString('latin1');
  }

  /// The status codes of all responses received so far.
  get statuses() {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
  }

  close() {
    this.socket.destroy();
  }
}

/// Sends bytes on a connection of their own and gives all that came until the server ended it.
export async function exchange(port, bytes) {
  const raw = await new Raw(port).open();
  raw.send(bytes);
  await raw.untilEnded();
  return raw;
}

/// A connection that has become a WebSocket at `path`.
export async function rawWebSocket(port, path = '/ws') {
  const raw = await new Raw(port).open();
  raw.send(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await raw.until(() => raw.text.includes('\r\n\r\n'), 'the WebSocket handshake');
  if (raw.statuses[0] !== 101) throw new Error(`no WebSocket: ${raw.text}`);
  raw.received = raw.received.subarray(raw.received.indexOf('\r\n\r\n') + 4);
  return raw;
}

/// One frame of RFC 6455, masked unless told otherwise; `length` may lie.
export function frame(payload, { opcode = 1, fin = true, reserved = 0, masked = true, length } = {}) {
  const data = Buffer.from(payload);
  const size = length ?? BigInt(data.length);
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  if (size < 126n) head.push(mask | Number(size));
  else if (size < 65536n) head.push(mask | 126, Number(size >> 8n), Number(size & 255n));
  else {
    head.push(mask | 127);
    for (let shift = 56n; shift >= 0n; shift -= 8n) head.push(Number((size >> shift) & 255n));
  }
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  const key = Buffer.from([0x11, 0x22, 0x33, 0x44]);
  return Buffer.concat([Buffer.from(head), key, data.map((byte, i) => byte ^ key[i % 4])]);
}

/// The code of the close frame at the end of what a WebSocket sent; undefined when there is none.
export function closeCode(bytes) {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const opcode = bytes[at] & 15;
    let size = bytes[at + 1] & 127;
    let begin = at + 2;
    if (size === 126) {
      size = bytes.readUInt16BE(begin);
      begin += 2;
    } else if (size === 127) {
      size = Number(bytes.readBigUInt64BE(begin));
      begin += 8;
    }
    if (opcode === 8) return size >= 2 ? bytes.readUInt16BE(begin) : 1005;
    at = begin + size;
  }
  return undefined;
}

/// Resident memory of a process, in MiB.
export function residentMiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

export function openDescriptors(pid) {
  return fs.readdirSync(`/proc/${pid}/fd`).length;
}

export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
