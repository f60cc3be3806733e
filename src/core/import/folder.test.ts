import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import type { ImportFolderId, MailboxId } from '../envelope.ts';
import { pages } from './folder.ts';
import type { ImportedItem } from './port.ts';

const FOLDER = { id: 1 as ImportFolderId, name: 'INBOX', mailbox: 2 as MailboxId, uidValidity: 1 };

function some(random: ReturnType<typeof chance>, most: number): number[] {
  const share = random.float();
  return Array.from({ length: most }, (_, index) => index + 1).filter(() => random.float() < share);
}

test('what is known and what is there is set side by side, page by page, each UID once', async () => {
  const random = chance(20_180_312);
  for (let round = 0; round < 40; round++) {
    const most = random.pick([0, 3, 900, 5_000]);
    const [there, known] = [some(random, most), some(random, random.pick([most, most + 3_000]))];
    const items: ImportedItem[] = known.map((sourceUid) => ({ sourceUid, uid: sourceUid + 7, flags: '' }));
    const store = {
      importedItems: async ({ after, limit }: { after: number; limit: number }) =>
        items.filter(({ sourceUid }) => sourceUid > after).slice(0, limit),
    };
    const found = { fresh: [] as number[], known: [] as number[], gone: [] as number[] };
    let end = 0;
    for await (const page of pages({ store, folder: FOLDER }, there)) {
      const [first, last] = page.range;
      assert.equal(first, end + 1);
      end = last;
      const of = [page.fresh, [...page.known.keys()], page.gone.map(({ sourceUid }) => sourceUid)] as const;
      for (const uid of of.flat()) assert.ok(uid >= first && uid <= last);
      found.fresh.push(...of[0]);
      found.known.push(...of[1]);
      found.gone.push(...of[2]);
    }
    const [isThere, isKnown] = [new Set(there), new Set(known)];
    assert.deepEqual(found, {
      fresh: there.filter((uid) => !isKnown.has(uid)),
      known: known.filter((uid) => isThere.has(uid)),
      gone: known.filter((uid) => !isThere.has(uid)),
    });
  }
});
