import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerNamed } from './providers.ts';
import { endOfDay, formatDay, parseDay, utcDay } from '../../base/calendar.ts';
import {
  allowanceOf,
  chunkOf,
  OTHERS,
  PROVIDER_ALLOWANCES,
  standingOf,
  WARM_UP_DAYS,
  warmUpStep,
} from './warm-up.ts';

test('an allowance starts small, never more than doubles, and ends after about four weeks', () => {
  assert.ok(WARM_UP_DAYS >= 21 && WARM_UP_DAYS <= 35);
  assert.ok((PROVIDER_ALLOWANCES[0] as number) <= 100);
  PROVIDER_ALLOWANCES.forEach((allowance, index) => {
    const before = PROVIDER_ALLOWANCES[index - 1] ?? allowance / 2;
    assert.ok(allowance > before && allowance <= before * 2, `day ${index + 1}`);
    assert.ok((allowanceOf(OTHERS, index + 1) as number) > allowance);
  });
  assert.equal(allowanceOf('yahoo', WARM_UP_DAYS + 1), undefined);
  assert.equal(providerNamed(OTHERS), undefined, 'no provider has the name of all others');
});

test('a day counts unless it was refused; before the beginning it is the first', () => {
  const step = (day: number, refusedDays = 0): number => warmUpStep({ day, since: 100 }, { refusedDays });
  assert.deepEqual([step(100), step(101), step(102, 1), step(103, 1)], [1, 2, 2, 3]);
  assert.deepEqual([step(90), step(101, 5)], [1, 1]);
});

test('what a worker takes at a time is a small part of the day, and at least what it needs', () => {
  assert.deepEqual(
    [chunkOf(50, 1), chunkOf(1_000, 1), chunkOf(200_000, 1), chunkOf(50, 30)],
    [1, 10, 100, 30],
  );
});

test('a day is one of UTC, and only a date that exists', () => {
  const day = parseDay('2026-11-24') as number;
  assert.equal(formatDay(day), '2026-11-24');
  assert.equal(utcDay(Date.UTC(2026, 10, 24, 23, 59, 59, 999)), day);
  assert.equal(endOfDay(day), Date.UTC(2026, 10, 25));
  for (const text of ['2026-02-30', '2026-13-01', '24.11.2026', '2026-11-24T00:00', 'soon', ''])
    assert.equal(parseDay(text), undefined, text);
});

test('where it stands is told until it is over', () => {
  const stream = { egress: 'a', provider: 'yahoo' };
  const count = { taken: 120, refusedDays: 1 };
  assert.deepEqual(standingOf(stream, { day: 103, since: 100 }, count), {
    ...stream,
    ...count,
    day: 3,
    days: WARM_UP_DAYS,
    allowance: 200,
  });
  assert.equal(standingOf(stream, { day: 100 + WARM_UP_DAYS + 1, since: 100 }, count), undefined);
});
