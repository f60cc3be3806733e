/** What mailboxes must be after a history of changes, as simply as it can be said; and chance that makes such histories. */
import assert from 'node:assert/strict';
import type { AccountId, MailboxId } from '../src/core/envelope.ts';
import { ANSWERED, changed, DELETED, type FlagChange, flagNames, SEEN } from '../src/core/mailbox/flags.ts';
import { isInferior, superiors } from '../src/core/mailbox/name.ts';
import { openMailbox } from '../src/core/mailbox/opening.ts';
import type { FlagRequest, Mailbox, MailboxStore } from '../src/core/mailbox/port.ts';
import { storeFlags } from '../src/core/mailbox/store-flags.ts';
import { type Columns, pack } from '../src/core/mailbox/snapshot.ts';
import { ALL_UIDS, isIn, type UidRange } from '../src/core/mailbox/uid-ranges.ts';
import type { SqlStore } from '../src/store/store.ts';
import type { Chance } from './chance.ts';
import { anItem, delivered, NOW } from './stores.ts';

interface ModelItem {
  uid: number;
  message: number;
  /** System flags, and the only keyword as a name. */
  flags: number;
  isTagged: boolean;
  modseq: number;
  created: number;
}

interface ModelBox {
  readonly id: MailboxId;
  name: string;
  isDeleted: boolean;
  items: ModelItem[];
  gone: (ModelItem & { goneAt: number; canComeBack: boolean })[];
  modseq: number;
  uidNext: number;
  readonly uidValidities: Set<number>;
}

const KEYWORD = '$Label1';
const NAMES = ['A', 'A/B', 'C', 'INBOX/x'];

/** A client that was away: what it knew of a mailbox, and at which MODSEQ. */
interface Memory {
  readonly modseq: number;
  readonly known: ReadonlyMap<number, number>;
}

export class MailboxModel {
  readonly #store: SqlStore;
  readonly #account: AccountId;
  readonly #boxes: ModelBox[] = [];
  readonly #memories = new Map<MailboxId, Memory[]>();

  constructor(store: SqlStore, account: AccountId) {
    this.#store = store;
    this.#account = account;
  }

  /** Takes over the mailboxes that there are. */
  async begin(): Promise<void> {
    for (const mailbox of await this.#store.mailboxes(this.#account)) this.#learn(mailbox);
  }

  get boxes(): readonly ModelBox[] {
    return this.#boxes;
  }

  #learn({ id, name, uidValidity, highestModseq, uidNext }: Mailbox): ModelBox {
    const known = this.#boxes.find((box) => box.id === id);
    const validities = this.#boxes.flatMap((box) => [...box.uidValidities]);
    if (known === undefined || !known.uidValidities.has(uidValidity))
      assert.ok(!validities.includes(uidValidity), 'a UIDVALIDITY is never given twice');
    if (known !== undefined) {
      known.uidValidities.add(uidValidity);
      return known;
    }
    const box = { id, name, isDeleted: false, items: [], gone: [], modseq: highestModseq, uidNext };
    const made = { ...box, uidValidities: new Set([uidValidity]) };
    this.#boxes.push(made);
    return made;
  }

