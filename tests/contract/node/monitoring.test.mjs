// SPDX-License-Identifier: Apache-2.0
// What packaging/ has for Grafana and Prometheus asks only for what a server tells.
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { Chat } from './harness/chat.mjs';
import { readMetrics } from './harness/metrics.mjs';
import { root, startServer } from './harness/server.mjs';

const read = (file) => fs.readFileSync(path.join(root, 'packaging', file), 'utf8');
let server;
let samples;
const labelsOf = new Map(); // metric -> the labels that its samples have

before(async () => {
  server = await startServer();
  const chat = new Chat(server);
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  await alice.sends(bob, 'hello');
  await alice.ask('message:send', { ...alice.draft(bob, 'x'), senderId: 'mallory' });
  await chat.rest.get('/api/health');
  assert.equal((await fetch(`${server.url}/`, { method: 'FOO' })).status, 501);
  samples = await readMetrics(chat);
  for (const sample of samples.keys()) {
    const [, name, labels = ''] = sample.match(/^([a-z_]+)(?:\{(.*)\})?$/);
    const known = labelsOf.get(name) ?? labelsOf.set(name, new Set(['instance', 'job'])).get(name);
    for (const [, label] of labels.matchAll(/([a-z]+)="/g)) known.add(label);
  }
  chat.end();
});

after(() => server.stop());

function check(expression) {
  const metrics = [...expression.matchAll(/\b(?:parley|process)_[a-z_]+/g)].map(([name]) => name);
  assert.ok(metrics.length > 0, expression);
  for (const metric of metrics) assert.ok(labelsOf.has(metric), `${metric} in ${expression}`);
  for (const [, labels] of expression.matchAll(/\bby \(([^)]*)\)/g))
    for (const label of labels.split(',').map((one) => one.trim()))
      assert.ok(metrics.every((metric) => labelsOf.get(metric).has(label)), `${label} in ${expression}`);
  for (const [, metric, matchers] of expression.matchAll(/([a-z_]+)\{([^}]*)\}/g))
    for (const [, label] of matchers.matchAll(/([a-z]+)(?:=~|!~|!=|=)"/g))
      if (labelsOf.has(metric)) assert.ok(labelsOf.get(metric).has(label), `${label} in ${expression}`);
}

test('the dashboard', () => {
  const dashboard = JSON.parse(read('grafana/parley.json'));
  assert.ok(dashboard.schemaVersion >= 30 && dashboard.title && dashboard.uid);
  const variables = new Map(dashboard.templating.list.map((variable) => [variable.name, variable]));
  assert.deepEqual([variables.get('datasource').type, variables.get('datasource').query], ['datasource', 'prometheus']);
  check(variables.get('instance').query.query);
  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');
  assert.ok(panels.length > 20);
  for (const { title, datasource, gridPos, targets } of panels) {
    assert.ok(title && gridPos.w > 0 && gridPos.x + gridPos.w <= 24, title);
    assert.equal(datasource.uid, '${datasource}', title);
    for (const target of targets) check(target.expr);
  }
});

test('every metric of the server is on the dashboard', () => {
  const dashboard = read('grafana/parley.json');
  const shown = new Set(dashboard.match(/\b(?:parley|process)_[a-z_]+/g).map((name) => name.replace(/_(bucket|sum|count)$/, '')));
  const families = [...labelsOf.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  const ofOnePlugin = fs.readdirSync(path.join(root, 'plugins')).map((plugin) => `parley_${plugin}_`);
  const left = new Set(families.filter((name) => !shown.has(name) && !ofOnePlugin.some((prefix) => name.startsWith(prefix))));
  assert.deepEqual([...left].sort(), ['parley_plugin_call_seconds_max', 'parley_plugin_calls_running']);
});

test('a request that names no route sets off no alert', () => {
  const { groups } = parse(read('prometheus/parley.rules.yml'));
  const { expr } = groups.flatMap((group) => group.rules).find(({ alert }) => alert === 'ParleyRequestsFail');
  assert.ok(samples.get('parley_http_responses_total{route="other",status="5xx"}') > 0);
  assert.match(expr, /parley_http_responses_total\{[^}]*route!="other"/);
});

test('the alerts', () => {
  const { groups } = parse(read('prometheus/parley.rules.yml'));
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 5);
  for (const { alert, expr, labels, annotations } of rules) {
    assert.ok(alert && ['warning', 'critical'].includes(labels.severity) && annotations.summary, alert);
    if (!expr.startsWith('up{')) check(expr);
  }
  const { rule_files: files, scrape_configs: scrapes } = parse(read('prometheus/prometheus.yml'));
  assert.deepEqual(files, ['parley.rules.yml']);
  assert.equal(scrapes[0].job_name, 'parley');
});
