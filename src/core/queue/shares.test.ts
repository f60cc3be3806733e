import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aWork } from '../../../test/fake-path.ts';
import { type Kind, Shares } from './shares.ts';

/** How often each kind had its turn, of so many. */
function turns(shares: Shares, count: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const kind = shares.take(1)?.kind;
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function filled(kinds: readonly Kind[], count = 2_000): Shares {
  const shares = new Shares({ liveShare: 0.3, lanes: 3 });
  for (const kind of kinds) for (let n = 0; n < count; n++) shares.push(kind, aWork());
  return shares;
}

test('live mail has its share beside a backlog, and the backlog the rest', () => {
  const counts = turns(filled(['live', 'backlog']), 1_000);
  assert.ok((counts['live'] ?? 0) >= 300 && (counts['live'] ?? 0) <= 400, JSON.stringify(counts));
});

test('what one leaves the others get', () => {
  const shares = filled(['backlog'], 100);
  for (let n = 0; n < 1_000; n++) shares.push('live', aWork());
  assert.deepEqual(turns(shares, 1_100), { live: 1_000, backlog: 100 });
});

test('a slower lane has less than a faster one, and none delays what never failed', () => {
  const counts = turns(filled(['live', 'backlog', 1, 2, 3]), 1_000);
  const [one, two, three] = [counts['1'] ?? 0, counts['2'] ?? 0, counts['3'] ?? 0];
  assert.ok(one > two && two > three && three > 0, JSON.stringify(counts));
  assert.ok(one + two + three < 200, JSON.stringify(counts));
});

test('who comes back after a pause has saved nothing up', () => {
  const shares = filled(['backlog']);
  turns(shares, 1_000);
  for (let n = 0; n < 1_000; n++) shares.push('live', aWork());
  const counts = turns(shares, 100);
  assert.ok((counts['live'] ?? 0) <= 45, JSON.stringify(counts));
});

test('what live mail took while nothing else might be taken costs it nothing later', () => {
  const shares = filled(['live', 'backlog'], 3_000);
  for (let n = 0; n < 1_000; n++) assert.equal(shares.take(1, 'live')?.kind, 'live');
  const counts = turns(shares, 100);
  assert.ok((counts['live'] ?? 0) >= 30, JSON.stringify(counts));
});

test('where only live mail may be taken and there is none, nothing is', () => {
  assert.equal(filled(['backlog', 1], 5).take(1, 'live'), undefined);
});