  /** One change that chance picks, made in the store and here. */
  async step(chance: Chance): Promise<void> {
    const steps = [
      ...Array.from({ length: 3 }, () => () => this.#deliver()),
      ...Array.from({ length: 3 }, () => () => this.#append(chance)),
      ...Array.from({ length: 5 }, () => () => this.#flag(chance)),
      () => this.#carry(chance, 'copy'),
      () => this.#carry(chance, 'move'),
      ...Array.from({ length: 2 }, () => () => this.#expunge(chance)),
      () => this.#undelete(chance),
      () => this.#create(chance),
      () => this.#rename(chance),
      () => this.#delete(chance),
      () => this.#restore(chance),
      ...Array.from({ length: 3 }, () => () => this.#remember(chance)),
      () => this.#keepPack(chance),
    ];
    await chance.pick(steps)();
  }

  #there(): ModelBox[] {
    return this.#boxes.filter(({ isDeleted }) => !isDeleted);
  }

  #named(name: string): ModelBox | undefined {
    return this.#there().find((box) => box.name === name);
  }

  #ref({ id }: ModelBox): { account: AccountId; mailbox: MailboxId } {
    return { account: this.#account, mailbox: id };
  }

  /** The MODSEQ that a change got: more than any before. */
  #raise(box: ModelBox, modseq: number): number {
    assert.ok(modseq > box.modseq, `MODSEQ ${modseq} after ${box.modseq}`);
    box.modseq = modseq;
    return modseq;
  }

  #add(box: ModelBox, item: Omit<ModelItem, 'uid'>, uid: number): void {
    assert.ok(uid >= box.uidNext, `UID ${uid} was given before`);
    box.uidNext = uid + 1;
    box.items.push({ ...item, uid });
  }

  async #deliver(): Promise<void> {
    const inbox = this.#named('INBOX') as ModelBox;
    const message = await delivered(this.#store, this.#account);
    const [item] = (
      await this.#store.items({ ...this.#ref(inbox), uids: [[inbox.uidNext, 2 ** 32 - 1]], limit: 9 })
    ).slice(-1);
    assert.equal(item?.message, message);
    const modseq = this.#raise(inbox, item?.modseq as number);
    this.#add(inbox, { message, flags: 0, isTagged: false, modseq, created: modseq }, item?.uid as number);
  }

  async #append(chance: Chance): Promise<void> {
    const box = chance.pick(this.#there());
    const flags = {
      system: chance.pick([0, SEEN, DELETED]),
      keywords: chance.next(3) === 0 ? [KEYWORD] : [],
    };
    const items = await Promise.all(
      Array.from({ length: 1 + chance.next(3) }, () => anItem(this.#store, { flags })),
    );
    const result = await this.#store.appendItems({ ...this.#ref(box), items, at: NOW });
    assert.ok(result.ok);
    const modseq = this.#raise(box, result.modseq);
    items.forEach(({ message }, index) => {
      const isTagged = flags.keywords.length > 0;
      const item = { message, flags: flags.system, isTagged, modseq, created: modseq };
      this.#add(box, item, result.firstUid + index);
    });
  }

  #range(box: ModelBox, chance: Chance): UidRange[] {
    const uid = (): number => 1 + chance.next(box.uidNext);
    return chance.next(4) === 0
      ? [...ALL_UIDS]
      : [
          [uid(), uid()],
          [uid(), uid()],
        ].map(sorted);
  }

  async #flag(chance: Chance): Promise<void> {
    const box = chance.pick(this.#there());
    const uids = this.#range(box, chance);
    const change = chance.pick<FlagChange>(['add', 'add', 'remove', 'replace']);
    const flags = {
      system: chance.pick([0, SEEN, DELETED, ANSWERED]),
      keywords: chance.next(3) === 0 ? [KEYWORD] : [],
    };
    const unchangedSince = chance.next(3) === 0 ? box.modseq - chance.next(5) : undefined;
    const condition = unchangedSince === undefined ? {} : { unchangedSince };
    const result = await storeKnowing(chance, this.#store, {
      ...this.#ref(box),
      uids,
      change,
      flags,
      ...condition,
    });
    assert.ok(result.ok);
    const expected = { changed: [] as number[], failed: [] as number[] };
    for (const item of box.items.filter(({ uid }) => isIn(uid, uids))) {
      if (item.modseq > (unchangedSince ?? Number.POSITIVE_INFINITY)) {
        expected.failed.push(item.uid);
        continue;
      }
      const system = changed(item.flags, change, flags.system);
      const named = flags.keywords.length > 0;
      const isTagged = change === 'replace' ? named : named ? change === 'add' : item.isTagged;
      if (system === item.flags && isTagged === item.isTagged) continue;
      expected.changed.push(item.uid);
      Object.assign(item, { flags: system, isTagged, modseq: result.modseq });
    }
    if (expected.changed.length > 0) this.#raise(box, result.modseq);
    const now = await this.#store.mailboxNamed({ account: this.#account, name: box.name });
    assert.deepEqual(result.mailbox, now);
    const told = box.items.filter(({ uid }) => isIn(uid, result.changed)).map(({ uid }) => uid);
    assert.deepEqual(told, expected.changed);
    assert.deepEqual([...result.failed], expected.failed);
  }

  async #carry(chance: Chance, how: 'copy' | 'move'): Promise<void> {
    const [from, to] = [chance.pick(this.#there()), chance.pick(this.#there())];
    const uids = this.#range(from, chance);
    const request = { ...this.#ref(from), uids, to: to.id, at: NOW };
    const result =
      how === 'copy' ? await this.#store.copyItems(request) : await this.#store.moveItems(request);
    assert.ok(result.ok);
    const items = from.items.filter(({ uid }) => isIn(uid, uids));
    assert.deepEqual(
      result.from,
      items.map(({ uid }) => uid),
    );
    if (items.length === 0) return;
    const modseq = this.#raise(to, result.modseq);
    if (how === 'move' && from !== to) this.#raise(from, result.modseqLeft as number);
    if (how === 'move') this.#take(from, items, { goneAt: from.modseq, canComeBack: false });
    items.forEach((item, index) => {
      this.#add(to, { ...item, modseq, created: modseq }, result.to[index] as number);
    });
  }

  #take(box: ModelBox, items: readonly ModelItem[], how: { goneAt: number; canComeBack: boolean }): void {
    box.items = box.items.filter((item) => !items.includes(item));
    box.gone.push(...items.map((item) => ({ ...item, ...how })));
  }

  async #expunge(chance: Chance): Promise<void> {
    const box = chance.pick(this.#there());
    const uids = this.#range(box, chance);
    const which = chance.pick(['deleted', 'deleted', 'any'] as const);
    const result = await this.#store.expungeItems({ ...this.#ref(box), uids, which, at: NOW });
    assert.ok(result.ok);
    const items = box.items.filter(
      ({ uid, flags }) => isIn(uid, uids) && (which === 'any' || (flags & DELETED) !== 0),
    );
    assert.deepEqual(
      result.uids,
      items.map(({ uid }) => uid),
    );
    if (items.length === 0) return;
    this.#take(box, items, { goneAt: this.#raise(box, result.modseq), canComeBack: true });
  }

  async #undelete(chance: Chance): Promise<void> {
    const box = chance.pick(this.#there());
    const uids = this.#range(box, chance);
    const back = box.gone.filter(({ uid, canComeBack }) => canComeBack && isIn(uid, uids));
    back.sort((a, b) => a.uid - b.uid);
    const result = await this.#store.undeleteItems({ ...this.#ref(box), uids, at: NOW });
    assert.ok(result.ok);
    assert.deepEqual(
      result.from,
      back.map(({ uid }) => uid),
    );
    if (back.length === 0) return;
    const modseq = this.#raise(box, result.modseq);
    back.forEach((item, index) => {
      item.canComeBack = false;
      const { message, isTagged } = item;
      const flags = item.flags & ~DELETED;
      this.#add(box, { message, flags, isTagged, modseq, created: modseq }, result.to[index] as number);
    });
  }

  async #create(chance: Chance): Promise<void> {
    const name = chance.pick(NAMES);
    const result = await this.#store.createMailbox({ account: this.#account, name, at: NOW });
    assert.equal(result.ok, this.#named(name) === undefined);
    if (result.ok) await this.#learnAll([...superiors(name), name]);
  }

  async #learnAll(names: readonly string[]): Promise<void> {
    for (const mailbox of await this.#store.mailboxes(this.#account))
      if (names.includes(mailbox.name) && this.#named(mailbox.name) === undefined) this.#learn(mailbox);
  }

  async #rename(chance: Chance): Promise<void> {
    const [from, to] = [chance.pick([...NAMES, 'INBOX']), chance.pick([...NAMES, 'D/E'])];
    const result = await this.#store.renameMailbox({ account: this.#account, from, to, at: NOW });
    if (!result.ok) return;
    const there = new Map(
      (await this.#store.mailboxes(this.#account)).map((mailbox) => [mailbox.id, mailbox]),
    );
    if (from === 'INBOX') return this.#inboxRenamed(to, there);
    for (const box of this.#there()) {
      if (box.name !== from && !isInferior(box.name, from)) continue;
      box.name = to + box.name.slice(from.length);
      assert.equal(there.get(box.id)?.name, box.name);
      this.#raise(box, there.get(box.id)?.highestModseq as number);
    }
    await this.#learnAll(superiors(to));
  }

  async #inboxRenamed(to: string, there: ReadonlyMap<MailboxId, Mailbox>): Promise<void> {
    await this.#learnAll(superiors(to));
    const inbox = this.#named('INBOX') as ModelBox;
    const mailbox = [...there.values()].find(({ name }) => name === to) as Mailbox;
    const box = this.#learn({ ...mailbox, uidNext: 1, highestModseq: 1 });
    const items = inbox.items;
    this.#raise(inbox, there.get(inbox.id)?.highestModseq as number);
    const modseq = this.#raise(box, mailbox.highestModseq);
    this.#take(inbox, items, { goneAt: inbox.modseq, canComeBack: false });
    items.forEach((item, index) => {
      this.#add(box, { ...item, modseq, created: modseq }, index + 1);
    });
  }

  async #delete(chance: Chance): Promise<void> {
    const box = chance.pick(this.#there());
    const result = await this.#store.deleteMailbox({ account: this.#account, name: box.name, at: NOW });
    assert.equal(result.ok, box.name !== 'INBOX');
    if (result.ok) box.isDeleted = true;
  }

  async #restore(chance: Chance): Promise<void> {
    const deleted = this.#boxes.filter(({ isDeleted }) => isDeleted);
    if (deleted.length === 0) return;
    const box = chance.pick(deleted);
    const result = await this.#store.restoreMailbox({ ...this.#ref(box), name: box.name, at: NOW });
    assert.equal(result.ok, this.#named(box.name) === undefined);
    if (!result.ok) return;
    box.isDeleted = false;
    this.#learn(result.mailbox);
    this.#raise(box, result.mailbox.highestModseq);
  }

  /** A client leaves, and knows what there is. */
  async #remember(chance: Chance): Promise<void> {
    const box = chance.pick(this.#there());
    const mailbox = await this.#read(box);
    const known = new Map(box.items.map(({ uid, modseq }) => [uid, modseq]));
    const memories = this.#memories.get(box.id) ?? [];
    this.#memories.set(box.id, [...memories, { modseq: mailbox.highestModseq, known }]);
  }

  async #keepPack(chance: Chance): Promise<void> {
    const box = chance.pick(this.#there());
    const found = await openMailbox(this.#store, this.#ref(box));
    assert.ok(found !== undefined);
    await this.#store.keepPack({
      mailbox: box.id,
      modseq: found.mailbox.highestModseq,
      bytes: pack(found.items),
    });
  }

  /** Everything that there is, and every answer to who was away, is as it must be. */
  async check(): Promise<void> {
    const names = (await this.#store.mailboxes(this.#account)).map(({ name }) => name);
    assert.deepEqual(
      names,
      this.#there()
        .map(({ name }) => name)
        .sort(),
    );
    for (const box of this.#there()) {
      await this.#read(box);
      for (const memory of this.#memories.get(box.id) ?? []) await this.#checkReturn(box, memory);
    }
  }

  /** Reads a mailbox, and compares it and its counters with what it must have. */
  async #read(box: ModelBox): Promise<Mailbox> {
    const found = await openMailbox(this.#store, this.#ref(box));
    assert.ok(found !== undefined);
    const { mailbox, items } = found;
    assert.deepEqual(
      states(items, mailbox.keywords),
      box.items.map(({ uid, modseq, flags, isTagged }) => ({ uid, modseq, flags, isTagged })),
    );
    assert.equal(mailbox.messages, box.items.length);
    assert.equal(mailbox.unseen, box.items.filter(({ flags }) => (flags & SEEN) === 0).length);
    assert.equal(mailbox.deleted, box.items.filter(({ flags }) => (flags & DELETED) !== 0).length);
    assert.equal(
      mailbox.sizeBytes,
      items.sizes.reduce((sum, size) => sum + size, 0),
    );
    assert.equal(mailbox.uidNext, box.uidNext);
    assert.ok(mailbox.highestModseq >= box.modseq);
    return mailbox;
  }

  /** QRESYNC (RFC 7162 3.2.5): what changed since it left, and what of it is gone. */
  async #checkReturn(box: ModelBox, { modseq, known }: Memory): Promise<void> {
    const changes = await this.#store.changesSince({ ...this.#ref(box), modseq });
    assert.ok(changes?.isComplete);
    assert.deepEqual(
      changes.items.map(({ uid }) => uid),
      box.items.filter((item) => item.modseq > modseq).map(({ uid }) => uid),
    );
    const there = new Set(box.items.map(({ uid }) => uid));
    const vanished = changes.vanished.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index),
    );
    // Also what came and went since: a client may have been told of it at an earlier MODSEQ.
    const expected = [
      ...known.keys(),
      ...box.gone.filter(({ goneAt }) => goneAt > modseq).map(({ uid }) => uid),
    ];
    assert.deepEqual(
      vanished,
      [...new Set(expected)].filter((uid) => !there.has(uid)).sort((a, b) => a - b),
    );
  }

  /** References that each message has from mailboxes. */
  references(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const { items, gone } of this.#boxes)
      for (const { message } of [...items, ...gone.filter(({ canComeBack }) => canComeBack)])
        counts.set(message, (counts.get(message) ?? 0) + 1);
    return counts;
  }
}

function sorted([a, b]: readonly number[]): UidRange {
  return [Math.min(a as number, b as number), Math.max(a as number, b as number)];
}

function states(items: Columns, keywords: readonly string[]): unknown[] {
  return Array.from(items.uids, (uid, index) => {
    const flags = items.flags[index] as number;
    const isTagged = flagNames(flags, keywords).includes(KEYWORD);
    return { uid, modseq: items.modseqs[index], flags: flags & 31, isTagged };
  });
}

/** As a session does that knows all flags, or as one that does not. */
export async function storeKnowing(
  luck: Chance,
  store: MailboxStore,
  { account, mailbox, ...wish }: FlagRequest,
): ReturnType<MailboxStore['storeFlags']> {
  const ref = { account, mailbox };
  const opened = luck.next(2) === 0 ? await openMailbox(store, ref) : undefined;
  const known = opened && { mailbox: opened.mailbox, columns: opened.items };
  return storeFlags(store, ref, { wish, known });
}
