/**
 * What a worker's guard knows, shared with the others and kept over restarts. The traffic log is the truth: each line is
 * written with its message, and every worker reads what the others wrote, a moment later. What follows from it is saved
 * now and then, so that a start reads what was saved and the lines since.
 *
 * Nothing here is waited for when a message is judged. While the store is slow, a guard knows what its own worker saw; what
 * it does not know of an account makes that a new one, for which the limits are the strictest.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import { repeat } from '../../base/repeat.ts';
import type { WorkerId } from '../envelope.ts';
import type { Guard, SavedShared } from './guard.ts';
import { readDecided, readTexts } from './log-data.ts';
import { heedLine } from './log-line.ts';
import { accountState, type BadNews, type LogEntry, type NewLogEntry, NOBODYS } from './port.ts';
import type { GuardState, GuardStore } from './store.ts';

/** Between two looks at the log, ms. */
const TAIL_MS = 300;
/** Lines read at once, and profiles. */
const LINES = 1_000;
const STATES = 500;
/** Profiles saved in one transaction: others who save the same wait for it, and so do messages that share it. */
const SAVED = 50;
/** Lines read again at a start, at most. */
const MOST_REPLAYED = 200_000;
/** Before what all accounts have in common was saved: an account that its own worker had just saved was left alone then. */
const LEFT_ALONE = 20_000;
/** A line that is missing is looked for as long as a transaction may last, ms; so many at most, the last ones. */
const GAP_MS = 40_000;
const MOST_GAPS = 1_000;
/** What this worker decided about is saved this often, and what others decided about, and campaigns, ms. */
const SAVE_MS = 60_000;
const SAVE_SHARED_MS = 300_000;
/** Remarks that wait to be written, at most. */
const MOST_PENDING = 10_000;
const CAMPAIGNS = 'campaigns';
const ACQUAINTANCES = 'acquaintances';
const ACCOUNT = accountState('');

export interface MemoryPorts {
  readonly guard: Guard;
  readonly store: GuardStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

export class GuardMemory {
  readonly #worker: WorkerId;
  readonly #ports: MemoryPorts;
  /** The last line read. */
  #cursor = 0;
  /** Lines before it that were not there, and since when; by rising number, as they are added. */
  readonly #gaps = new Map<number, number>();
  readonly #own = new Set<string>();
  readonly #seen = new Set<string>();
  #pending: NewLogEntry[] = [];
  #sharedAt = 0;
  #tailedAt: number;
  #timers: Timer[] = [];

