/**
 * The promises of the design (section 4), watched while a world runs and checked at its end (`last-look.ts`). Each breach
 * is a sentence; none means that the run was clean.
 */
import type { PathKey } from '../core/envelope.ts';
import type { Freeze, Scope } from '../core/queue/freeze.ts';
import type { Settlement } from '../core/queue/port.ts';
import { lastLook, nameOf } from './last-look.ts';
import type { Entry } from './entry.ts';
import type { Life } from './life.ts';
import type { Provider } from './providers.ts';
import { scopesOfPath } from './scopes.ts';
import { Stillness } from './stillness.ts';
import { Turns } from './turns.ts';
import { DISK_BUDGET_OCTETS, type World } from './world.ts';

/** Breaches kept. */
const MOST = 20;
/** A worker may reckon a lifetime with what it read this long ago, ms: a sweep, and whatever commits are before it. */
const STALE_MS = 5_000;
/** A spent budget is known after this, ms: it is looked at ten times a second. */
const BUDGET_KNOWN_AFTER_MS = 200;

export class Invariants {
  readonly broken: string[] = [];
  readonly #world: World;
  /** Times in which the fault was ours, by what stood still. */
  readonly #ours: { readonly scope: Scope; readonly from: number; to: number }[] = [];
  /** What far ends have taken, and for whom, while nobody has written it down. */
  readonly #unsettled = new Map<Entry, readonly Life[]>();
  readonly #turns: Turns;
  readonly #stillness: Stillness;

  constructor(world: World) {
    this.#world = world;
    const report = (what: string): void => this.#report(what);
    this.#turns = new Turns({ clock: world.clock, node: world.node, report });
    this.#stillness = new Stillness(world, report);
    world.network.taps.push({
      connects: (provider) => this.#connects(provider),
      begins: (transfer, { provider, ...about }) => {
        const begun = { ...about, path: pathOf(provider) };
        this.#stillness.begins(begun);
        this.#turns.begins(transfer, begun);
      },
      took: (copy, { to, life }) => {
        const entry = world.ledger.byKey.get(`${copy} ${to}`);
        if (entry === undefined) return;
        // What a worker had sent when it died may be taken all the same.
        if (life.ended) entry.cutOff++;
        else this.#unsettled.set(entry, [...(this.#unsettled.get(entry) ?? []), life]);
      },
    });
    world.ledger.taps.push({
      accepted: (entry) => this.#accepted(entry),
      claimed: (entry) => this.#turns.claimed(entry),
      returned: (entry) => this.#turns.returned(entry),
      settled: (settlement, entry, by) => {
        const others = this.#unsettled.get(entry)?.filter((life) => life !== by) ?? [];
        if (others.length > 0) this.#unsettled.set(entry, others);
        else this.#unsettled.delete(entry);
        this.#settled(settlement, entry);
      },
      owned: (path) => this.#turns.owned(path),
      stands: (kind, about) => this.#stands(kind, about),
    });
    world.disk.whenSick.push(() => this.#turns.disturb());
    world.whenCrashed.push((life) => this.#crashed(life));
  }

  /** To be called once, after everything has been well for long enough; `drained`: whether the queue is empty. */
  atEnd(about: { drained: boolean }): void {
    lastLook(this.#world, about, (what) => this.#report(what));
  }

  #report(what: string): void {
    if (this.broken.length < MOST)
      this.broken.push(`${(this.#world.clock.monotonic() / 1000).toFixed(1)} s: ${what}`);
  }

  #crashed(life: Life): void {
    this.#turns.crashed(life);
    for (const [entry, lives] of this.#unsettled) entry.cutOff += lives.filter((one) => one === life).length;
  }

  #accepted(entry: Entry): void {
    const { disk, ledger, clock } = this.#world;
    this.#turns.accepted(entry);
    // The moment of the decision, which is before that of the commit.
    const decidedMono = entry.acceptedAt - (clock.now() - clock.monotonic());
    const { freeBytes, freeSince } = disk.room;
    const isSpent = freeBytes < DISK_BUDGET_OCTETS && decidedMono - freeSince > BUDGET_KNOWN_AFTER_MS;
    if (isSpent && !ledger.notices.has(entry.message))
      this.#report(`${nameOf(entry)} was accepted while the disk's budget was spent`);
  }

  #settled(settlement: Settlement, entry: Entry): void {
    const { next, blame, reply, attempted, delayTold } = settlement;
    this.#turns.settled(settlement, entry);
    const told = nameOf(entry);
    if (entry.state !== 'queued') this.#report(`${told} was ${entry.state} and is settled again`);
    const isFinal = next.state !== 'ready' && next.state !== 'waiting';
    const isNoFaultOfIts = blame === 'local' || blame === 'path' || blame === 'reputation';
    if (isNoFaultOfIts && !isFinal) {
      if (attempted) this.#report(`${told}: an attempt was counted by ${blame} trouble at ${reply?.stage}`);
      if (next.state === 'waiting' && next.lane !== entry.lane)
        this.#report(`${told}: ${blame} trouble moved it from lane ${entry.lane} to ${next.lane}`);
    }
    if (next.state === 'failed' && isNoFaultOfIts)
      this.#report(`${told} failed for good by ${blame} trouble`);
    if (delayTold === true && entry.delayTold)
      this.#report(`${told}: its sender was told of the delay twice`);
    if (next.state === 'expired') this.#expired(entry, settlement.at);
  }

  /** Its own time is over, and it does not end while the fault is ours. */
  #expired(entry: Entry, at: number): void {
    const { node, queue } = this.#world;
    const scopes = scopesOfPath(entry.path, node);
    const spans = this.#ours.filter(({ scope }) => scopes.has(scope));
    const livedMs = at - entry.acceptedAt - lengthOf(spans, entry.acceptedAt, at);
    if (livedMs < queue.lifetimeMs - STALE_MS)
      this.#report(`${nameOf(entry)} expired after ${livedMs} ms of its own time: our outage aged it`);
  }

  #stands(kind: 'freeze' | 'thaw', { freeze, at }: { freeze: Freeze; at: number }): void {
    this.#turns.stands(kind, freeze);
    this.#stillness.stands(kind, freeze);
    const { scope, blame, since } = freeze;
    const standing = this.#ours.find((one) => one.scope === scope && one.to === Number.POSITIVE_INFINITY);
    if (kind === 'thaw') {
      if (standing !== undefined) standing.to = at;
    } else if (blame === 'local' && standing === undefined)
      this.#ours.push({ scope, from: since, to: Number.POSITIVE_INFINITY });
  }

  #connects(provider: Provider): void {
    const { maxConnections } = this.#world.queue;
    if (provider.open >= maxConnections)
      this.#report(`more than ${maxConnections} connections to ${provider.shape.name}`);
    this.#stillness.connects(pathOf(provider));
  }
}

function pathOf({ site }: Provider): PathKey {
  return `${site}>default` as PathKey;
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
