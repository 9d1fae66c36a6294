// SPDX-License-Identifier: Apache-2.0
// How long a login with a wrong password takes, for a name that nobody has, one whose password is argon2id, and one who has
// bcrypt still; with and without plugins.accounts.wrongAnswerMillis:
//   node tests/bench/logins.mjs [rounds (40)]
// PARLEYD names the binary (build/release/bin/parleyd); needs the packages of tests/contract, and SQLite for the store.
import { execFileSync } from 'node:child_process';
import { startServer } from '../contract/node/harness/server.mjs';

const rounds = Number(process.argv[2] ?? 40);
const settings = {
  'auth.mode': 'jwt', 'auth.ownTokens': true, 'plugins.accounts.registration': 'open', 'plugins.accounts.freeAttempts': 1000, 'plugins.accounts.addressAttempts': 0,
};
const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1);

function addBcryptUser(database) {
  const script = `
import crypt, json, sqlite3, sys
hash = crypt.crypt("correct horse", "$2b$10$abcdefghijklmnopqrstuu")
db = sqlite3.connect(sys.argv[1])
db.execute("insert into users (id, doc) values (?, ?)", ("old", json.dumps({"_id": "old", "username": "old", "password": hash, "role": "user"})))
db.commit()`;
  execFileSync('python3', ['-W', 'ignore', '-c', script, database]);
}

const post = (server, what, body) => fetch(`${server.url}/api/auth/${what}`, {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
}).then(async (response) => ({ status: response.status, text: await response.text() }));

async function timed(server, username) {
  const begin = performance.now();
  const { status, text } = await post(server, 'login', { username, password: 'a wrong password' });
  if (status !== 401) throw new Error(text);
  return performance.now() - begin;
}

async function measure(wrongAnswerMillis) {
  const first = await startServer({ set: settings });
  await first.stop({ keep: true });
  addBcryptUser(first.database);
  const server = await startServer({ set: { ...settings, 'plugins.accounts.wrongAnswerMillis': wrongAnswerMillis }, folder: first.folder });
  const made = await post(server, 'register', { username: 'new', password: 'correct horse' });
  if (made.status !== 201) throw new Error(made.text);
  const kinds = { 'an unknown name': [], argon2id: [], bcrypt: [] };
  const names = { argon2id: 'new', bcrypt: 'old' };
  for (let i = 0; i < rounds; ++i)
    for (const [kind, times] of Object.entries(kinds)) times.push(await timed(server, names[kind] ?? `nobody ${i}`));
  for (const [kind, times] of Object.entries(kinds)) {
    times.sort((a, b) => a - b);
    console.log(`wrongAnswerMillis ${wrongAnswerMillis}, ${kind}: ${quantile(times, 0.5)} ms (median), ${quantile(times, 0.1)} to ${quantile(times, 0.9)} ms (10 to 90 of 100)`);
  }
  await server.stop();
}

for (const wrongAnswerMillis of [0, 1000]) await measure(wrongAnswerMillis);
process.exit();
