/** What the guard learns from what people decide, and from what others say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendEvent } from './event.ts';
import { type Decision, Guard } from './guard.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5, 8);
const SHOP = 'shop@x.test';

function issue(day: number, about: Partial<SendEvent> = {}): SendEvent {
  return {
    at: START + day * DAY,
    account: SHOP,
    to: Array.from({ length: 900 }, (_, index) => `reader${day * 7 + index}`),
    ip: '198.51.100.4',
    country: 'FR',
    asn: 16_276,
    fingerprint: `issue ${day}`,
    ...about,
  };
}

const isKept = ({ outcome }: Decision): boolean => outcome === 'hold' || outcome === 'stop';

/** An account that wrote a few letters from its place. */
function guardOf(days: number): Guard {
  const guard = new Guard();
  for (let day = 0; day < days; day++)
    guard.decide(issue(day, { to: ['friend'], fingerprint: `letter ${day}` }));
  return guard;
}

test('the first issue of a newsletter is held; released, the next one passes, one by one or in one', () => {
  for (const list of [true, false]) {
    const guard = guardOf(10);
    const about = list ? { list } : {};
    const first = issue(10, about);
    assert.ok(isKept(guard.decide(first)), 'the first');
    guard.released(first, { recipients: 900 });
    assert.ok(!isKept(guard.decide(issue(11, about))), 'the next');
    for (const [index, reader] of issue(17).to.entries()) {
      const one = issue(17, { ...about, to: [reader], at: START + 17 * DAY + index * 50 });
      assert.ok(!isKept(guard.decide(one)), `reader ${index}, ${list ? 'as a list' : 'as letters'}`);
    }
  }
});

test('while a thief sends from elsewhere, a release of what its owner sent from home lets nothing more of it out', () => {
  const guard = guardOf(10);
  const left = (from: number, to: number): number =>
    Array.from({ length: to - from }, (_, index) => {
      const at = START + 10 * DAY + (from + index) * 60_000;
      const place = { ip: '203.0.113.9', country: 'BR', asn: 64_500, fingerprint: `spam ${from + index}` };
      return guard.decide(issue(10, { ...place, to: [`victim${from + index}`], at }));
    }).filter((decision) => !isKept(decision)).length;
  assert.ok(left(0, 8) < 8);
  const mailing = issue(10, { at: START + 10 * DAY + 8.5 * 60_000 });
  guard.decide(mailing);
  guard.released(mailing, { recipients: 900 });
  assert.equal(left(9, 40), 0);
  guard.forgive(SHOP);
  assert.ok(!isKept(guard.decide(issue(11))), 'once it may send again its next mailing passes');
});

test('what was released from one place does not excuse a thief from another', () => {
  const guard = guardOf(10);
  guard.decide(issue(10, { list: true }));
  guard.released(issue(10, { list: true }), { recipients: 900 });
  let left = 0;
  for (let index = 0; index < 60; index++) {
    const from = { ip: `203.0.${index}.1`, country: 'BR', asn: index };
    const to = [`victim${index}`];
    const at = START + 12 * DAY + index * 1_000;
    if (!isKept(guard.decide(issue(12, { ...from, to, at, list: true, fingerprint: 'spam' })))) left++;
  }
  assert.ok(left <= 8, `${left} left`);
});

test('a list whose readers are not there is none', () => {
  const guard = guardOf(10);
  guard.released(issue(10, { list: true }), { recipients: 10 });
  const send = (index: number): Decision =>
    guard.decide(issue(11, { list: true, to: [`bought${index}`], at: START + 11 * DAY + index * 1_000 }));
  let held = 0;
  for (let index = 0; index < 400; index++) {
    if (isKept(send(index))) held++;
    guard.note('unknown-recipient', { account: SHOP, at: START + 11 * DAY + index * 1_000, count: 1 });
  }
  assert.ok(held > 200, `${held} held`);
});

