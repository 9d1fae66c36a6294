// SPDX-License-Identifier: Apache-2.0
// Holds every answer and event that the clients of these tests see to sdk/api/openapi.yaml and asyncapi.yaml. What is not
// as they say is gathered here, and fails the test that is running.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { binary, root } from './server.mjs';

const read = (file) => parse(fs.readFileSync(path.join(root, 'sdk/api', file), 'utf8'));
export const openapi = read('openapi.yaml');
export const asyncapi = read('asyncapi.yaml');

/// The routes and events that the server has.
export const registered = () => JSON.parse(execFileSync(binary, ['--print-api'], { encoding: 'utf8' }));

/// Of the plugins of these tests, which no description names.
const isOfTests = (name) => name.startsWith('echo:') || name.startsWith('/api/echo');

const base = 'https://parley.invalid/api/';
const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true });
addFormats(ajv);
ajv.addSchema(openapi, `${base}openapi.yaml`).addSchema(asyncapi, `${base}asyncapi.yaml`);

/// A validator for what a document has at a place.
export function validatorAt(file, ...steps) {
  const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const reference = `${base}${file}#/${pointer}`;
  return ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
}

/// Notes, for described.mjs, what the clients of the tests have seen: in the file that SEEN_BY_TESTS names.
const alreadySeen = new Set();
function see(line) {
  if (!process.env.SEEN_BY_TESTS || alreadySeen.has(line)) return;
  alreadySeen.add(line);
  fs.appendFileSync(process.env.SEEN_BY_TESTS, `${line}\n`);
}

const violations = [];
const shorten = (text, length) => (text.length > length ? `${text.slice(0, length)} …` : text);
const show = (value) => shorten(JSON.stringify(value) ?? 'nothing', 300);

function expectation({ keyword, message, params }) {
  if (keyword === 'additionalProperties') return `no member "${params.additionalProperty}"`;
  if (keyword === 'enum') return `one of ${params.allowedValues.map(show).join(', ')}`;
  if (keyword === 'const') return show(params.allowedValue);
  return message;
}

function note(what, lines) {
  violations.push([`${what} is not as the description says:`, ...lines].join('\n  '));
}

/// `value` against the schema there, in the manner of a diff: what was to be, what was found.
function check(what, validate, value) {
  if (validate(value)) return;
  // The branches of an anyOf say no more than the anyOf itself when none of them fits.
  note(what, validate.errors.filter((error) => error.keyword !== '$ref').flatMap((error) => [
    `at ${error.instancePath || '/'}`, `- ${expectation(error)}`, `+ ${show(error.data)}`,
  ]));
}

/// What was found since the last time.
export const takeViolations = () => violations.splice(0);

function failIfAny() {
  const found = takeViolations();
  assert.equal(found.length, 0, `\n${found.join('\n')}`);
}
afterEach(failIfAny);
after(failIfAny);

// ---- REST ----

const segments = (text) => text.split('/').map((segment) => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
});
const isParameter = (segment) => segment.startsWith('{');
const templates = Object.keys(openapi.paths).map((template) => ({ template, parts: segments(template) }))
  .sort((a, b) => a.parts.filter(isParameter).length - b.parts.filter(isParameter).length);

/// The paths of the description that a request's path may mean, the most literal first.
function templatesOf(pathname) {
  const given = segments(pathname);
  return templates.filter(({ parts }) => parts.length === given.length &&
    parts.every((part, i) => (isParameter(part) ? given[i] !== '' : part === given[i]))).map(({ template }) => template);
}

/// The operation that answers, as the server chooses it: a path that has the method beats one that has not.
function operationOf(method, pathname) {
  const found = templatesOf(pathname);
  for (const name of method === 'HEAD' ? ['head', 'get'] : [method.toLowerCase()])
    for (const template of found)
      if (openapi.paths[template][name]) return { template, method: name, operation: openapi.paths[template][name] };
  return found.length > 0 ? { template: found[0] } : undefined;
}

/// The thing itself, and where it stands, when it was given as a reference within openapi.yaml.
function follow(thing, steps) {
  if (!thing?.$ref) return { thing, steps };
  const target = thing.$ref.slice(2).split('/');
  return { thing: target.reduce((value, step) => value[step], openapi), steps: target };
}

function checkOutside(what, found, method, response) {
  const isKnown = found !== undefined;
  if (method === 'OPTIONS' && isKnown) return response.status === 204 || note(what, ['- 204', `+ ${response.status}`]);
  const expected = isKnown ? [405] : [404, 501, 405, 204];
  if (!expected.includes(response.status))
    return note(what, [`- ${isKnown ? 'a described method' : 'a described path'}`, `+ ${response.status}`]);
  if (response.body) check(what, validatorAt('openapi.yaml', 'components', 'schemas', 'Failure'), response.body);
}

