// SPDX-License-Identifier: Apache-2.0
// sdk/api/openapi.yaml and asyncapi.yaml: valid, served, and about the server that there is.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { Rest } from './harness/chat.mjs';
import {
  asyncapi, checkAcknowledgement, checkEvent, checkResponse, emitted, openapi, received, registered, takeViolations,
  validatorAt,
} from './harness/contract.mjs';
import { root, startServer } from './harness/server.mjs';

let server;
let rest;
before(async () => {
  server = await startServer();
  rest = new Rest(server.url);
});
after(() => server.stop());

const source = (file) => fs.readFileSync(path.join(root, 'sdk/api', file), 'utf8');
const everyRef = (value) => {
  if (value === null || typeof value !== 'object') return [];
  return [...(typeof value.$ref === 'string' ? [value.$ref] : []), ...Object.values(value).flatMap(everyRef)];
};
const resolves = (reference, document) =>
  reference.slice(2).split('/').reduce((at, step) => at?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], document) !== undefined;

test('the events are described in valid AsyncAPI 3.0', () => {
  const require = createRequire(import.meta.url);
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  const validate = ajv.compile(require('@asyncapi/specs/schemas/3.0.0-without-$id.json'));
  assert.ok(validate(asyncapi), JSON.stringify(validate.errors?.slice(0, 5), null, 2));
});

test('every reference leads somewhere, and everything shared is used', () => {
  const inEvents = everyRef(asyncapi).map((reference) => reference.replace('./openapi.yaml', ''));
  for (const reference of everyRef(openapi)) assert.ok(resolves(reference, openapi), reference);
  for (const reference of everyRef(asyncapi))
    assert.ok(reference.startsWith('#') ? resolves(reference, asyncapi) : resolves(reference.replace('./openapi.yaml', ''), openapi), reference);
  const operations = Object.values(openapi.paths).flatMap((path) => Object.values(path));
  const required = [openapi, ...operations].flatMap(({ security = [] }) => security.flatMap(Object.keys));
  for (const name of required) assert.ok(openapi.components.securitySchemes[name], name);
  const used = new Set([...everyRef(openapi), ...inEvents, ...required.map((name) => `#/components/securitySchemes/${name}`)]);
  for (const [kind, things] of Object.entries(openapi.components))
    for (const name of Object.keys(things)) assert.ok(used.has(`#/components/${kind}/${name}`), `${kind}/${name} is not used`);
  for (const name of Object.keys(asyncapi.components.messages))
    assert.ok(used.has(`#/components/messages/${name}`), `messages/${name} is not used`);
});

test('every example is as its own schema says', () => {
  const wrong = [];
  let count = 0;
  const tryOut = (file, steps, schema, values) => values.forEach((value) => {
    ++count;
    const validate = validatorAt(file, ...steps, ...schema);
    if (!validate(value)) wrong.push(`${steps.join('/')}: ${JSON.stringify(validate.errors[0], ['instancePath', 'message'])}`);
  });
  const look = (file, steps, node) => {
    if (node === null || typeof node !== 'object') return;
    if (node.schema || node.payload) {
      const payloads = (node.payload ? node.examples ?? [] : Object.values(node.examples ?? {})).map((one) => one.payload ?? one.value);
      tryOut(file, steps, [node.payload ? 'payload' : 'schema'], [...payloads, ...('example' in node ? [node.example] : [])]);
    } else if (Array.isArray(node.examples)) {
      tryOut(file, steps, [], node.examples);
    }
    for (const [name, child] of Object.entries(node)) if (!name.startsWith('example')) look(file, [...steps, name], child);
  };
  look('openapi.yaml', [], openapi);
  look('asyncapi.yaml', [], asyncapi);
  assert.equal(wrong.length, 0, `\n${wrong.join('\n')}`);
  assert.ok(count > 20, `${count} examples`);
});

test('the server serves both, as they were written and as JSON', async () => {
  for (const name of ['openapi', 'asyncapi']) {
    const yaml = await rest.get(`/api/${name}.yaml`);
    assert.ok(yaml.text === source(`${name}.yaml`), `the server was built from another ${name}.yaml: build it again`);
    const { body } = await rest.get(`/api/${name}.json`);
    assert.equal(body.info.title, 'Parley');
    for (const reference of everyRef(body)) assert.ok(resolves(reference, body), reference);
  }
  assert.deepEqual((await rest.get('/api/openapi.json')).body, openapi);
  const packed = await rest.get('/api/openapi.json', { 'Accept-Encoding': 'gzip' });
  assert.equal(packed.headers.get('content-encoding'), 'gzip', 'however large it is');
  assert.deepEqual(packed.body, openapi);
});

test('a current copy is not sent again', async () => {
  const first = await rest.get('/api/asyncapi.json');
  const again = await rest.get('/api/asyncapi.json', { 'If-None-Match': first.headers.get('etag') });
  assert.equal(again.status, 304);
  assert.equal(again.text, '');
});

// ---- the server that there is ----

const { routes, events } = registered();
const shapeOf = (pattern) => pattern.replaceAll(/:\w+|\{\w+\}/g, '{}');
const byName = (entries, nameOf) => new Map(entries.map((entry) => [nameOf(entry), entry.plugin ?? null]));
const plugins = new Set([...routes, ...events].map((entry) => entry.plugin));
/// A plugin whose folder was removed is still described.
const isThere = (plugin) => plugin === null || plugins.has(plugin);

