/**
 * The promises of the design (section 4), watched while a world runs and checked at its end. Each breach is a sentence;
 * none means that the run was clean.
 */
import type { DeliveryId } from '../core/envelope.ts';
import { type Freeze, type Scope, scopeKind, scopesOf } from '../core/queue/freeze.ts';
import type { Settlement } from '../core/queue/port.ts';
import type { Entry } from './ledger.ts';
import type { Provider } from './providers.ts';
import { Turns } from './turns.ts';
import type { World } from './world.ts';

/** Breaches kept. */
const MOST = 20;
/** A freeze is known to every worker after this, ms; longer on a slow disk. */
const KNOWN_AFTER_MS = 10_000;
const SYNCS_UNTIL_KNOWN = 20;
/** Paths that one canary of a wide freeze goes to. */
const WIDE_CANARIES = 3;
/** How much a reckoning of lifetimes may differ, ms. */
const SLACK_MS = 30_000;

interface Standing {
  readonly freeze: Freeze;
  readonly sinceMono: number;
  readonly canariesBefore: number;
  connects: number;
}

export class Invariants {
  readonly broken: string[] = [];
  readonly #world: World;
  readonly #standing = new Map<string, Standing>();
  /** Times in which the fault was ours, by what stood still. */
  readonly #ours: { readonly scope: Scope; readonly from: number; to: number }[] = [];
  readonly #turns: Turns;

  constructor(world: World) {
    this.#world = world;
    this.#turns = new Turns(world.ledger, (what) => this.#report(what));
    world.network.taps.push({
      connects: (provider) => this.#connects(provider),
      begins() {},
      took: (copy, { to }) => {
        const entry = world.ledger.byKey.get(`${copy} ${to}`);
        if (entry !== undefined) this.#turns.took(entry);
      },
    });
    world.ledger.taps.push({
      settled: (settlement, entry) => this.#settled(settlement, entry),
      stands: (kind, freeze) => this.#stands(kind, freeze),
    });
    world.onCrash = () => this.#turns.newEra();
  }

  /** To be called once, after everything has been well for long enough; `drained`: whether the queue is empty. */
  atEnd({ drained }: { drained: boolean }): void {
    if (!drained) this.#stuck();
    this.#promises();
    this.#receipts();
    this.#stored();
  }

