// SPDX-License-Identifier: Apache-2.0
// Scenes that need more plugins than the rest of their file.
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './server.mjs';

/// test() for a scene that needs the plugins ("presence users") besides those that its file says it needs. As the file
/// would be by tests/contract/run, it is left out when the folder of one was removed.
export function testWith(plugins, ...scene) {
  const names = plugins.split(' ');
  if (names.every((name) => fs.existsSync(path.join(root, 'plugins', name)))) return void test(...scene);
  // Told to described.mjs: what they have may be left unseen.
  if (process.env.SEEN_BY_TESTS) fs.appendFileSync(process.env.SEEN_BY_TESTS, names.map((name) => `left out ${name}\n`).join(''));
}
