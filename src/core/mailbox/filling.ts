/** Puts many messages into a mailbox: small ones together in one transaction, large ones alone, as far as there is room. */
import { type Content, contentSize, type QueueStore } from '../queue/port.ts';
import type { MailboxRef, MailboxStore, NewItem, Refused } from './port.ts';
import { isFull, type QuotaLimits, type QuotaStore, withDefaults } from './quota.ts';

/** Appended in one transaction at most: messages, and octets of them. */
const BATCH = 64;
const BATCH_BYTES = 2 * 1024 * 1024;

/** Why no more came: there is no room, or the mailbox went meanwhile. */
export type Ended = 'over quota' | 'missing';

export interface Filled {
  readonly item: NewItem;
}

export interface FillingPorts<Entry extends Filled> {
  readonly into: Pick<QuotaStore, 'quota'> & Pick<QueueStore, 'dropStage'>;
  readonly target: MailboxRef;
  /** Of accounts that have no limits of their own. */
  readonly limits: QuotaLimits;
  /** All of them or none. */
  append(
    entries: readonly Entry[],
    limits: QuotaLimits,
  ): Promise<{ readonly ok: true } | Refused<'missing' | 'over quota' | 'too many keywords'>>;
  /** Is told of each that came. */
  took(entry: Entry): void;
}

/** What appends new items and no more. */
export function appending(
  into: Pick<MailboxStore, 'appendItems'>,
  { target, now }: { target: MailboxRef; now: () => number },
): FillingPorts<Filled>['append'] {
  return (entries, limits) =>
    into.appendItems({ ...target, items: entries.map(({ item }) => item), at: now(), limits });
}

export class Filling<Entry extends Filled> {
  readonly #ports: FillingPorts<Entry>;
  #batch: Entry[] = [];
  #octets = 0;
  /** Came without their keywords: the mailbox has as many as it can. */
  withoutKeywords = 0;

  constructor(ports: FillingPorts<Entry>) {
    this.#ports = ports;
  }

  /** Takes one more; why it ended, where it did: then nothing waits any more. Rejects when the store is down. */
  async add(entry: Entry): Promise<Ended | undefined> {
    this.#batch.push(entry);
    this.#octets += sizeOfNew(entry.item);
    return this.#batch.length < BATCH && this.#octets < BATCH_BYTES ? undefined : this.flush();
  }

  /** Appends what waits. */
  flush(): Promise<Ended | undefined> {
    const entries = this.#batch;
    [this.#batch, this.#octets] = [[], 0];
    return this.#append(entries);
  }

  async #append(entries: readonly Entry[]): Promise<Ended | undefined> {
    const [first, ...others] = entries;
    if (first === undefined) return undefined;
    const limits = await this.#roomFor(entries);
    const appended =
      limits === undefined
        ? ({ ok: false, why: 'over quota' } as const)
        : await this.#ports.append(entries, limits);
    if (appended.ok) {
      for (const entry of entries) this.#ports.took(entry);
      return undefined;
    }
    // All of them or none: one after the other tells which it is.
    if (others.length > 0 && appended.why !== 'missing') return this.#appendEach(entries);
    if (appended.why === 'too many keywords' && first.item.flags.keywords.length > 0) {
      this.withoutKeywords++;
      const flags = { ...first.item.flags, keywords: [] };
      return this.#append([{ ...first, item: { ...first.item, flags } }]);
    }
    await this.#forget(entries);
    return appended.why === 'missing' ? 'missing' : 'over quota';
  }

  async #appendEach(entries: readonly Entry[]): Promise<Ended | undefined> {
    for (const [index, entry] of entries.entries()) {
      const ended = await this.#append([entry]);
      if (ended === undefined) continue;
      await this.#forget(entries.slice(index + 1));
      return ended;
    }
    return undefined;
  }

  /** Octets that were staged for nothing. */
  async #forget(entries: readonly Entry[]): Promise<void> {
    for (const { item } of entries) await forgetContent(this.#ports.into, item.content);
  }

  /** The limits of the account; undefined when there is not so much room. */
  async #roomFor(entries: readonly Entry[]): Promise<QuotaLimits | undefined> {
    const { into, target, limits } = this.#ports;
    const quota = await into.quota(target.account);
    if (quota === undefined) return limits;
    const known = withDefaults(quota, limits);
    const bytes = entries.reduce((sum, { item }) => sum + sizeOfNew(item), 0);
    return isFull(known, { bytes, messages: entries.length }) ? undefined : known.limits;
  }
}

/** Octets of a message that is to be appended. */
export function sizeOfNew({ content, delivered }: NewItem): number {
  return contentSize(content) + (delivered?.prefix.length ?? 0);
}

/** What was staged of a message that does not come. */
export async function forgetContent(store: Pick<QueueStore, 'dropStage'>, content: Content): Promise<void> {
  if (content.kind === 'staged') await store.dropStage(content.stage);
}
