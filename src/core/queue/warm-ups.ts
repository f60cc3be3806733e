/**
 * What a new egress may still send today. A worker takes a chunk of a stream's allowance from the store and gives it out
 * from memory, before each connection and each transaction; a crash loses what is left of the chunk and never gives any of
 * it twice. When nothing is left the stream stands still until the day ends (UTC), by one freeze of our own making that has
 * no canary; meanwhile its mail goes by an egress that is warm, where there is one in the same pool.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import { ipFamily } from '../config/network.ts';
import type { Verdict } from '../delivery/classify.ts';
import type { Egress } from '../delivery/egress.ts';
import type { PathKey } from '../envelope.ts';
import { endOfDay, utcDay } from '../../base/calendar.ts';
import { beginners, OTHERS, type WarmUpStore } from '../reputation/warm-up.ts';
import {
  type Freeze,
  type FreezeStore,
  isWarmUpStop,
  type Place,
  partsOf,
  type Scope,
  streamScope,
} from './freeze.ts';
import { SendingBack, type UnrouteStore } from './sending-back.ts';
import { areEqual, type Barred, isAmong } from './spread.ts';

/** A day, and what clocks of servers that share a store may differ by. */
const LONGEST_STOP_MS = 25 * 3_600_000;

type Where = Pick<Place, 'path' | 'provider'>;

export interface WarmUpPorts {
  readonly store: WarmUpStore & Pick<FreezeStore, 'freezes' | 'thaw'> & UnrouteStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Makes it stand still here at once, and everywhere. Rejects when the store is down. */
  stop(freeze: Freeze): Promise<void>;
}

/** One stream on one day, in this worker. */
interface Today {
  readonly egress: string;
  readonly provider: string;
  readonly since: number;
  readonly day: number;
  /** Taken from the store, and not given out. */
  left: number;
  state: 'warming' | 'spent' | 'over';
  asking: Promise<void> | undefined;
}

export class WarmUps implements Barred {
  readonly #ports: WarmUpPorts;
  readonly #egresses: ReadonlyMap<string, Egress>;
  /** When each of those that warm up began. */
  readonly #since: ReadonlyMap<string, number>;
  readonly #pool: string | undefined;
  /** Bounded by the providers that there are, for each egress. */
  readonly #today = new Map<Scope, Today>();
  /** Streams that were refused, and on which day, until the store knows. */
  readonly #refused = new Map<string, { egress: string; provider: string; day: number }>();
  readonly #noted = new Set<string>();
  /** On their way to the store. */
  readonly #stopping = new Set<Scope>();
  #stopped: ReadonlySet<Scope> = new Set();
  #still: ReadonlySet<Scope> = new Set();
  #version = 0;
  readonly #sending: SendingBack;
  readonly #begunAt: number;
  readonly #sent: ReturnType<Meter['counter']>;
  readonly #stops: ReturnType<Meter['counter']>;

