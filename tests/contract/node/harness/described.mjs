// SPDX-License-Identifier: Apache-2.0
// Run after all the tests: whether they have met everything that sdk/api describes of the plugins that are there. What no
// client has ever been answered with is only a claim.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { asyncapi, emitted, openapi, received, registered } from './contract.mjs';

const { routes, events } = registered();
const plugins = new Set([...routes, ...events].map((entry) => entry.plugin));
const messageOf = (key) => asyncapi.components.messages[key];
const seen = new Set(fs.readFileSync(process.env.SEEN_BY_TESTS, 'utf8').split('\n'));

// Where plugins were removed, tests that need them were left out, and with them perhaps the only ones that see something
// of another plugin, or of the host.
const leftOut = [...seen].filter((line) => line.startsWith('left out ')).map((line) => line.slice('left out '.length));
if (leftOut.length > 0) [null, ...leftOut].forEach((plugin) => plugins.delete(plugin));
const isThere = (thing) => plugins.has(thing['x-parley-plugin'] ?? null);

test('the tests have seen every operation succeed', () => {
  const operations = Object.entries(openapi.paths).flatMap(([template, item]) =>
    Object.entries(item).filter(([method, operation]) => method !== 'parameters' && isThere(operation))
      .map(([method]) => `${method} ${template}`));
  assert.deepEqual(operations.filter((operation) => !seen.has(operation)), []);
});

test('the tests have seen every event acknowledged', () => {
  const names = [...received].filter(([, { key }]) => isThere(messageOf(key))).map(([name]) => name);
  assert.deepEqual(names.filter((name) => !seen.has(`receive ${name}`)), []);
});

test('the tests have seen every event of the server', () => {
  const names = [...emitted].filter(([, key]) => isThere(messageOf(key))).map(([name]) => name);
  assert.deepEqual(names.filter((name) => !seen.has(`send ${name}`)), []);
});
