/** A text of which a copy is held does not pass to anybody while its account is doubted; the owner's other mail goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendEvent } from './event.ts';
import { type Decision, Guard } from './guard.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 8);
const ANN = 'ann@x.test';

const isKept = ({ outcome }: Decision): boolean => outcome === 'hold' || outcome === 'stop';

/** To one of five friends, from home, with a text of its own. */
function letter(at: number, about: Partial<SendEvent> = {}): SendEvent {
  const where = { ip: '192.0.2.7', country: 'FR', asn: 12_322 };
  const to = [`friend${Math.floor(at / MINUTE) % 5}`];
  return { at, account: ANN, to, ...where, fingerprint: `${at}`, ...about };
}

const AWAY = { ip: '203.0.113.9', country: 'BR', asn: 64_500 };

/** An account of a month, whose friends get one text, each often two times in a row, until a copy is held: when that was. */
function spammed(place: Partial<SendEvent>): { guard: Guard; at: number; spam: Partial<SendEvent> } {
  const guard = new Guard();
  for (let day = 0; day < 30; day++) guard.decide(letter(START + day * DAY + day * MINUTE));
  const spam = { ...place, fingerprint: 'template' };
  for (let at = START + 30 * DAY; at < START + 31 * DAY; at += MINUTE)
    if (isKept(guard.decide(letter(at, spam)))) return { guard, at, spam };
  throw new Error('nothing was held');
}

for (const [name, place] of [
  ['from home', {}],
  ['from elsewhere', AWAY],
] as const)
  test(`${name}: once a copy is held the others are, also the second in a row to one friend; other letters pass`, () => {
    const { guard, at, spam } = spammed(place);
    for (let index = 1; index < 40; index++) {
      const to = [`friend${index >> 3}`];
      assert.ok(isKept(guard.decide(letter(at + index * MINUTE, { ...spam, to }))), `copy ${index}`);
      if (index % 10 === 0) assert.ok(!isKept(guard.decide(letter(at + index * MINUTE + 1))), 'another');
    }
  });

test('released, or its account unlocked, it passes to friends again', () => {
  for (const decision of ['released', 'unlocked'] as const) {
    const { guard, at, spam } = spammed({});
    const next = letter(at + MINUTE, spam);
    if (decision === 'released') guard.released(next, { recipients: 1 });
    else guard.forgive(ANN);
    guard.heed(decision, { account: ANN, texts: ['template'] });
    assert.ok(!isKept(guard.decide({ ...next, at: at + 2 * MINUTE })), decision);
  }
});

test('where a held text comes from is not taken for the owner’s place a day later', () => {
  const { guard, at, spam } = spammed(AWAY);
  let left = 0;
  for (let index = 1; index < 60; index++)
    if (!isKept(guard.decide(letter(at + index * 60 * MINUTE, spam)))) left++;
  assert.equal(left, 0);
});