/// Both maps go from a name to the plugin that has it.
function assertSame(described, real) {
  const lines = [];
  for (const [name, plugin] of described)
    if (isThere(plugin) && real.get(name) !== plugin)
      lines.push(`- ${name} of ${plugin}`, `+ ${real.has(name) ? `of ${real.get(name)}` : 'the server has no such thing'}`);
  for (const name of real.keys()) if (!described.has(name)) lines.push(`- ${name} is not described`);
  assert.equal(lines.length, 0, `\n${lines.join('\n')}`);
}

test('every route is described, and every described operation is a route', () => {
  const operations = Object.entries(openapi.paths).flatMap(([template, item]) =>
    Object.entries(item).filter(([method]) => method !== 'parameters').map(([method, operation]) =>
      ({ name: `${method.toUpperCase()} ${shapeOf(template)}`, plugin: operation['x-parley-plugin'] })));
  const ofSockets = Object.values(asyncapi.servers).map((one) => one.pathname);
  const ofRest = routes.filter((route) => !ofSockets.includes(route.path));
  assertSame(byName(operations, ({ name }) => name), byName(ofRest, (route) => `${route.method} ${shapeOf(route.path)}`));
  for (const pathname of ofSockets)
    assert.ok(routes.some((route) => route.method === 'upgrade' && route.path === pathname), pathname);
});

test('every event is described, and every described event is there', () => {
  const described = new Map([...received].map(([name, { key }]) =>
    [name, asyncapi.components.messages[key]['x-parley-plugin'] ?? null]));
  assertSame(described, byName(events.filter((entry) => entry.namespace === '/'), (entry) => entry.event));
});

test('what can be asked for without saying more is answered as described', async () => {
  const asks = (parameters = []) => parameters.some((parameter) => parameter.required);
  const needsToken = ({ security = [] }) => security.length > 0 && security.every((one) => 'token' in one);
  for (const [template, { get }] of Object.entries(openapi.paths))
    if (get && !template.includes('{') && !asks(get.parameters) && !needsToken(get) && isThere(get['x-parley-plugin'] ?? null))
      assert.equal((await rest.get(template)).status, 200, template);
});

// ---- the guard itself ----

const answer = (status, body, headers = {}) => ({
  status, body, text: JSON.stringify(body),
  headers: new Headers({ 'X-Request-Id': 'r', 'Content-Type': 'application/json', ...headers }),
});
const failure = { success: false, message: '…', error: '…', code: 'NOT_FOUND' };
const user = {
  _id: 'a', username: 'a', realName: '', email: '', phone: '', avatar: '', role: 'user', status: 'online', lastSeen: null,
};

test('an answer that is not as described is found, and told in a readable way', () => {
  const users = { method: 'GET', path: '/api/chat/users', contentType: '' };
  const complaints = (request, response) => {
    checkResponse(request, response);
    return takeViolations().join('\n');
  };
  assert.equal(complaints(users, answer(200, { success: true, data: [user] })), '');
  assert.match(complaints(users, answer(200, { success: true, data: [{ ...user, password: 'x' }] })), /at \/data\/0\n.*no member "password"/);
  assert.match(complaints(users, answer(200, { success: true, data: [{ ...user, status: 'asleep' }] })), /- one of .*away.*\n.*\+ "asleep"/);
  assert.match(complaints(users, answer(200, { success: true })), /required property 'data'/);
  assert.match(complaints(users, answer(418, failure)), /- 200, 400.*\n.*\+ 418/);
  assert.match(complaints(users, answer(404, { ...failure, code: 'GONE' })), /at \/code/);
  assert.match(complaints(users, answer(200, { success: true, data: [] }, { 'Content-Type': 'text/html' })), /text\/html/);
  assert.match(complaints({ ...users, path: '/api/chat/users?sort=name' }, answer(200, { success: true, data: [] })), /\+ sort/);
  assert.match(complaints({ ...users, path: '/api/chat/elsewhere' }, answer(200, {})), /a described path/);
  assert.match(complaints({ ...users, method: 'PATCH' }, answer(200, {})), /a described method/);
});

test('an event that is not as described is found', () => {
  checkEvent('user:joined', [{ success: true, user }]);
  checkAcknowledgement('user:join', { id: 'a', username: 'a' }, { success: true, data: user });
  checkAcknowledgement('users:online', undefined, { ...failure, code: 'UNAUTHENTICATED' });
  assert.deepEqual(takeViolations(), []);
  checkEvent('user:joined', [{ success: true, user: { ...user, lastSeen: 'yesterday' } }]);
  checkEvent('user:vanished', [{}]);
  checkAcknowledgement('user:join', { id: 'a', username: 'a' }, { success: true, data: null });
  checkAcknowledgement('user:join', { id: 5 }, { success: true, data: user });
  const found = takeViolations();
  assert.equal(found.length, 4, found.join('\n'));
  assert.match(found[0], /at \/user\/lastSeen/);
  assert.match(found[1], /user:vanished/);
  assert.ok(emitted.has('user:joined'));
});
