// SPDX-License-Identifier: Apache-2.0
/// What /metrics says, held to the text format of Prometheus.
import assert from 'node:assert/strict';

/// Every sample: `name{labels}` to its value; each of a family that has HELP and TYPE. `types`: of the families.
export async function readMetrics(chat, headers = {}) {
  const answer = await chat.rest.get('/metrics', headers);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const samples = new Map();
  const types = new Map();
  for (const line of answer.text.trimEnd().split('\n')) {
    const type = line.match(/^# TYPE (\S+) (counter|gauge|histogram)$/);
    if (type) types.set(type[1], type[2]);
    if (line.startsWith('#')) continue;
    const [, name, labels, value] = line.match(/^([a-z_]+)(\{.*\})? (\S+)$/);
    assert.ok(types.has(name) || types.get(name.replace(/_(bucket|sum|count)$/, '')) === 'histogram', line);
    assert.ok(!Number.isNaN(Number(value)), line);
    assert.ok(!samples.has(name + (labels ?? '')), `twice: ${line}`);
    samples.set(name + (labels ?? ''), Number(value));
  }
  for (const [name, type] of types) assert.equal(type === 'counter', name.endsWith('_total'), name);
  return Object.assign(samples, { types });
}
