// SPDX-License-Identifier: Apache-2.0
// A line that can be cut: TCP in between a client and the server.
import net from 'node:net';
import { once } from 'node:events';

export class Proxy {
  constructor(port) {
    this.target = port;
    this.lines = new Set();
    this.isCut = false;
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
      client.pipe(upstream);
      upstream.pipe(client);
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

  mend() {
    this.isCut = false;
  }

  stop() {
    this.cut();
    this.server.close();
  }
}