  /** `pool`: the egress for what the guard doubts, which carries nothing else. */
  constructor(ports: WarmUpPorts, about: { egresses: readonly Egress[]; pool?: string | undefined }) {
    this.#ports = ports;
    this.#sending = new SendingBack(ports.store, ports.clock);
    this.#begunAt = ports.clock.now();
    this.#egresses = new Map(about.egresses.map((egress) => [egress.name, egress]));
    this.#since = new Map(beginners(about.egresses).map(({ name, since }) => [name, since]));
    this.#pool = about.pool;
    const labels = ['egress', 'provider'];
    this.#sent = ports.meter.counter({
      name: 'relais_warm_up_recipients_total',
      help: 'Recipients that a new egress sent to, of its allowance.',
      labels,
    });
    this.#stops = ports.meter.counter({
      name: 'relais_warm_up_stops_total',
      help: 'Days on which the allowance of a new egress was spent, as this worker met it.',
      labels,
    });
  }

  /** Whether anything may still go there today; stops the stream when not. Rejects when the store is down. */
  may(where: Where): boolean | Promise<boolean> {
    const today = this.#of(where);
    return today === undefined || today.left > 0 || this.#asked(today);
  }

  async #asked(today: Today): Promise<boolean> {
    while (today.left === 0 && today.state === 'warming') await this.#more(today, 1);
    if (today.left === 0 && today.state === 'spent') this.#stop(today);
    return today.left > 0 || today.state === 'over';
  }

  /** Takes recipients, `count` at most, that go there now; less stops the stream. Rejects when the store is down. */
  async take(where: Where, count: number): Promise<number> {
    const today = this.#of(where);
    if (today === undefined) return count;
    // Others take as well while the store is asked: what there is is given out in the turn that looked.
    while (today.left < count && today.state === 'warming') await this.#more(today, count - today.left);
    if (today.state === 'over') return count;
    const given = Math.min(today.left, count);
    today.left -= given;
    if (given < count) this.#stop(today);
    const { egress, provider } = today;
    for (let sent = 0; sent < given; sent++) this.#sent.add({ egress, provider });
    return given;
  }

  /** They were not sent after all: nothing was tried. */
  putBack(where: Where, count: number): void {
    const today = this.#of(where);
    if (today !== undefined) today.left += count;
  }

  /** What came of a delivery: a day on which our address or our rate was refused does not count. */
  heard({ path, provider = OTHERS }: Where, verdict: Verdict): void {
    if (path === '' || !('blame' in verdict) || verdict.blame !== 'reputation') return;
    if (verdict.about?.confidence === 'low') return;
    const { egress } = partsOf(path);
    if (!this.#since.has(egress)) return;
    const day = utcDay(this.#ports.clock.now());
    const key = `${provider}>${egress}`;
    if (this.#noted.has(`${key} ${day}`)) return;
    this.#refused.set(key, { egress, provider, day });
    void this.#keepRefusals().catch((error: unknown) =>
      this.#ports.log.warn(
        { error: String(error) },
        'could not keep that a warm-up was refused; trying again',
      ),
    );
  }

  get version(): number {
    return this.#version;
  }

  bars(where: Where): boolean {
    return isAmong(this.#stopped, where);
  }

  /** One that is warm, of the same family and pool, and stands still for no other reason. */
  mayStandIn(other: Where, barred: Where): boolean {
    if (!this.bars(barred)) return true;
    const [to, from] = [other, barred].map(({ path }) => this.#egresses.get(partsOf(path).egress));
    if (to === undefined || from === undefined || !this.#isAlike(to, from)) return false;
    return !isAmong(this.#still, other);
  }

  /** Reads what stands still, and keeps what could not be kept before. Rejects when the store is down. */
  async refresh(): Promise<void> {
    const { store, clock } = this.#ports;
    await this.#keepRefusals();
    const now = clock.now();
    const { freezes } = await store.freezes(now);
    const standing = freezes.filter(({ until }) => until === undefined || until > now);
    const stops: Scope[] = [];
    for (const stop of standing.filter(isWarmUpStop)) {
      const { scope, cause } = stop;
      if (this.#isStale(stop, now)) await store.thaw({ scope, cause, at: now });
      else stops.push(scope);
    }
    this.#change({
      stopped: new Set([...stops, ...this.#stopping]),
      still: new Set(standing.map(({ scope }) => scope)),
    });
  }

  /**
   * Of a day that has not come yet: the clock was wrong then. Or of before this worker began: the egress may be warm now, or have
   * a larger allowance, and where it has not, the store gives nothing and the stream is stopped again before anything is sent.
   */
  #isStale({ scope, since, until }: Freeze, now: number): boolean {
    const egress = scope.slice(scope.lastIndexOf('>') + 1);
    const isOfBefore = since < this.#begunAt && this.#egresses.has(egress);
    return isOfBefore || (until ?? now) > now + LONGEST_STOP_MS;
  }

  /** Sends back to be routed what waits on a path that is stopped and has a stand-in; true when there was something. */
  async clear(where: Where): Promise<boolean> {
    if (!this.bars(where)) return false;
    const { site } = partsOf(where.path);
    const others = [...this.#egresses.keys()].map((name) => ({
      ...where,
      path: `${site}>${name}` as PathKey,
    }));
    return (
      others.some((other) => this.mayStandIn(other, where)) && (await this.#sending.sweep(where.path)) > 0
    );
  }

  #isAlike(to: Egress, from: Egress): boolean {
    if (to === from || to.since !== undefined) return false;
    if ((to.name === this.#pool) !== (from.name === this.#pool)) return false;
    const [ours, theirs] = [to.address, from.address].map((one) =>
      one === undefined ? undefined : ipFamily(one),
    );
    return ours === undefined || theirs === undefined || ours === theirs;
  }

  #change({ stopped, still }: { stopped: ReadonlySet<Scope>; still: ReadonlySet<Scope> }): void {
    const isSame = areEqual(stopped, this.#stopped) && (stopped.size === 0 || areEqual(still, this.#still));
    this.#stopped = stopped;
    this.#still = still;
    // Where no egress can stand in for another, mail goes nowhere else and no answer of the router changes.
    if (isSame || this.#egresses.size === this.#since.size) return;
    this.#version++;
    this.#sending.begin();
  }

  /** Undefined for what is warm. */
  #of({ path, provider = OTHERS }: Where): Today | undefined {
    const { egress } = partsOf(path);
    const since = this.#since.get(egress);
    if (since === undefined) return undefined;
    const scope = streamScope(provider, egress);
    const day = utcDay(this.#ports.clock.now());
    const known = this.#today.get(scope);
    if (known?.day === day) return known.state === 'over' ? undefined : known;
    // What was left of another day stays there, whichever way the clock went.
    const today: Today = { egress, provider, since, day, left: 0, state: 'warming', asking: undefined };
    this.#today.set(scope, today);
    return today;
  }

  /** Asks for more; one question at a time. */
  #more(today: Today, count: number): Promise<void> {
    today.asking ??= this.#ask(today, count).finally(() => {
      today.asking = undefined;
    });
    return today.asking;
  }

  async #ask(today: Today, count: number): Promise<void> {
    const { egress, provider, day, since } = today;
    const { granted } = await this.#ports.store.takeWarmUp({ egress, provider, day, since, count });
    if (granted === undefined) today.state = 'over';
    else if (granted === 0) today.state = 'spent';
    else today.left += granted;
  }

  #stop({ egress, provider, day }: Today): void {
    const scope = streamScope(provider, egress);
    if (this.#stopping.has(scope)) return;
    const { clock, log } = this.#ports;
    const until = endOfDay(day);
    // The clock went on while the store was asked: the new day has an allowance of its own.
    if (until <= clock.now()) return;
    log.info({ egress, provider }, 'the warm-up of an egress has sent what it may today');
    this.#stops.add({ egress, provider });
    this.#stopping.add(scope);
    this.#change({ stopped: new Set([...this.#stopped, scope]), still: new Set([...this.#still, scope]) });
    const reason = `${egress} is new, and has sent what it may send there today`;
    const freeze: Freeze = { scope, cause: 'warm-up', blame: 'local', since: clock.now(), reason, until };
    void this.#ports
      .stop(freeze)
      .catch((error: unknown) => log.warn({ scope, error: String(error) }, 'could not stop a warm-up'))
      .finally(() => this.#stopping.delete(scope));
  }

  async #keepRefusals(): Promise<void> {
    for (const [key, refusal] of [...this.#refused]) {
      this.#refused.delete(key);
      try {
        await this.#ports.store.noteWarmUpRefusal(refusal);
      } catch (error) {
        if (!this.#refused.has(key)) this.#refused.set(key, refusal);
        throw error;
      }
      if (this.#noted.size >= MOST_NOTED) this.#noted.clear();
      this.#noted.add(`${key} ${refusal.day}`);
    }
  }
}

/** Refusals remembered, so that the store is not told again. */
const MOST_NOTED = 10_000;

/** What leaves by another egress because somebody asked for it, and because an allowance is spent, as one. */
export function detours(
  spreads: Barred & {
    refresh(of: (path: PathKey) => string | undefined): Promise<void>;
    clear(where: Where): Promise<boolean>;
  },
  warmUps: WarmUps,
): typeof spreads {
  return {
    get version() {
      return spreads.version + warmUps.version;
    },
    bars: (where) => spreads.bars(where) || warmUps.bars(where),
    mayStandIn: (other, barred) => spreads.mayStandIn(other, barred) && warmUps.mayStandIn(other, barred),
    async refresh(of) {
      await spreads.refresh(of);
      await warmUps.refresh();
    },
    clear: async (where) => (await spreads.clear(where)) || (await warmUps.clear(where)),
  };
}
