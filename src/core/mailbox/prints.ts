/**
 * Which messages a mailbox has, whatever their UIDs and flags: a message is known by its octets and its INTERNALDATE, as often
 * as it is there. Memory: a hundred octets a message that is counted, some three hundred one that is known.
 */
import { createHash } from 'node:crypto';
import { type ContentStore, piecesOf } from './pieces.ts';
import type { ItemPrint, MailboxRef, MailboxStore, StoredItem } from './port.ts';

/** Read of a mailbox at once. */
const PAGE = 1_000;

export type Print = Pick<ItemPrint, 'uid' | 'hash'> & { readonly key: string };

function printKey({ internalAt, hash, prefix }: ItemPrint): string {
  const digest = createHash('sha256').update(`${internalAt} `).update(hash).update(prefix);
  // Half of it tells them apart as well.
  return digest.digest().toString('latin1', 0, 16);
}

/** Pages of prints of a mailbox; `only`: of this UID, and none when it is not there. */
export async function* printPages(
  store: Pick<MailboxStore, 'itemPrints'>,
  target: MailboxRef,
  only?: number,
): AsyncGenerator<Print[]> {
  for await (const page of pages(store, target, only))
    yield page.map((print) => ({ uid: print.uid, hash: print.hash, key: printKey(print) }));
}

async function* pages(
  store: Pick<MailboxStore, 'itemPrints'>,
  { account, mailbox }: MailboxRef,
  only?: number,
): AsyncGenerator<ItemPrint[]> {
  for (let after = (only ?? 1) - 1; ; ) {
    const limit = only === undefined ? PAGE : 1;
    const prints = await store.itemPrints({ account, mailbox, after, limit });
    const last = prints.at(-1);
    if (last === undefined || (only !== undefined && last.uid !== only)) return;
    yield prints;
    if (only !== undefined) return;
    after = last.uid;
  }
}

/** How often each message of a mailbox is there, less those that were taken. */
export class Counted {
  readonly #counts = new Map<string, number>();

  static async of(store: Pick<MailboxStore, 'itemPrints'>, target: MailboxRef | undefined): Promise<Counted> {
    const counted = new Counted();
    if (target === undefined) return counted;
    for await (const page of printPages(store, target))
      for (const { key } of page) counted.#counts.set(key, (counted.#counts.get(key) ?? 0) + 1);
    return counted;
  }

  /** False when there is none like that, or none left. */
  take(key: string): boolean {
    const left = this.#counts.get(key) ?? 0;
    if (left > 0) this.#counts.set(key, left - 1);
    return left > 0;
  }
}

export type KnownStore = Pick<MailboxStore, 'itemPrints' | 'items'> & ContentStore;

interface KnownItem {
  readonly uid: number;
  /** SHA-256 of all its octets; undefined while it is not reckoned. */
  digest: Uint8Array | undefined;
}

/**
 * The messages of a mailbox that nothing was found to be yet, for who has others from elsewhere: by their octets, trace
 * fields included, and their INTERNALDATE to the second, which is all that others keep of it.
 */
export class Known {
  readonly #store: KnownStore;
  readonly #target: MailboxRef | undefined;
  readonly #items = new Map<string, KnownItem[]>();

  private constructor(store: KnownStore, target: MailboxRef | undefined) {
    this.#store = store;
    this.#target = target;
  }

  /** `isFree`: of those alone. */
  static async of(
    store: KnownStore,
    target: MailboxRef | undefined,
    isFree: (uid: number) => boolean = () => true,
  ): Promise<Known> {
    const known = new Known(store, target);
    if (target === undefined) return known;
    for await (const page of pages(store, target))
      for (const print of page) if (isFree(print.uid)) known.#keep(print);
    return known;
  }

  #keep({ uid, internalAt, sizeBytes, prefix, hash }: ItemPrint): void {
    const key = keyOf({ internalAt, sizeBytes });
    const item = { uid, digest: prefix.length === 0 ? hash : undefined };
    const items = this.#items.get(key);
    if (items === undefined) this.#items.set(key, [item]);
    else items.push(item);
  }

  /** The UID of a message like that, which is not given again; undefined when there is none, or none left. */
  async take(message: {
    internalAt: number;
    sizeBytes: number;
    digest: Uint8Array;
  }): Promise<number | undefined> {
    const items = this.#items.get(keyOf(message)) ?? [];
    for (const [index, item] of items.entries()) {
      item.digest ??= await this.#digestOf(item.uid);
      if (Buffer.compare(item.digest, message.digest) !== 0) continue;
      items.splice(index, 1);
      return item.uid;
    }
    return undefined;
  }

  /** Of one that stands in the store with its trace fields beside it. */
  async #digestOf(uid: number): Promise<Uint8Array> {
    const target = this.#target as MailboxRef;
    const [item] = await this.#store.items({ ...target, uids: [[uid, uid]], limit: 1 });
    return item === undefined ? new Uint8Array() : digestOf(this.#store, item);
  }
}

/** SHA-256 of the octets of an item as they stand in the store. */
export async function digestOf(
  store: ContentStore,
  { prefix, content, message }: StoredItem,
): Promise<Uint8Array> {
  const digest = createHash('sha256').update(prefix);
  if (content !== undefined) digest.update(content);
  else for await (const piece of piecesOf(store, message)) digest.update(piece);
  return digest.digest();
}

function keyOf({ internalAt, sizeBytes }: { internalAt: number; sizeBytes: number }): string {
  return `${Math.floor(internalAt / 1000)} ${sizeBytes}`;
}
