// SPDX-License-Identifier: Apache-2.0
// The Node server as a process, its answers, and the database below it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import mongoose from 'mongoose';
import { fill as fillThrough } from './fill.mjs';

const { EJSON } = mongoose.mongo.BSON;
const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'server.mjs');

/// As the database has it.
export const idOf = (text) => new mongoose.Types.ObjectId(text);

export function uriOf(server, database) {
  const uri = new URL(server);
  uri.pathname = `/${database}`;
  return uri.href;
}

export class NodeServer {
  async start(uri) {
    this.process = spawn(process.execPath, [script, uri], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [url] = await once(createInterface({ input: this.process.stdout }), 'line');
    this.url = url;
    return this;
  }
  async stop() {
    const ended = once(this.process, 'exit');
    this.process.stdin.end();
    await ended;
  }
}

/// A database for itself, through the driver alone.
export class Database {
  async open(uri) {
    this.client = await new mongoose.mongo.MongoClient(uri).connect();
    this.db = this.client.db();
    return this;
  }
  collection(name) {
    return this.db.collection(name);
  }
  /// Every document as text with all types, by collection and id.
  async dump(collections) {
    const all = new Map();
    for (const name of collections)
      for await (const document of this.collection(name).find())
        all.set(`${name}/${document._id}`, new Map(Object.entries(document).map(([field, value]) =>
          [field, EJSON.stringify({ value }, { relaxed: false })])));
    return all;
  }
  async copyTo(other, collections) {
    for (const name of collections) {
      const documents = await this.collection(name).find().toArray();
      for (let i = 0; i < documents.length; i += 500)
        await other.collection(name).insertMany(documents.slice(i, i + 500));
    }
  }
  async drop() {
    await this.db.dropDatabase();
    await this.client.close();
  }
}

export async function fill(uri, url, options) {
  await mongoose.connect(uri);
  try {
    return await fillThrough(url, options);
  } finally {
    await mongoose.disconnect();
  }
}