  constructor(worker: WorkerId, ports: MemoryPorts) {
    this.#worker = worker;
    this.#ports = ports;
    this.#tailedAt = ports.clock.monotonic();
    ports.meter.gauge({
      name: 'relais_guard_behind_seconds',
      help: 'Since when this worker has not heard what the others judged.',
      read: () => (ports.clock.monotonic() - this.#tailedAt) / 1000,
    });
  }

  /** Reads what was saved, and the log since; then goes on reading and saving. Rejects when the store is down. */
  async start(): Promise<void> {
    const { clock, log } = this.#ports;
    const begun = clock.monotonic();
    const upTo = await this.#load();
    const lines = await this.#replay(upTo);
    this.#sharedAt = clock.monotonic();
    log.info(
      { accounts: this.#ports.guard.accounts, lines, ms: Math.round(clock.monotonic() - begun) },
      'the guard knows what it knew',
    );
    const failed = (error: unknown): void => log.warn({ error: String(error) }, 'the guard hears nothing');
    this.#timers = [
      repeat(clock, { everyMs: TAIL_MS, run: () => this.sync(), failed }),
      repeat(clock, { everyMs: SAVE_MS, run: () => this.save(), failed }),
    ];
  }

  /** Saves a last time. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    await this.#flush();
    await this.#save('shared too');
  }

  /** This worker judged a message of the account. */
  judged(account: string): void {
    this.#own.add(account);
  }

  /** Bad news of an account: counts here at once, elsewhere a moment later. */
  remark(kind: BadNews, about: { account: string; at: number; count: number }): void {
    this.#ports.guard.note(kind, about);
    this.#own.add(about.account);
    const { account, at, count } = about;
    if (this.#pending.length < MOST_PENDING)
      this.#pending.push({ at, worker: this.#worker, account, kind, data: JSON.stringify({ count }) });
  }

  /** Writes remarks, and reads what others wrote. */
  async sync(): Promise<void> {
    await this.#flush();
    await this.#tail();
    this.#tailedAt = this.#ports.clock.monotonic();
  }

  async save(): Promise<void> {
    const shared = this.#ports.clock.monotonic() - this.#sharedAt >= SAVE_SHARED_MS;
    await this.#save(shared ? 'shared too' : 'own');
  }

  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    try {
      await this.#ports.store.noteGuard(pending);
    } catch (error) {
      this.#pending = [...pending, ...this.#pending].slice(0, MOST_PENDING);
      throw error;
    }
  }

  async #tail(): Promise<void> {
    for (;;) {
      const { store, clock } = this.#ports;
      const [gaps, after] = [this.#missing(), this.#cursor];
      const { lines, own, more } = await store.tailGuard({ after, gaps, worker: this.#worker, limit: LINES });
      const now = clock.monotonic();
      let next = 0;
      for (const line of lines) {
        for (; next < own.length && (own[next] as number) < line.id; next++)
          this.#isNew(own[next] as number, now);
        if (this.#isNew(line.id, now)) this.#apply(line);
      }
      for (; next < own.length; next++) this.#isNew(own[next] as number, now);
      if (!more) return;
    }
  }

  /** Lines that are missing, by rising number; those that will not come any more are given up. */
  #missing(): readonly number[] {
    const now = this.#ports.clock.monotonic();
    for (const [id, since] of this.#gaps) if (since < now - GAP_MS) this.#gaps.delete(id);
    return [...this.#gaps.keys()];
  }

  #isNew(id: number, now: number): boolean {
    if (id <= this.#cursor) return this.#gaps.delete(id);
    // At the first line nothing is known to be missing.
    const from = this.#cursor === 0 ? id : Math.max(this.#cursor + 1, id - MOST_GAPS);
    for (let missing = from; missing < id; missing++) this.#gaps.set(missing, now);
    // The oldest of them are the least likely to come: most numbers that are missing belong to what was rolled back.
    for (const oldest of this.#gaps.keys()) {
      if (this.#gaps.size <= MOST_GAPS) break;
      this.#gaps.delete(oldest);
    }
    this.#cursor = id;
    return true;
  }

  #apply(line: LogEntry): void {
    if (line.worker === this.#worker) return;
    this.#seen.add(line.account);
    this.#learn(line);
  }

  /** A damaged line is passed over: it makes the guard know less, and bear less. */
  #learn(line: LogEntry): void {
    const { guard, log } = this.#ports;
    const isWhole = heedLine(line, [guard], (event, outcome) => guard.observe(event, outcome));
    const { id, account, kind } = line;
    if (!isWhole) log.warn({ line: id, account, kind }, 'a line of the traffic log cannot be read');
  }

  /** What was saved; up to which line it is in each. */
  async #load(): Promise<Map<string, number>> {
    const { guard, store } = this.#ports;
    const upTo = new Map<string, number>();
    for (let after = ''; ; ) {
      const states = await store.guardStates({ after, limit: STATES });
      for (const { name, bytes, upTo: line } of states) {
        if (name === CAMPAIGNS && this.#loadCampaigns(bytes)) upTo.set(name, line);
        if (name === ACQUAINTANCES) guard.restoreAcquaintances(bytes);
        if (!name.startsWith(ACCOUNT)) continue;
        const account = name.slice(ACCOUNT.length);
        if (guard.restore(account, bytes)) upTo.set(account, line);
      }
      const last = states.at(-1);
      if (last === undefined || states.length < STATES) return upTo;
      after = last.name;
    }
  }

  #loadCampaigns(bytes: Uint8Array): boolean {
    try {
      this.#ports.guard.restoreShared(JSON.parse(Buffer.from(bytes).toString()) as SavedShared);
      return true;
    } catch {
      return false;
    }
  }

  async #replay(upTo: ReadonlyMap<string, number>): Promise<number> {
    const { store, clock } = this.#ports;
    const end = await store.endOfGuardLog();
    const shared = upTo.get(CAMPAIGNS) ?? 0;
    this.#cursor = Math.max(0, end - MOST_REPLAYED, shared - LEFT_ALONE);
    let count = 0;
    while (this.#cursor < end) {
      // None of them is this worker's: it has a number of its own, and has judged nothing yet.
      const { lines, more } = await store.tailGuard({ after: this.#cursor, worker: NOBODYS, limit: LINES });
      const now = clock.monotonic();
      for (const line of lines) {
        count++;
        // Before a line that is older than a transaction may last nothing is still to come.
        if (line.at < clock.now() - GAP_MS) this.#cursor = line.id - 1;
        this.#isNew(line.id, now);
        if (line.id > (upTo.get(line.account) ?? 0)) this.#apply(line);
        else if (line.id > shared) this.#recall(line);
      }
      if (!more) break;
    }
    return count;
  }

  /** A line that its account's profile has in it already: what is kept of all accounts together learns from it. */
  #recall({ account, kind, data }: LogEntry): void {
    const { guard } = this.#ports;
    if (kind === 'dropped' || kind === 'released' || kind === 'unlocked')
      guard.heed(kind, { account, texts: readTexts(data) });
    const decided = readDecided(data);
    const left = kind === 'pass' || kind === 'pool';
    if (decided !== undefined) guard.recall(decided.event, { terms: decided.terms, left });
  }

  async #save(what: 'own' | 'shared too'): Promise<void> {
    const { clock, store } = this.#ports;
    // What is missing may still come: it is read again after a restart.
    const [at, upTo] = [clock.now(), (this.#missing()[0] ?? this.#cursor + 1) - 1];
    const own = await this.#saveAll(this.#own, { at, upTo, unlessSince: at + 1 });
    if (what === 'own') return;
    for (const account of own) this.#seen.delete(account);
    await this.#saveAll(this.#seen, { at, upTo, unlessSince: at - SAVE_SHARED_MS / 2 });
    this.#sharedAt = clock.monotonic();
    const bytes = Buffer.from(JSON.stringify(this.#ports.guard.saveShared()));
    const known = this.#ports.guard.saveAcquaintances();
    const states = [
      { name: CAMPAIGNS, upTo, bytes },
      ...(known === undefined ? [] : [{ name: ACQUAINTANCES, upTo, bytes: known }]),
    ];
    try {
      await store.keepGuardStates({ states, at, unlessSince: at + 1 });
    } catch (error) {
      if (known !== undefined) this.#ports.guard.acquaintancesNotKept();
      throw error;
    }
  }

  /** Those that could not be saved are saved the next time. */
  async #saveAll(
    accounts: Set<string>,
    { upTo, ...about }: { at: number; upTo: number; unlessSince: number },
  ): Promise<string[]> {
    const all = [...accounts];
    accounts.clear();
    try {
      for (let from = 0; from < all.length; from += SAVED) {
        const states = this.#statesOf(all.slice(from, from + SAVED), upTo);
        await this.#ports.store.keepGuardStates({ states, ...about });
      }
    } catch (error) {
      for (const account of all) accounts.add(account);
      throw error;
    }
    return all;
  }

  #statesOf(accounts: readonly string[], upTo: number): GuardState[] {
    return accounts.flatMap((account) => {
      const bytes = this.#ports.guard.save(account);
      return bytes === undefined ? [] : [{ name: accountState(account), upTo, bytes }];
    });
  }
}
