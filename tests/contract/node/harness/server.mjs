// SPDX-License-Identifier: Apache-2.0
// Starts a real parleyd for a test file and ends it, by its process id, afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');
export const binary = path.resolve(root, process.env.PARLEYD ?? 'build/release/bin/parleyd');

/// The outer bound of everything that is awaited; reaching it is a failure, not a measurement.
export const patience = 60_000;

const pluginFolders = (process.env.PLUGIN_FOLDERS ?? [
  path.resolve(path.dirname(binary), '../plugins'),
  path.resolve(path.dirname(binary), '../test-plugins'),
].join(':')).split(':');

/// One folder with the plugins of the build and the ones of these tests.
function gatherPlugins(folder) {
  fs.mkdirSync(folder);
  for (const from of pluginFolders) {
    if (!fs.existsSync(from)) continue;
    for (const file of fs.readdirSync(from).filter((name) => name.endsWith('.so')))
      fs.symlinkSync(path.join(from, file), path.join(folder, file));
  }
  return folder;
}

/// MONGODB_TEST_URI, which tests/mongodb/run sets: every server stores there instead of in SQLite, each data folder in a
/// database of its own, which tests/contract/run removes.
const mongodb = process.env.MONGODB_TEST_URI;
export const embedded = !mongodb; // whether the servers store in a file of their own

function mongodbSettings(folder) {
  if (!mongodb) return {};
  // Names of databases must differ by more than their case.
  const database = `parley_contract_${process.env.CONTRACT_RUN ?? ''}_${Buffer.from(path.basename(folder).slice(-6)).toString('hex')}`;
  return { 'storage.driver': 'mongodb', 'storage.mongodb.uri': mongodb, 'storage.mongodb.database': database };
}

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
// What a failed test leaves behind, as clients that are connected, must not keep the whole run waiting.
if (process.env.NODE_TEST_CONTEXT) after(() => void setTimeout(() => process.exit(), patience).unref());

const lastOf = new Map(); // data folder -> the newest server that works on it, which removes it in the end

export class Server {
  /// `set`: settings as for --set. `config`: the content of a configuration file, as an object. `folder`: of an
  /// earlier server, to start on the same data.
  constructor({ set = {}, config, folder, args = [], env = {} } = {}) {
    this.folder = folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'parley-contract-'));
    lastOf.set(this.folder, this);
    this.logFile = path.join(this.folder, 'parleyd.log');
    this.database = path.join(this.folder, 'chat.db');
    this.configFile = path.join(this.folder, 'parley.json');
    const plugins = path.join(this.folder, 'plugins');
    if (!fs.existsSync(plugins)) gatherPlugins(plugins);

    const settings = {
      'server.port': 0,
      'storage.sqlite.path': this.database,
      'plugins.directory': plugins,
      'realtime.eventsPerSecond': 1_000_000, // these tests write faster than people do
      ...mongodbSettings(this.folder),
      ...set,
    };
    this.arguments = [...args];
    if (config) {
      this.writeConfig(config);
      this.arguments.push('--config', this.configFile);
    }
    for (const [key, value] of Object.entries(settings))
      if (value !== undefined) this.arguments.push('--set', `${key}=${value}`);
    this.environment = { ...process.env, ...env };
  }

  writeConfig(config) {
    fs.writeFileSync(this.configFile, JSON.stringify(config, null, 2));
  }

  /// Runs the binary without waiting for it to listen.
  launch() {
    const log = fs.openSync(this.logFile, 'a');
    this.process = spawn(binary, this.arguments, { stdio: ['ignore', log, log], env: this.environment, cwd: this.folder });
    fs.closeSync(log);
    this.process.unref(); // a failed test must not keep the whole run waiting for its server
    running.add(this.process);
    this.end = once(this.process, 'exit').then(([code, signal]) => {
      running.delete(this.process);
      return { code, signal };
    });
    return this;
  }

  /// How the process ended; settles when it has.
  get exited() {
    this.process.ref();
    return this.end;
  }

  async start() {
    const from = fs.existsSync(this.logFile) ? fs.statSync(this.logFile).size : 0;
    this.launch();
    let ended;
    this.end.then((result) => (ended = result));
    const match = await until(() => {
      if (ended) throw new Error(`parleyd ended (${JSON.stringify(ended)}):\n${this.log()}`);
      return this.log().slice(from).match(/listening on (https?):\/\/(\S+):(\d+)/);
    }, 'the line "listening on http://ADDRESS:PORT" in the log');
    this.port = Number(match[3]);
    this.url = `${match[1]}://127.0.0.1:${this.port}`;
    return this;
  }

  log() {
    return fs.existsSync(this.logFile) ? fs.readFileSync(this.logFile, 'utf8') : '';
  }

  get pid() {
    return this.process.pid;
  }

  signal(name) {
    this.process.kill(name);
  }

  /// SIGTERM, and SIGKILL when that does not help; throws when the server had crashed.
  async stop({ keep = false } = {}) {
    if (!this.process) return;
    if (this.process.exitCode === null && this.process.signalCode === null) this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), patience);
    const { code, signal } = await this.exited;
    clearTimeout(timer);
    if (code !== 0 && !this.expectedEnd) {
      keep = true;
      throw new Error(`parleyd ended with code ${code}, signal ${signal}; log kept: ${this.logFile}\n${this.log().slice(-4000)}`);
    }
    if (!keep && !process.env.KEEP && lastOf.get(this.folder) === this) fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function startServer(options) {
  return new Server(options).start();
}

/// Asks again until `condition` gives something truthy.
export async function until(condition, what = 'a condition') {
  const end = Date.now() + patience;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function withPatience(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
