// SPDX-License-Identifier: Apache-2.0
// A line that can be cut, slowed down and held up: TCP in between a client and a server.
import net from 'node:net';
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';

export class Proxy {
  constructor(port) {
    this.target = port;
    this.lines = new Set();
    this.isCut = false;
    this.latency = 0; // of each piece, in milliseconds
    this.server = net.createServer((client) => {
      if (this.isCut) return void client.destroy();
      const upstream = net.connect(this.target, '127.0.0.1');
      const line = { client, upstream };
      this.lines.add(line);
      const end = () => {
        client.destroy();
        upstream.destroy();
        this.lines.delete(line);
      };
      for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
      client.pipe(this.way()).pipe(upstream);
      upstream.pipe(this.way()).pipe(client);
    });
  }

  /// One direction of a line: what goes through stays in order.
  way() {
    return new Transform({
      transform: async (piece, _, pass) => {
        if (this.latency) await after(this.latency);
        await this.held;
        pass(null, piece);
      },
    });
  }

  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  /// Resets every connection and lets no new one through.
  cut() {
    this.isCut = true;
    for (const { client, upstream } of this.lines) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /// Every piece takes that long.
  slow(latency) {
    this.latency = latency;
  }

  /// Nothing comes through any more, and nobody is told.
  hold() {
    this.held ??= new Promise((resolve) => (this.release = resolve));
  }

  /// As in the beginning; what was held up comes through now.
  mend() {
    this.isCut = false;
    this.latency = 0;
    this.release?.();
    this.held = undefined;
  }

  stop() {
    this.cut();
    this.release?.();
    this.server.close();
  }
}
