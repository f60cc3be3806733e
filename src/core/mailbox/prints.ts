/**
 * Which messages a mailbox has, whatever their UIDs and flags: a message is known by its octets and its INTERNALDATE, as often
 * as it is there. Some two hundred octets of memory a message.
 */
import { createHash } from 'node:crypto';
import type { ItemPrint, MailboxRef, MailboxStore } from './port.ts';

/** Read of a mailbox at once. */
const PAGE = 1_000;

export type Print = Pick<ItemPrint, 'uid' | 'hash'> & { readonly key: string };

export function printKey({ internalAt, hash, prefix }: Omit<ItemPrint, 'uid'>): string {
  const digest = createHash('sha256').update(`${internalAt} `).update(hash).update(prefix);
  // Half of it tells them apart as well.
  return digest.digest().toString('latin1', 0, 16);
}

/** Pages of prints of a mailbox; `only`: of this UID, and none when it is not there. */
export async function* printPages(
  store: Pick<MailboxStore, 'itemPrints'>,
  { account, mailbox }: MailboxRef,
  only?: number,
): AsyncGenerator<Print[]> {
  for (let after = (only ?? 1) - 1; ; ) {
    const limit = only === undefined ? PAGE : 1;
    const prints = await store.itemPrints({ account, mailbox, after, limit });
    const last = prints.at(-1);
    if (last === undefined || (only !== undefined && last.uid !== only)) return;
    yield prints.map((print) => ({ uid: print.uid, hash: print.hash, key: printKey(print) }));
    if (only !== undefined) return;
    after = last.uid;
  }
}

/** The messages of a mailbox that nothing was found to be yet. */
export class Known {
  readonly #uids = new Map<string, number[]>();

  /** `isFree`: of those alone. */
  static async of(
    store: Pick<MailboxStore, 'itemPrints'>,
    target: MailboxRef | undefined,
    isFree: (uid: number) => boolean = () => true,
  ): Promise<Known> {
    const known = new Known();
    if (target === undefined) return known;
    for await (const page of printPages(store, target))
      for (const { uid, key } of page) {
        if (!isFree(uid)) continue;
        const uids = known.#uids.get(key);
        if (uids === undefined) known.#uids.set(key, [uid]);
        else uids.push(uid);
      }
    return known;
  }

  /** The UID of a message like that, which is not given again; undefined when there is none, or none left. */
  take(key: string): number | undefined {
    const uids = this.#uids.get(key);
    const uid = uids?.shift();
    if (uids?.length === 0) this.#uids.delete(key);
    return uid;
  }
}
