import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import type { MessageId } from '../envelope.ts';
import { firstFrom, type ItemState, pack, toColumns, unpack, withChanges } from './snapshot.ts';

const LUCK = chance(5);

function someItems(count: number): ItemState[] {
  let uid = 0;
  return Array.from({ length: count }, () => {
    uid += 1 + (LUCK.next(10) === 0 ? LUCK.next(1_000_000) : 0);
    return {
      uid,
      modseq: LUCK.next(10) === 0 ? LUCK.next(2 ** 52) : uid,
      flags: LUCK.next(10) === 0 ? LUCK.next(2 ** 53) : LUCK.next(32),
      internalAt: (LUCK.next(2_000_000_000) - 1000) * 1000,
      sizeBytes: LUCK.next(LUCK.next(20) === 0 ? 2 ** 33 : 100_000),
      message: LUCK.next(2 ** 52) as MessageId,
    };
  });
}

test('columns come back from their octets as they were', () => {
  for (const count of [0, 1, 2, 1000]) {
    const columns = toColumns(someItems(count));
    assert.deepEqual(unpack(pack(columns)), columns);
  }
});

test('a usual mailbox takes ten octets an item at most', () => {
  const items = Array.from({ length: 5000 }, (_, index) => ({
    uid: index + 1,
    modseq: index + 2,
    flags: 8,
    internalAt: 1_520_841_600_000 + index * 3_600_000,
    sizeBytes: 2_000 + LUCK.next(60_000),
    message: (index * 3 + 7) as MessageId,
  }));
  assert.ok(pack(toColumns(items)).length <= 10 * items.length);
});

test('octets of another version are not read', () => {
  assert.equal(unpack(Uint8Array.of(1, 0)), undefined);
});

test('changes are what they are said to be, whatever was there', () => {
  for (let round = 0; round < 50; round++) {
    const items = someItems(40);
    const [base, later] = [items.filter(() => LUCK.next(2) === 0), items.filter(() => LUCK.next(2) === 0)];
    const changed = later.map((item) => ({ ...item, flags: LUCK.next(32) }));
    const vanished = base.filter(({ uid }) => LUCK.next(4) === 0 && !changed.some((one) => one.uid === uid));
    const expected = new Map(base.map((item) => [item.uid, item]));
    for (const item of changed) expected.set(item.uid, item);
    for (const { uid } of vanished) expected.delete(uid);
    const sorted = [...expected.values()].sort((a, b) => a.uid - b.uid);
    const gone = vanished.map(({ uid }) => uid);
    const before = toColumns(base);
    assert.deepEqual(withChanges(before, { items: changed, vanished: gone }), toColumns(sorted));
    assert.deepEqual(before, toColumns(base), 'what was given stays as it is');
  }
});

test('an item is found by its UID', () => {
  const columns = toColumns(someItems(100));
  columns.uids.forEach((uid, index) => {
    assert.equal(firstFrom(columns, uid), index);
  });
  assert.equal(firstFrom(columns, 2 ** 32 - 1), 100);
});
