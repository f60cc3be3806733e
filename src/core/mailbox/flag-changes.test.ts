import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { combined, FlagTally, foresee, type KeptChange, withKept } from './flag-changes.ts';
import { changed, DELETED, SEEN } from './flags.ts';
import { toColumns } from './snapshot.ts';
import type { MessageId } from '../envelope.ts';

const UIDS = 40;
/** A keyword that is past the 32 bits of `&`. */
const HIGH = 2 ** 40;

test('changes are for each item what they come to one after the other', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const luck = chance(seed);
    const changes: KeptChange[] = [];
    for (let modseq = 2; modseq < 2 + luck.next(12); modseq++) {
      const first = 1 + luck.next(UIDS);
      const change = luck.pick(['add', 'remove', 'replace'] as const);
      changes.push({
        modseq,
        first,
        last: first + luck.next(10),
        change,
        bits: luck.pick([SEEN, HIGH, HIGH + 1]),
      });
    }
    const together = combined(changes);
    for (let uid = 1; uid <= UIDS; uid++) {
      const item = { uid, flags: luck.pick([0, SEEN, HIGH]), modseq: 1 };
      const mine = changes.filter(({ first, last }) => first <= uid && last >= uid);
      const flags = mine.reduce((flags, { change, bits }) => changed(flags, change, bits), item.flags);
      const expected = { uid, flags, modseq: mine.at(-1)?.modseq ?? 1 };
      assert.deepEqual(withKept(item, together), expected);
      const [one, ...others] = together.filter(({ first, last }) => first <= uid && last >= uid);
      assert.deepEqual(others, []);
      const cleared = changed(item.flags, 'remove', one?.cleared ?? 0);
      assert.deepEqual(
        { uid, flags: changed(cleared, 'add', one?.added ?? 0), modseq: one?.modseq ?? 1 },
        expected,
      );
    }
  }
});

test('an item whose row has a change already does not get it again', () => {
  const changes = combined([{ modseq: 7, first: 1, last: 9, change: 'replace', bits: 0 }]);
  const item = { uid: 4, flags: SEEN, modseq: 7 };
  assert.equal(withKept(item, changes), item);
  assert.equal(withKept({ ...item, modseq: 6 }, changes).flags, 0);
});

test('what will be changed is foreseen, with its counters', () => {
  const state = (uid: number, flags: number, modseq: number) => ({
    ...{ uid, flags, modseq },
    ...{ internalAt: 0, sizeBytes: 1, message: uid as MessageId },
  });
  const columns = toColumns([
    state(1, 0, 1),
    state(3, DELETED, 1),
    state(4, SEEN, 2),
    state(8, 0, 5),
    state(9, 0, 2),
  ]);
  const mailbox = { keywords: ['$Junk'] };
  const wish = { change: 'add', flags: { system: SEEN, keywords: ['$Work'] }, unchangedSince: 4 } as const;
  const added = foresee({ mailbox, columns }, { ...wish, uids: [[1, 8]] });
  assert.deepEqual(added?.there, { keywords: ['$Junk', '$Work'], bits: SEEN + 64 });
  const tally = added?.tally;
  assert.deepEqual([tally?.changed, tally?.same, tally?.failed], [[[1, 4]], [], [8]]);
  assert.deepEqual([tally?.changedItems, tally?.unseen, tally?.deleted], [3, -2, 0]);
  const replaced = foresee({ mailbox, columns }, { ...wish, change: 'replace', uids: [[3, 3]] });
  assert.equal(replaced?.tally.deleted, -1);
  const taken = foresee({ mailbox, columns }, { ...wish, change: 'remove', uids: [[1, 9]] });
  assert.deepEqual(taken?.there.keywords, ['$Junk']);
  assert.deepEqual(
    [taken?.tally.changed, taken?.tally.same],
    [
      [[4, 4]],
      [
        [1, 3],
        [9, 9],
      ],
    ],
  );
});

test('a run ends where something else came between', () => {
  const tally = new FlagTally({ change: 'add', unchangedSince: 5 }, SEEN);
  for (const [uid, flags, modseq] of [
    [1, 0, 1],
    [2, 0, 9],
    [3, 0, 1],
    [4, SEEN, 1],
  ] as const)
    tally.add(uid, flags, modseq);
  tally.nextRange();
  tally.add(9, SEEN, 1);
  assert.deepEqual(
    [tally.changed, tally.same, tally.failed],
    [
      [
        [1, 1],
        [3, 3],
      ],
      [
        [4, 4],
        [9, 9],
      ],
      [2],
    ],
  );
});
