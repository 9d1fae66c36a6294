// SPDX-License-Identifier: Apache-2.0
// A real HAProxy in front of a server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { until, withPatience } from './server.mjs';

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const connects = (port) => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1', () => resolve(socket.destroy()));
  socket.on('error', () => resolve(false));
});

export class HaProxy {
  /// `mode`: tcp or http; `to`: what follows the server's address, as `send-proxy`; `front`: further lines of the frontend.
  constructor(server, { mode = 'tcp', to = '', front = [] }) {
    Object.assign(this, { server, mode, to, front });
  }

  async start() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-haproxy-'));
    this.port = await freePort();
    const config = path.join(this.folder, 'haproxy.cfg');
    fs.writeFileSync(config, [
      'defaults', `  mode ${this.mode}`, '  timeout connect 60s', '  timeout client 60s', '  timeout server 60s',
      'frontend all', `  bind 127.0.0.1:${this.port}`, ...this.front.map((line) => `  ${line}`), '  default_backend parley',
      'backend parley', `  server one 127.0.0.1:${this.server.port} ${this.to}`, '',
    ].join('\n'));
    const log = fs.openSync(path.join(this.folder, 'log'), 'w');
    this.process = spawn('haproxy', ['-db', '-f', config], {
      stdio: ['ignore', log, log], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    });
    fs.closeSync(log);
    this.ended = once(this.process, 'exit').then(() => (this.isOver = true));
    await until(() => {
      if (this.isOver) throw new Error(`haproxy ended:\n${fs.readFileSync(path.join(this.folder, 'log'), 'utf8')}`);
      return connects(this.port);
    }, 'haproxy');
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  /// GET from this address of the machine: {status, headers}.
  get(target, { from = '127.0.0.1', headers = {}, secure = false } = {}) {
    const options = { port: this.port, host: '127.0.0.1', path: target, localAddress: from, headers, agent: false, rejectUnauthorized: false };
    return withPatience(new Promise((resolve, reject) => {
      (secure ? https : http).get(options, (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
      }).on('error', reject);
    }), `the answer to ${target}`);
  }

  async stop() {
    this.process.kill('SIGTERM');
    await this.ended;
    fs.rmSync(this.folder, { recursive: true });
  }
}
