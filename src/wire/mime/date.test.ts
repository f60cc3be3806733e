import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { formatDate } from './date.ts';

test('a date is written as RFC 5322 wants it', () => {
  const cases: readonly (readonly [number, string])[] = [
    [Date.UTC(2018, 2, 12, 9, 0, 0), 'Mon, 12 Mar 2018 09:00:00 +0000'],
    [Date.UTC(2018, 2, 12, 9, 0, 0) + 999, 'Mon, 12 Mar 2018 09:00:00 +0000'],
    [Date.UTC(2024, 1, 29, 23, 59, 59), 'Thu, 29 Feb 2024 23:59:59 +0000'],
    [Date.UTC(2025, 0, 1), 'Wed, 1 Jan 2025 00:00:00 +0000'],
    [0, 'Thu, 1 Jan 1970 00:00:00 +0000'],
    [-1, 'Wed, 31 Dec 1969 23:59:59 +0000'],
  ];
  for (const [ms, text] of cases) assert.equal(formatDate(ms), text);
});

test('every date is read back to its second', () => {
  const { next } = chance(11);
  for (let run = 0; run < 2_000; run++) {
    const ms = next(4_000_000_000) * 1000 + next(1000);
    assert.equal(Date.parse(formatDate(ms)), Math.floor(ms / 1000) * 1000);
  }
});
