import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendEvent } from './event.ts';
import { Guard } from './guard.ts';
import type { GuardOutcome } from './port.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5, 8);
const PEOPLE = 300;
/** When everybody has a past. */
const LATER = START + 10 * DAY;

function friendOf(person: number, friend: number): string {
  return `friend${friend}@of${person}.example`;
}

/** Everybody from a place of their own. */
function letter(person: number, at: number, about: Partial<SendEvent>): SendEvent {
  const place = { ip: `10.${person >> 8}.${person & 255}.7`, country: 'FR', asn: 5_000 + person };
  return { at, account: `p${person}@d${person % 40}.test`, ...place, to: [], ...about };
}

/** Ten days in which everybody writes to four friends. */
function everyday(): Guard {
  const guard = new Guard();
  for (let day = 0; day < 10; day++)
    for (let person = 0; person < PEOPLE; person++)
      guard.decide(
        letter(person, START + day * DAY + person * 1_000, {
          to: [friendOf(person, day % 4)],
          fingerprint: `${person} ${day}`,
        }),
      );
  return guard;
}

function leaves(outcome: GuardOutcome): boolean {
  return outcome === 'pass' || outcome === 'pool';
}

/** How many leave of one text that everybody sends, each a copy every two hours, in a round and the next. */
function sentRound(guard: Guard, about: (person: number, copy: number) => Partial<SendEvent>): number {
  let left = 0;
  for (let copy = 0; copy < 5; copy++)
    for (let person = 0; person < PEOPLE; person++) {
      const at = LATER + copy * 2 * HOUR + person * 1_000;
      const event = letter(person, at, { fingerprint: 'one text', ...about(person, copy) });
      if (leaves(guard.decide(event).outcome)) left++;
    }
  return left;
}

test('a new text that comes from everywhere to everybody is a campaign, friends or not', () => {
  const half = sentRound(everyday(), (person, copy) => ({
    to: [copy % 2 === 0 ? friendOf(person, 1) : `stranger${copy}@far${person}.example`],
  }));
  assert.ok(half <= 40, `${half} of 1500, every second to a friend`);
  const friends = sentRound(everyday(), (person, copy) => ({ to: [friendOf(person, copy % 4)] }));
  assert.ok(friends <= 40, `${friends} of 1500, all to friends`);
});

test('what all send from one place, or to one reader, is none', () => {
  const site = { ip: '192.0.2.80', country: 'FR', asn: 16_276 };
  const guard = everyday();
  for (let day = 0; day < 3; day++)
    for (let person = 0; person < PEOPLE; person++)
      guard.decide(
        letter(person, LATER - 3 * DAY + day * DAY + person, {
          ...site,
          to: [friendOf(person, 0)],
          fingerprint: `s ${person} ${day}`,
        }),
      );
  const sites = sentRound(guard, (person) => ({ ...site, to: [friendOf(person, 0)] }));
  assert.equal(sites, 5 * PEOPLE, 'the sites of one host tell their owners of an update');
  const school = everyday();
  for (let person = 0; person < PEOPLE; person++)
    school.decide(letter(person, LATER - DAY, { to: ['school@city.example'], fingerprint: `s ${person}` }));
  assert.equal(
    sentRound(school, () => ({ to: ['school@city.example'] })),
    5 * PEOPLE,
  );
});

test('a text that was there before, or that nobody can say was not, is none', () => {
  const known = everyday();
  known.decide(letter(1, LATER - 3 * DAY, { to: [friendOf(1, 1)], fingerprint: 'one text' }));
  assert.equal(
    sentRound(known, (person) => ({ to: [friendOf(person, 1)] })),
    5 * PEOPLE,
  );
  const young = new Guard();
  for (let person = 0; person < PEOPLE; person++)
    young.decide(letter(person, LATER - DAY, { to: [friendOf(person, 1)], fingerprint: `${person}` }));
  assert.equal(
    sentRound(young, (person) => ({ to: [friendOf(person, 1)] })),
    5 * PEOPLE,
  );
});

test('one release of such a text is enough for all', () => {
  const guard = everyday();
  const toFriends = (person: number): Partial<SendEvent> => ({ to: [friendOf(person, 1)] });
  assert.ok(sentRound(guard, toFriends) < PEOPLE);
  guard.released(letter(299, LATER + DAY, { ...toFriends(299), fingerprint: 'one text' }), { recipients: 1 });
  let left = 0;
  for (let person = 0; person < PEOPLE; person++)
    if (
      leaves(
        guard.decide(letter(person, LATER + DAY + person, { ...toFriends(person), fingerprint: 'one text' }))
          .outcome,
      )
    )
      left++;
  assert.equal(left, PEOPLE);
});

test('who sends a text to a friend first is no witness for those who send it to strangers', () => {
  const guard = everyday();
  for (let person = 0; person < 30; person++)
    guard.decide(
      letter(person, LATER - 3 * DAY + person, { to: [friendOf(person, 1)], fingerprint: 'one text' }),
    );
  let left = 0;
  for (let person = 100; person < 200; person++) {
    const to = [`stranger@far${person}.example`];
    if (leaves(guard.decide(letter(person, LATER + person * HOUR, { to, fingerprint: 'one text' })).outcome))
      left++;
  }
  assert.ok(left <= 25, `${left} of 100`);
});

test('what is known of all is the same after it was saved', () => {
  const guard = everyday();
  const [again, saved] = [new Guard(), guard.saveAcquaintances()];
  again.restoreShared(JSON.parse(JSON.stringify(guard.saveShared())));
  assert.ok(
    saved !== undefined && guard.saveAcquaintances() === undefined,
    'saved when there is something new',
  );
  again.restoreAcquaintances(saved);
  for (let person = 0; person < PEOPLE; person++) {
    const account = `p${person}@d${person % 40}.test`;
    again.restore(account, guard.save(account) as Uint8Array);
  }
  const toFriends = (person: number, copy: number): Partial<SendEvent> => ({
    to: [friendOf(person, copy % 4)],
  });
  assert.equal(sentRound(again, toFriends), sentRound(guard, toFriends));
});

test('what may have been forgotten is not new', () => {
  const guard = everyday();
  for (let index = 0; index < 120_000; index++)
    guard.decide(
      letter(index % PEOPLE, LATER - HOUR + index, {
        to: [friendOf(index % PEOPLE, 1)],
        fingerprint: `other ${index}`,
      }),
    );
  assert.equal(
    sentRound(guard, (person) => ({ to: [friendOf(person, 1)] })),
    5 * PEOPLE,
  );
});
