// SPDX-License-Identifier: Apache-2.0
// What a machine can be short of, brought about for one server.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { withPatience } from '../contract/node/harness/server.mjs';

/// Sets a soft limit of a running process (prlimit(1)): `nofile`, `fsize`.
export function limit(pid, what, value) {
  execFileSync('prlimit', ['--pid', String(pid), `--${what}=${value}:`]);
}

/// A file system of its own, of so many bytes; undefined where this user may not mount one.
export class SmallDisk {
  static mount(bytes) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-disk-'));
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', folder]).status === 0) return new SmallDisk(folder);
    fs.rmdirSync(folder);
    return undefined;
  }
  constructor(folder) {
    this.folder = folder;
    this.filler = path.join(folder, 'filler');
  }
  /// Takes all room but so many bytes.
  fill(left) {
    const { bavail, bsize } = fs.statfsSync(this.folder);
    fs.writeFileSync(this.filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
  }
  free() {
    fs.rmSync(this.filler, { force: true });
  }
  unmount() {
    execFileSync('umount', [this.folder]);
    fs.rmdirSync(this.folder);
  }
}

/// One HTTP connection that is kept, for when no more can be had.
export class KeptLine {
  constructor(server) {
    this.port = server.port;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }
  /// {status, text, body}: the body when it is JSON.
  async ask(method, target, body, headers = {}) {
    const answer = new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, agent: this.agent, method, path: target, headers };
      const request = http.request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('error', reject);
        response.on('end', () => {
          const isJson = response.headers['content-type']?.startsWith('application/json');
          resolve({ status: response.statusCode, text, body: isJson ? JSON.parse(text) : undefined });
        });
      });
      request.on('error', reject).end(body);
    });
    return withPatience(answer, `${method} ${target}`);
  }
  get(target) {
    return this.ask('GET', target);
  }
  uploads(userId, bytes) {
    const boundary = 'a-boundary-of-this-test';
    const part = (head, content) => [`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`, content, '\r\n'];
    const pieces = [...part('name="userId"', userId), ...part('name="file"; filename="note.txt"', bytes), `--${boundary}--\r\n`];
    const body = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
    return this.ask('POST', '/api/chat/files', body, { 'Content-Type': `multipart/form-data; boundary=${boundary}` });
  }
  /// The value of one sample of /metrics, 0 where there is none.
  async metric(name) {
    const line = (await this.get('/metrics')).text.split('\n').find((one) => one.startsWith(`${name} `));
    return line ? Number(line.slice(name.length + 1)) : 0;
  }
  end() {
    this.agent.destroy();
  }
}
