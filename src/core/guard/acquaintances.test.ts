import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acquaintances } from './acquaintances.ts';
import type { SendEvent } from './event.ts';
import { Guard } from './guard.ts';
import { hashOf } from './hash.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5, 8);

test('who was added is known, over many others, and hardly anybody else', () => {
  const all = new Acquaintances();
  for (let index = 0; index < 600_000; index++) all.add(hashOf(`r${index}@far.example`));
  for (let index = 400_000; index < 600_000; index += 997)
    assert.ok(all.has(hashOf(`r${index}@far.example`)));
  let wrong = 0;
  for (let index = 0; index < 10_000; index++) if (all.has(hashOf(`nobody${index}@far.example`))) wrong++;
  assert.ok(wrong < 600, `${wrong} of 10000`);
});

/** Old hands who write to the same sixty people of a project, for a month. */
function project(): Guard {
  const guard = new Guard();
  for (let day = 0; day < 30; day++)
    for (let person = 0; person < 6; person++) {
      const to = Array.from(
        { length: 10 },
        (_, index) => `member${(person * 10 + index + (day % 2) * 10) % 60}@project.example`,
      );
      guard.decide(event(`old${person}@here.test`, START + day * DAY + person * 60_000, to));
    }
  return guard;
}

function event(account: string, at: number, to: readonly string[]): SendEvent {
  return { at, account, to, ip: '192.0.2.7', country: 'FR', asn: 12_322, fingerprint: `${account} ${at}` };
}

/** How many of eight letters to sixty people each leave an account that nobody knew, one an hour. */
function letters(guard: Guard, nameOf: (index: number) => string): number {
  let left = 0;
  for (let day = 0; day < 8; day++) {
    const to = Array.from({ length: 60 }, (_, index) => nameOf(index + day * 60));
    const { outcome } = guard.decide(event('new@here.test', START + 31 * DAY + day * 3_600_000, to));
    if (outcome === 'pass' || outcome === 'pool') left++;
  }
  return left;
}

test('somebody new writes to those whom the others here write to; a list that nobody knows is held', () => {
  assert.equal(
    letters(project(), (index) => `member${index % 60}@project.example`),
    8,
  );
  const bought = letters(project(), (index) => `bought${index}.${index % 7}@far.example`);
  assert.ok(bought <= 3, `${bought} of 8 to strangers`);
});

test('one message makes nobody known', () => {
  const guard = project();
  for (let from = 0; from < 480; from += 8) {
    const to = Array.from({ length: 8 }, (_, index) => `once${from + index}@far.example`);
    guard.decide(event(`old${from % 6}@here.test`, START + 30 * DAY + from * 60_000, to));
  }
  const left = letters(guard, (index) => `once${index}@far.example`);
  assert.ok(left <= 3, `${left} of 8`);
});
