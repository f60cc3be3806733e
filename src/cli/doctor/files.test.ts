import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaults } from '../load-config.ts';
import type { Finding } from './finding.ts';
import { filesFinding } from './process.ts';

function look(hard: number, connections?: number): Finding {
  const config = defaults();
  const budget = { ...config.budget, ...(connections === undefined ? {} : { connections }) };
  return filesFinding({ config: { ...config, budget } }, hard);
}

test('the limit of open files matters when it is low, or lower than what was asked for', () => {
  assert.equal(look(Number.POSITIVE_INFINITY).state, 'right');
  assert.equal(look(1_048_576).state, 'right');
  assert.deepEqual(look(20_000), {
    state: 'right',
    what: 'open files',
    fact: 'limit 20000, enough for about 19500 connections',
  });
  const asked = look(20_000, 30_000);
  assert.equal(asked.state, 'note');
  assert.match(asked.remedy ?? '', /raise it to 30500 \(LimitNOFILE=30500/);
  assert.equal(look(20_000, 10_000).state, 'right');
  assert.equal(look(1_024).state, 'wrong');
});