test('recipients that do not exist, refusals and guessed passwords each weigh, and fade', () => {
  const about = { account: SHOP, at: START + 10 * DAY };
  const stranger = (at: number): SendEvent => issue(0, { at, to: [`s${at}`], ip: '203.0.113.9' });
  const weights = (note: Parameters<Guard['note']>[0], count: number, later: number): number[] => {
    const guard = guardOf(10);
    guard.note(note, { ...about, count });
    const signal = { 'unknown-recipient': 'unknown-users', refused: 'refused', login: 'login-trouble' }[note];
    const { terms } = guard.decide(stranger(about.at + later));
    return terms.filter((term) => term.signal === signal).map(({ weight }) => weight);
  };
  for (const [note, few, many] of [
    ['unknown-recipient', 2, 20],
    ['refused', 1, 10],
    ['login', 0, 8],
  ] as const) {
    assert.deepEqual(weights(note, few, 1_000), [], `${note}: a few are nothing`);
    const [weight = 0] = weights(note, many, 1_000);
    assert.ok(weight > 1 && weight <= 2.5, `${note}: ${weight}`);
    assert.deepEqual(weights(note, many, 10 * DAY), [], `${note}: long ago`);
  }
});

test('forgiven, an account that was stopped sends again, and is stopped again for the same', () => {
  const guard = guardOf(10);
  const spam = (index: number): Decision => {
    const to = [`victim${index}`];
    const at = START + 12 * DAY + index * 1_000;
    return guard.decide(
      issue(12, { to, at, ip: `203.0.${index}.1`, country: 'BR', asn: index, fingerprint: 'spam' }),
    );
  };
  for (let index = 0; index < 40; index++) spam(index);
  const letter = (): Decision =>
    guard.decide(issue(12, { to: ['friend'], at: START + 13 * DAY, fingerprint: 'letter' }));
  assert.equal(letter().outcome, 'stop');
  guard.forgive(SHOP);
  assert.equal(letter().outcome, 'pass');
  const again = Array.from({ length: 40 }, (_, index) => spam(100 + index));
  assert.ok(again.filter((decision) => !isKept(decision)).length <= 8);
});

test('what is saved and put back decides alike', () => {
  const guard = guardOf(20);
  const other = new Guard();
  assert.ok(other.restore(SHOP, guard.save(SHOP) as Uint8Array));
  other.restoreShared(JSON.parse(JSON.stringify(guard.saveShared())));
  const event = issue(21, { to: ['a', 'b', 'friend'], ip: '203.0.113.9' });
  assert.deepEqual(other.decide(event), guard.decide(event));
  assert.equal(other.restore(SHOP, new Uint8Array(3)), false);
  assert.equal(other.save('nobody'), undefined);
});

test('of released letters as many recipients again are twice as many, however many are in each', () => {
  for (const each of [10, 150]) {
    const guard = guardOf(20);
    const first = issue(20, { to: Array.from({ length: 300 }, (_, index) => `reader${index}`) });
    guard.decide(first);
    guard.released(first, { recipients: 300 });
    let reached = 0;
    for (let from = 0; from < 6_000; from += each) {
      const to = Array.from({ length: each }, (_, index) => `stranger${from + index}@far.test`);
      const at = START + 21 * DAY + from * 100;
      if (!isKept(guard.decide(issue(21, { to, at, fingerprint: 'one text' })))) reached += to.length;
    }
    assert.ok(reached >= 600 && reached < 2_100, `${reached} by ${each}`);
  }
});

test('readers of a list that nobody has released grow by the week, not by the day', () => {
  const guard = guardOf(20);
  const reached = [1, 1, 1, 100, 400, 1_600, 6_400].map((readers, day) => {
    let left = 0;
    for (let index = 0; index < readers; index++) {
      const at = START + (20 + day) * DAY + index * 1_000;
      const about = { at, list: true, to: [`s${day}.${index}@far.test`], fingerprint: 'one text' };
      if (!isKept(guard.decide(issue(20 + day, about)))) left++;
    }
    return left;
  });
  assert.ok(reached.reduce((sum, left) => sum + left) < 400, `${reached}`);
});

test('where no operators are known, a released newsletter comes from whatever network its service has that day', () => {
  const guard = guardOf(20);
  const letter = (day: number, about: Partial<SendEvent>): SendEvent => ({
    ...issue(day, { list: true, linkDomains: ['shop.test'], ip: `203.0.${day}.9`, ...about }),
    asn: undefined,
    country: undefined,
  });
  const first = letter(20, {});
  guard.decide(first);
  guard.released(first, { recipients: 900 });
  const ofReaders = (day: number, about: Partial<SendEvent>): boolean =>
    guard.decide(letter(day, about)).terms.some(({ signal }) => signal === 'new-recipients');
  assert.equal(ofReaders(27, {}), false, 'links to where it always did');
  assert.equal(ofReaders(34, { linkDomains: ['pills.test'] }), true, 'links to elsewhere');
});
