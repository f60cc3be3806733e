/**
 * The INBOX as it was when its owner logged in (RFC 1939 section 5): numbers and sizes stay for the session, however others
 * change it. It is not locked: who deletes what another has deleted deletes nothing.
 */
import { SEEN } from '../../core/mailbox/flags.ts';
import type { MailboxRef } from '../../core/mailbox/port.ts';
import { toRanges, type UidRange } from '../../core/mailbox/uid-ranges.ts';
import type { AccountId } from '../../core/envelope.ts';
import { MessageReader } from '../message-reader.ts';
import type { Pop3Context } from './context.ts';

/** Messages deleted in one transaction. */
const BATCH = 1_000;

export class Maildrop {
  /** Of all, also of those that are deleted. */
  readonly count: number;
  readonly #context: Pop3Context;
  readonly #ref: MailboxRef;
  readonly #uidValidity: number;
  readonly #uids: Uint32Array;
  readonly #sizes: Float64Array;
  readonly #deleted = new Set<number>();
  readonly #read = new Set<number>();

  private constructor(
    context: Pop3Context,
    ref: MailboxRef,
    columns: { uidValidity: number; uids: Uint32Array; sizes: Float64Array },
  ) {
    this.#context = context;
    this.#ref = ref;
    this.#uidValidity = columns.uidValidity;
    this.#uids = columns.uids;
    this.#sizes = columns.sizes;
    this.count = columns.uids.length;
  }

  /** Undefined when the account has no INBOX any more. Rejects when the store does not answer. */
  static async open(context: Pop3Context, account: AccountId): Promise<Maildrop | undefined> {
    const inbox = await context.store.mailboxNamed({ account, name: 'INBOX' });
    if (inbox === undefined) return undefined;
    const ref = { account, mailbox: inbox.id };
    const live = await context.mailboxes.open(ref, inbox.highestModseq);
    if (live === undefined) return undefined;
    const { uids, sizes } = live.columns;
    const drop = new Maildrop(context, ref, { uidValidity: inbox.uidValidity, uids, sizes });
    context.mailboxes.close(live);
    return drop;
  }

  /** By number, from 1: whether it is there and not deleted. */
  has(number: number): boolean {
    return number >= 1 && number <= this.count && !this.#deleted.has(number);
  }

  /** Of those that are not deleted. */
  *numbers(): Generator<number> {
    for (let number = 1; number <= this.count; number++) if (!this.#deleted.has(number)) yield number;
  }

  /** How many are not deleted, and their octets. */
  get total(): { readonly messages: number; readonly octets: number } {
    let octets = 0;
    for (const number of this.numbers()) octets += this.sizeOf(number);
    return { messages: this.count - this.#deleted.size, octets };
  }

  /** Octets, without what is added on the line. */
  sizeOf(number: number): number {
    return this.#sizes[number - 1] as number;
  }

  /** Never the same of two messages, and always the same of one (RFC 1939 section 7). */
  uniqueIdOf(number: number): string {
    return `${this.#uidValidity}.${this.#uids[number - 1]}`;
  }

  /** Its octets; undefined when somebody else has deleted it meanwhile. */
  async reader(number: number): Promise<MessageReader | undefined> {
    const uid = this.#uids[number - 1] as number;
    const [item] = await this.#context.store.items({ ...this.#ref, uids: [[uid, uid]], limit: 1 });
    return item === undefined ? undefined : new MessageReader(this.#context.store, item);
  }

  delete(number: number): void {
    this.#deleted.add(number);
  }

  undelete(): void {
    this.#deleted.clear();
  }

  /** It was read to its end. */
  noteRead(number: number): void {
    this.#read.add(number);
  }

  /** What QUIT does: what was deleted goes, what was read has `\Seen`. Rejects when the store does not answer. */
  async update(): Promise<void> {
    const { store, clock } = this.#context;
    for (const uids of this.#batches(this.#deleted))
      await store.expungeItems({ ...this.#ref, uids, which: 'any', at: clock.now() });
    const flags = { system: SEEN, keywords: [] };
    const read = [...this.#read].filter((number) => !this.#deleted.has(number));
    for (const uids of this.#batches(read))
      await store.storeFlags({ ...this.#ref, uids, change: 'add', flags });
  }

  *#batches(numbers: Iterable<number>): Generator<readonly UidRange[]> {
    const uids = [...numbers].map((number) => this.#uids[number - 1] as number);
    for (let at = 0; at < uids.length; at += BATCH) yield toRanges(uids.slice(at, at + BATCH));
  }
}