  #report(what: string): void {
    if (this.broken.length < MOST)
      this.broken.push(`${(this.#world.clock.monotonic() / 1000).toFixed(1)} s: ${what}`);
  }

  #settled(settlement: Settlement, entry: Entry): void {
    const { next, blame, reply, attempted } = settlement;
    const told = `${entry.copy} for ${entry.address}`;
    if (entry.state !== 'queued') this.#report(`${told} was ${entry.state} and is settled again`);
    const final = next.state !== 'ready' && next.state !== 'waiting';
    const notOurs = blame === 'local' || blame === 'path' || blame === 'reputation';
    if (notOurs && !final) {
      const inDialogue = ['rcpt', 'data', 'end-of-data'].includes(reply?.stage ?? '');
      if (attempted && (blame !== 'path' || !inDialogue))
        this.#report(`${told}: an attempt was counted by ${blame} trouble at ${reply?.stage}`);
      if (next.state === 'waiting' && next.lane !== entry.lane)
        this.#report(`${told}: ${blame} trouble moved it from lane ${entry.lane} to ${next.lane}`);
    }
    if (next.state === 'failed' || next.state === 'expired') {
      const due = entry.reversePath !== '' && (entry.notify?.includes('FAILURE') ?? true);
      if (due && settlement.notice === undefined) this.#report(`${told} ${next.state} and nobody was told`);
    }
    if (next.state === 'expired') this.#expired(entry, settlement.at);
  }

  #expired(entry: Entry, at: number): void {
    const scopes = new Set(scopesOf({ path: entry.path, node: this.#world.node }));
    const spans = this.#ours.filter(({ scope }) => scopes.has(scope));
    const stoppedMs = lengthOf(spans, entry.acceptedAt, at);
    const livedMs = at - entry.acceptedAt - stoppedMs;
    if (livedMs < this.#world.queue.lifetimeMs - SLACK_MS)
      this.#report(`${entry.copy} expired after ${livedMs} ms of its own time: our outage aged it`);
  }

  #stands(kind: 'freeze' | 'thaw', freeze: Freeze): void {
    const { clock, ledger } = this.#world;
    const key = `${freeze.scope} ${freeze.cause}`;
    if (kind === 'thaw') {
      this.#standing.delete(key);
      const span = this.#ours.findLast(
        ({ scope, to }) => scope === freeze.scope && to === Number.POSITIVE_INFINITY,
      );
      if (span !== undefined) span.to = clock.now();
      return;
    }
    if (this.#standing.has(key)) return;
    this.#standing.set(key, {
      freeze,
      sinceMono: clock.monotonic(),
      canariesBefore: ledger.canaries.get(key) ?? 0,
      connects: 0,
    });
    if (freeze.blame === 'local')
      this.#ours.push({ scope: freeze.scope, from: freeze.since, to: Number.POSITIVE_INFINITY });
  }

  /** On a frozen path only canaries knock. */
  #connects(provider: Provider): void {
    const { clock, disk, ledger, queue, node } = this.#world;
    if (provider.open >= queue.maxConnections)
      this.#report(`more than ${queue.maxConnections} connections to ${provider.shape.name}`);
    const path = `${provider.site}>default`;
    const knownAfterMs = KNOWN_AFTER_MS + SYNCS_UNTIL_KNOWN * disk.health.syncMs;
    const scopes = new Set<string>(scopesOf({ path: path as never, node }));
    const over = [...this.#standing].filter(([, { freeze }]) => scopes.has(freeze.scope));
    const known = over.filter(([, { sinceMono }]) => clock.monotonic() - sinceMono > knownAfterMs);
    if (known.length === 0) return;
    const mayOf = ([key, { freeze, canariesBefore, connects }]: [string, Standing]): boolean => {
      const wide = ['all', 'node'].includes(scopeKind(freeze.scope));
      const let_ = (ledger.canaries.get(key) ?? 0) - canariesBefore;
      return connects < let_ * (wide ? WIDE_CANARIES : 1);
    };
    const canary = over.find(mayOf);
    if (canary !== undefined) canary[1].connects++;
    else
      this.#report(
        `a connection to ${provider.shape.name}, which is frozen (${known[0]?.[0]}), by no canary`,
      );
  }

  #stuck(): void {
    const { ledger, senders, disk } = this.#world;
    if (senders.holding > 0) this.#report(`${senders.holding} messages are still with their clients`);
    const rows = disk.rows(
      `SELECT id, recipient, path, state, lane, due_at, leased_by, last FROM delivery
       WHERE state NOT IN ('delivered', 'failed', 'expired', 'cancelled') ORDER BY id LIMIT 3`,
    );
    const frozen = [...ledger.standing.keys()].join(', ') || 'nothing';
    this.#report(`${ledger.queued} deliveries are stuck (frozen: ${frozen}): ${JSON.stringify(rows)}`);
  }

  #promises(): void {
    const kept = new Set([...this.#world.ledger.entries.values()].map(({ copy }) => copy));
    for (const copy of this.#world.promised.keys())
      if (!kept.has(copy)) this.#report(`${copy} got its 250 and is nowhere`);
  }

  /** Delivered means that the far end has it; more than once only when a crash or a lost answer explains it. */
  #receipts(): void {
    const { ledger, disk, providers } = this.#world;
    const recovered = new Map<DeliveryId, number>();
    for (const { delivery } of disk.rows(`SELECT delivery FROM event WHERE kind = 'recovered'`))
      recovered.set(delivery as DeliveryId, (recovered.get(delivery as DeliveryId) ?? 0) + 1);
    for (const { receipts } of providers) {
      for (const [key, receipt] of receipts) {
        const entry = ledger.byKey.get(key);
        if (entry === undefined) continue;
        const allowed = 1 + receipt.untold + (recovered.get(entry.id) ?? 0);
        if (receipt.taken > allowed)
          this.#report(`${key} was delivered ${receipt.taken} times, ${allowed} explained`);
      }
    }
    const taken = new Set(providers.flatMap(({ receipts }) => [...receipts.keys()]));
    for (const [key, { state, copy }] of ledger.byKey)
      if (state === 'delivered' && copy !== '' && !taken.has(key))
        this.#report(`${key} is said to be delivered and is not`);
  }

  /** The store has what it committed. */
  #stored(): void {
    const { ledger, disk } = this.#world;
    const rows = new Map(
      disk.rows('SELECT id, state, attempts FROM delivery').map((row) => [row['id'] as DeliveryId, row]),
    );
    for (const entry of ledger.entries.values()) {
      const row = rows.get(entry.id);
      if (row === undefined) this.#report(`${entry.copy} for ${entry.address} is not in the store`);
      else if (entry.state !== 'queued' && row['state'] !== entry.state)
        this.#report(`${entry.copy} ended as ${entry.state} and is ${row['state']}`);
      else if (row['attempts'] !== entry.attempts)
        this.#report(`${entry.copy} has ${row['attempts']} attempts instead of ${entry.attempts}`);
    }
    const [orphans] = disk.rows(
      'SELECT count(*) AS many FROM message WHERE id NOT IN (SELECT message FROM delivery)',
    );
    if (orphans?.['many'] !== 0) this.#report(`${orphans?.['many']} messages have no delivery`);
  }
}

/** How long at least one of them lasted, within a time. */
function lengthOf(spans: readonly { from: number; to: number }[], from: number, to: number): number {
  let total = 0;
  let reached = from;
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const end = Math.min(span.to, to);
    if (end <= reached) continue;
    total += end - Math.max(span.from, reached);
    reached = end;
  }
  return total;
}