/// `request`: {method, path, body?, contentType?}. `response`: {status, headers, text, body: the JSON, if it is some}.
export function checkResponse(request, response) {
  const { pathname, searchParams } = new URL(request.path, 'http://localhost');
  if (isOfTests(pathname) || pathname.startsWith('/socket.io')) return;
  const what = `the answer ${response.status} to ${request.method} ${request.path}`;
  if (!response.headers.get('x-request-id')) note(what, ['- X-Request-Id', '+ no such header']);
  const found = operationOf(request.method, pathname);
  if (!found?.operation) return void checkOutside(what, found, request.method, response);

  const { template, method, operation } = found;
  if (response.status < 400) see(`${method} ${template}`);
  const steps = ['paths', template, method, 'responses', String(response.status)];
  const documented = follow(operation.responses[response.status], steps);
  if (!documented.thing)
    return note(what, [`- ${Object.keys(operation.responses).join(', ')}`, `+ ${response.status} ${shorten(response.text, 200)}`]);
  checkHeaders(what, documented.thing, response);
  if (request.method !== 'HEAD') checkBody(what, documented, response);
  if (response.status < 300) checkRequest(request, found, searchParams);
}

function checkHeaders(what, documented, response) {
  for (const [name, header] of Object.entries(documented.headers ?? {}))
    if (follow(header).thing.required && !response.headers.has(name)) note(what, [`- ${name}`, '+ no such header']);
}

function checkBody(what, { thing, steps }, response) {
  const type = (response.headers.get('content-type') ?? '').split(';')[0];
  if (!thing.content) return response.text === '' || note(what, ['- no body', `+ ${shorten(response.text, 200)}`]);
  const range = Object.keys(thing.content).find((one) => one === type || one === '*/*');
  if (!range) return note(what, [`- ${Object.keys(thing.content).join(', ')}`, `+ ${type || 'no Content-Type'}`]);
  if (type !== 'application/json' || !thing.content[range].schema) return undefined;
  return check(what, validatorAt('openapi.yaml', ...steps, 'content', range, 'schema'), response.body);
}

/// What was taken must be described as well.
function checkRequest({ method, path: target, body, contentType }, { template, method: name, operation }, query) {
  const what = `the request ${method} ${target}`;
  const shared = openapi.paths[template].parameters ?? [];
  const parameters = [...shared, ...(operation.parameters ?? [])].map((parameter) => follow(parameter).thing);
  for (const key of query.keys())
    if (!parameters.some((parameter) => parameter.in === 'query' && parameter.name === key))
      note(what, [`- ${parameters.map((parameter) => parameter.name).join(', ') || 'no parameter'}`, `+ ${key}`]);
  const content = operation.requestBody?.content;
  if (content?.['application/json'] && body !== undefined && contentType.startsWith('application/json')) {
    const steps = ['paths', template, name, 'requestBody', 'content', 'application/json', 'schema'];
    check(what, validatorAt('openapi.yaml', ...steps), body);
  }
}

// ---- sockets ----

const lookUp = (reference) => reference.slice(2).split('/').reduce((value, step) => value[step], asyncapi);
/// The key, in components.messages, of what a channel's reference stands for.
const keyOf = (reference) => lookUp(reference).$ref.split('/').at(-1);
const messageOf = (key) => asyncapi.components.messages[key];

/// From clients: by event, the payload and the acknowledgements. To clients: by event, the payload.
export const received = new Map();
export const emitted = new Map();
for (const operation of Object.values(asyncapi.operations)) {
  for (const { $ref } of operation.messages) {
    const key = keyOf($ref);
    if (operation.action === 'send') emitted.set(messageOf(key).name, key);
    else received.set(messageOf(key).name, { key, replies: operation.reply.messages.map((reply) => keyOf(reply.$ref)) });
  }
}
const payloadOf = (key) => validatorAt('asyncapi.yaml', 'components', 'messages', key, 'payload');

/// An event that the server emitted in the standard namespace, with its arguments.
export function checkEvent(event, args) {
  if (isOfTests(event)) return;
  const what = `the event ${event}`;
  const key = emitted.get(event);
  see(`send ${event}`);
  if (!key) return note(what, [`- one of ${[...emitted.keys()].join(', ')}`, `+ ${event} ${show(args[0])}`]);
  const [, offset, ...more] = args; // the offset is Socket.IO's own, for connection state recovery
  if (args.length < 1 || typeof (offset ?? '') !== 'string' || more.length > 0) note(what, ['- one argument', `+ ${show(args)}`]);
  check(what, payloadOf(key), args[0]);
}

/// The acknowledgement of an event that a client emitted with `data`.
export function checkAcknowledgement(event, data, answer) {
  if (isOfTests(event)) return;
  const what = `the acknowledgement of ${event}`;
  const entry = received.get(event);
  const failed = answer?.success === false;
  if (!entry || failed) return void check(what, payloadOf('failureAck'), answer);
  see(`receive ${event}`);
  const fitting = entry.replies.filter((key) => key !== 'failureAck');
  check(what, payloadOf(fitting[0]), answer);
  check(`the data of ${event}`, payloadOf(entry.key), data ?? null);
}
