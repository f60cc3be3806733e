import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrainState } from '../../core/capacity/strain.ts';
import type { WorkerId } from '../../core/envelope.ts';
import type { Share } from '../../core/queue/balance.ts';
import { budgetFindings } from './budgets.ts';

const worker = (strain?: StrainState): Share => ({
  worker: 1 as WorkerId,
  node: 'mail1',
  paths: 3,
  ...(strain === undefined ? {} : { strain }),
});

test('doctor says which budget is nearly used up, what follows, and what makes room', () => {
  assert.deepEqual(budgetFindings([]), [], 'no server runs');
  assert.deepEqual(
    budgetFindings([worker(), worker({ level: 0, budget: 'memory', used: 0.2 })]).map(({ state }) => state),
    ['right'],
  );
  const [slow, full] = budgetFindings([
    worker({ level: 1, budget: 'connections', used: 0.82 }),
    worker({ level: 3, budget: 'storeLatency', used: 1.204 }),
  ]);
  assert.equal(slow?.state, 'note');
  assert.equal(slow?.fact, 'on mail1, 82 % of budget.connections is used: the backlog drains slowly');
  assert.equal(full?.state, 'wrong');
  assert.match(full?.fact ?? '', /120 % of budget.storeLatency is used: submissions are slowed/);
  assert.match(full?.remedy ?? '', /disk of the store/);
});
