import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendEvent } from './event.ts';
import { Guard } from './guard.ts';
import { readDecided } from './log-data.ts';
import type { Term } from './signals.ts';
import { termText } from './words.ts';

test('the same text for the 4th, the 11th, the 21st, the 112th time', () => {
  const said = [4, 11, 12, 13, 21, 22, 23, 24, 112].map(
    (count) => /the (\w+) time/.exec(termText({ signal: 'same-body', weight: 1, count }))?.[1],
  );
  assert.deepEqual(said, ['4th', '11th', '12th', '13th', '21st', '22nd', '23rd', '24th', '112th']);
});

/** What is said of one message after the other, each from a network of its own. */
function networksOf(count: number, of: (index: number) => Partial<SendEvent>): (Term | undefined)[] {
  const guard = new Guard();
  return Array.from({ length: count }, (_, index) => {
    const event = {
      at: 1e12 + index * 1_000,
      account: 'ann@x.test',
      ip: `203.0.${index}.9`,
      to: ['ben@y.test'],
    };
    const { terms } = guard.decide({ ...event, ...of(index) });
    return terms.find(({ signal }) => signal === 'many-networks');
  });
}

test('networks are counted as far as they are remembered; past that there are so many or more', () => {
  const thief = networksOf(40, (index) => ({ to: [`victim${index}@y.test`] }));
  const exact = thief.filter((term) => term !== undefined && term.atLeast === undefined);
  assert.deepEqual(
    exact.map((term) => term?.count),
    exact.map((_, index) => index + 2),
    'each that is said without more is right',
  );
  const last = thief.at(-1) as Term;
  assert.deepEqual([last.atLeast, (last.count ?? 0) < 40], [true, true]);
  assert.match(termText(last), new RegExp(`^from ${last.count} or more new networks within the hour`));
  const moving = networksOf(30, () => ({})).at(-1) as Term;
  assert.deepEqual([moving.atLeast, (moving.count ?? 0) < 30], [true, true]);
});

test('recipients that are not all looked at are so many or more, and the record keeps that', () => {
  const to = Array.from({ length: 1_500 }, (_, index) => `x${index}@y${index}.test`);
  const { terms } = new Guard().decide({ at: 1e12, account: 'ann@x.test', to });
  const said = terms.map(termText).join('; ');
  assert.match(said, /to 1000 or more recipients that it never wrote to/);
  assert.match(said, /1000 or more strangers in one message/);
  const data = {
    t: 1,
    account: 'ann@x.test',
    terms: [
      ['many-networks', 5, 4, true],
      ['rate', 1, 30],
    ],
  };
  assert.deepEqual(
    readDecided(JSON.stringify(data))?.terms.map(({ count, atLeast }) => [count, atLeast]),
    [
      [4, true],
      [30, undefined],
    ],
  );
});
