import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig, parseConfig } from './parse.ts';
import { configReference, configReferencePage } from './reference.ts';
import { LISTS, ROOT, TABLES } from './options.ts';

test('the reference as it stands gives the defaults', () => {
  assert.deepEqual(parseConfig(configReference()), { config: defaultConfig() });
});

test('the reference with every option uncommented gives the defaults', () => {
  const uncommented = configReference().replaceAll(/^#(?=\S)/gm, '');
  assert.notEqual(uncommented, configReference());
  assert.deepEqual(parseConfig(uncommented), { config: defaultConfig() });
});

test('the examples of the reference are right', () => {
  const examples = configReference()
    .split('\n')
    .filter((line) => line.startsWith('#     '))
    .map((line) => line.slice(1));
  const result = parseConfig(examples.join('\n'));
  assert.ok('config' in result, JSON.stringify(result));
  assert.equal(result.config.route.length + result.config.egress.length, 2);
});

test('every option is in the reference, with its documentation', () => {
  const page = configReferencePage().replaceAll(/\n# /g, ' ');
  const tables = [...Object.values(TABLES), ...Object.values(LISTS)].map(({ options }) => options);
  for (const [name, { doc }] of [ROOT, ...tables].flatMap((options) => Object.entries(options))) {
    assert.ok(page.includes(doc), `the documentation of ${name} is missing`);
    assert.match(doc, /[.?)]$/, `the documentation of ${name} is not a sentence`);
  }
});

test('the reference tells the built-in listener from what a written one is by default', () => {
  const reference = configReference().replaceAll(/\n# /g, ' ');
  assert.match(reference, /A written \[\[listen\]\] that does not say: "starttls"\.\n#tls = "none"/);
  assert.match(reference, /Must be written in each \[\[listen\]\]\.\n#kind = "mx"/);
});
