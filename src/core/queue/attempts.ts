/** What runs between a leased delivery and its settlement: claim, connect, transfer, settle, give back. */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import type { Classify, Verdict } from '../delivery/classify.ts';
import { lacking } from '../delivery/lacking.ts';
import { isCut, isInDialogue } from '../delivery/over-one.ts';
import { type OutcomePorts, settlementOf } from '../delivery/outcome.ts';
import type { Asking, Connection, Connector, TransferResult } from '../delivery/port.ts';
import type { Outcome } from '../guard/feedback.ts';
import { domainOf, needOf, type Route, type Router } from '../delivery/route.ts';
import { type DeliveryId, type PathKey, type RemoteReply, UNROUTED, type WorkerId } from '../envelope.ts';
import type { Suppression } from '../reputation/port.ts';
import type { Recalls } from './recalls.ts';
import type { Suppressions } from '../reputation/suppression.ts';
import type { Opened, TransferOutcome } from './attempt-outcome.ts';
import { type Breadth, groupOf } from './breadth.ts';
import { type FreezeBlame, partsOf } from './freeze.ts';
import { laneDelay } from './lanes.ts';
import type { ClaimedDelivery, ClaimRequest, QueueStore, Settlement, Turn, TurnRequest } from './port.ts';
import type { WarmUps } from './warm-ups.ts';
import {
  asItWas,
  type Batch,
  DamagedMessage,
  openMessage,
  saidFor,
  type StoredMessage,
  transferOf,
  type Work,
} from './work.ts';

export interface AttemptPorts extends OutcomePorts {
  readonly options: OutcomePorts['options'] & {
    /** Octets of message content kept in memory until they are delivered, at most. */
    readonly heldBytes: number;
  };
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly router: Router;
  readonly connector: Connector;
  /** What a reply means. */
  readonly classify: Classify;
  /** Is told who answers and who does not. */
  readonly breadth: Breadth;
  /** A delivery was routed to another path. */
  moved(path: PathKey): void;
  /** What a far end first said to a delivery of an account: the guard learns from it. */
  answered?(outcome: Outcome): void;
  /** Is told what came of each delivery; `apart`: mail of its customer stands still there, and the path goes on. */
  heard(delivery: ClaimedDelivery, verdict: Verdict, reply: RemoteReply): 'apart' | undefined;
  /** What new egresses may send; none is new unless given. */
  readonly warmUps?: Pick<WarmUps, 'may' | 'take' | 'putBack'>;
  /** Addresses that nothing is sent to. */
  readonly suppressions: Pick<Suppressions, 'of' | 'heard'>;
  /** Accounts of which nothing is sent. */
  readonly recalls: Pick<Recalls, 'has' | 'hold'>;
}

/** Milliseconds between two tries to write a settlement while the store is down. */
const SETTLE_AGAIN_MS = 500;
const MOVE_AGAIN_MS = 5_000;
/** What a reply is about that counts whenever it is said. */
const OF_US: ReadonlySet<string> = new Set(['ip', 'account-domain']);

/** What is known of an attempt whatever comes of it. */
type Tried = Omit<Parameters<typeof settlementOf>[0], 'verdict' | 'reply' | 'suppressed' | 'canary'>;

/** A delivery in our hands; `bytes`: octets of its content in memory. */
interface Lease {
  readonly bytes: number;
}

export class Attempts {
  readonly #ports: AttemptPorts;
  /** Leases that are in memory here: what the store says is leased to us and is not here is given back. */
  readonly #known = new Map<DeliveryId, Lease>();
  /** Octets of message content in memory. */
  #heldBytes = 0;
  #suspects = new Set<DeliveryId>();
  readonly #outcomes: ReturnType<Meter['counter']>;

  constructor(ports: AttemptPorts) {
    this.#ports = ports;
    this.#outcomes = ports.meter.counter({
      name: 'relais_outcomes_total',
      help: 'What attempts came to: the next state of the delivery, and whose fault it was.',
      labels: ['state', 'blame'],
    });
  }

  /** Never rejects: a store that is down has nothing to give. */
  async claim(worker: WorkerId, path: PathKey, parts: ClaimRequest['parts']): Promise<Work[][]> {
    try {
      const claimed = await this.#ports.store.claim({ worker, path, parts });
      return claimed.map((deliveries) => this.#leased(deliveries));
    } catch (error) {
      this.#ports.log.warn({ path, error: String(error) }, 'could not claim deliveries');
      return parts.map(() => []);
    }
  }

  /** Never rejects, as `claim`. */
  async claimInTurn(request: TurnRequest): Promise<{ works: Work[]; turn: Turn }> {
    try {
      const { deliveries, turn } = await this.#ports.store.claimInTurn(request);
      return { works: this.#leased(deliveries), turn };
    } catch (error) {
      this.#ports.log.warn({ path: request.path, error: String(error) }, 'could not claim deliveries');
      return { works: [], turn: request.turn };
    }
  }

  #leased(deliveries: readonly ClaimedDelivery[]): Work[] {
    for (const { id } of deliveries) this.known(id);
    return deliveries.map((delivery) => ({ delivery }));
  }

  /** Never rejects; undefined when it has gone, or the store is down. */
  async claimOne(worker: WorkerId, path: PathKey, delivery: DeliveryId): Promise<Work | undefined> {
    const one = await this.#ports.store.claimOne({ worker, path, delivery }).catch(() => undefined);
    return one === undefined ? undefined : this.#leased([one])[0];
  }

  /** Routes a delivery and opens a connection for it. `settled`: it was settled without one, and no fault of the path. */
  async connect(worker: WorkerId, work: Work, asking?: Asking): Promise<Opened> {
    const { delivery } = work;
    if ((await this.#wanted(worker, [work])).length === 0) return { kind: 'settled' };
    const route = await this.#ports.router.route(
      domainOf(delivery.recipient.address),
      needOf(delivery.message.envelope),
    );
    if (route.kind !== 'to') {
      await this.#unroutable(worker, work, route);
      return { kind: 'settled' };
    }
    if (route.path !== delivery.path) {
      await this.#move(worker, work, route.path);
      return { kind: 'settled' };
    }
    const spent = this.#ports.warmUps && (await this.#spent(worker, work, route.provider));
    if (spent !== undefined) return spent;
    const group = groupOf(partsOf(route.path).site, route.provider);
    const begunAt = this.#ports.clock.now();
    const opened = await this.#ports.connector.connect({ ...route.connect, asking });
    // What is open all the same is closed by whoever asked.
    if (!opened.ok && asking?.signal.aborted === true) return { kind: 'settled' };
    // Any reply shows that the network works.
    if (opened.ok || opened.reply.code !== undefined) this.#ports.breadth.succeeded(group, 'connect');
    // A host that refuses is dead for itself: packets went there and came back.
    else if (opened.refused !== true) this.#ports.breadth.failed(group, 'connect', begunAt);
    if (opened.ok) return { kind: 'open', connection: opened.connection };
    const { reply, trouble } = opened;
    if (opened.unbound === true) this.#ports.router.avoid(partsOf(route.path).egress);
    const verdict = this.#verdict(work, { accepted: false, reply, trouble });
    const settle = (): void => void this.#conclude({ ...this.#tried(worker, work), verdict, reply });
    this.#ports.heard(delivery, verdict, reply);
    if (verdict.kind !== 'path-trouble') return { kind: 'deferred', settle };
    return { kind: 'failed', blame: verdict.blame, reply, settle };
  }

  /** Whether a new egress has sent all it may there today: it stands still by now, and this goes back as it was. */
  async #spent(worker: WorkerId, work: Work, provider: string | undefined): Promise<Opened | undefined> {
    const { path } = work.delivery;
    const settle = (): void => void this.giveBack(worker, [work]);
    try {
      if (await this.#ports.warmUps?.may({ path, ...(provider === undefined ? {} : { provider }) }))
        return undefined;
    } catch (error) {
      return { kind: 'failed', blame: 'local', reply: notCounted(error as Error), settle };
    }
    return { kind: 'deferred', settle };
  }

  /** To the path it belongs to. One that was routed before waits a moment: two workers may disagree about a domain. */
  async #move(worker: WorkerId, work: Work, path: PathKey): Promise<void> {
    const { delivery } = work;
    const at = this.#ports.clock.now();
    const next =
      delivery.path === UNROUTED
        ? { state: 'ready' as const, path }
        : { state: 'waiting' as const, path, lane: delivery.lane, dueAt: at + MOVE_AGAIN_MS };
    await this.settle({ ...this.#unchanged(worker, work), next });
    this.#ports.moved(path);
  }

  /** One transaction; `apart` when there is nobody left to send to. */
  async transfer(worker: WorkerId, connection: Connection, all: Batch): Promise<TransferOutcome> {
    const wanted = await this.#wanted(worker, all.works);
    if (wanted.length === 0) return { kind: 'apart' };
    const lack = lacking((wanted[0] as Work).delivery.message.envelope, connection);
    if (lack !== undefined) return this.#refuse(worker, wanted, lack);
    const { warmUps } = this.#ports;
    const batch = { ...all, works: wanted };
    const outcome =
      warmUps === undefined
        ? await this.#send(worker, connection, batch)
        : await this.#sendAllowed(worker, connection, { warmUps, batch });
    return this.#ofSome(worker, outcome, { sent: wanted, all: all.works });
  }

  /** Whoever is told that nothing was tried takes all of them again: where it was for some, those go back from here. */
  #ofSome(
    worker: WorkerId,
    outcome: TransferOutcome,
    { sent, all }: { sent: readonly Work[]; all: readonly Work[] },
  ): TransferOutcome {
    if (outcome.kind !== 'stale' || sent.length === all.length) return outcome;
    void this.giveBack(worker, sent);
    return { kind: 'apart' };
  }

  /** As much as a new egress may send; the rest goes back as it was. */
  async #sendAllowed(
    worker: WorkerId,
    connection: Connection,
    { warmUps, batch }: { warmUps: NonNullable<AttemptPorts['warmUps']>; batch: Batch },
  ): Promise<TransferOutcome> {
    const { path } = (batch.works[0] as Work).delivery;
    const provider = this.#ports.router.providerOf(path);
    const where = provider === undefined ? { path } : { path, provider };
    let count: number;
    try {
      count = await warmUps.take(where, batch.works.length);
    } catch (error) {
      void this.giveBack(worker, batch.works);
      return { kind: 'trouble', blame: 'local', reply: notCounted(error as Error) };
    }
    const works = batch.works.slice(0, count);
    void this.giveBack(worker, batch.works.slice(count));
    if (works.length === 0) return { kind: 'apart' };
    const outcome = await this.#send(worker, connection, { ...batch, works });
    if (outcome.kind === 'stale') warmUps.putBack(where, count);
    return this.#ofSome(worker, outcome, { sent: works, all: batch.works });
  }

  async #send(worker: WorkerId, connection: Connection, batch: Batch): Promise<TransferOutcome> {
    const { works } = batch;
    const [first] = works as [Work, ...Work[]];
    const { message, path } = first.delivery;
    const fresh = connection.transfers === 0;
    let content: StoredMessage;
    try {
      content = await openMessage(this.#ports.store, message, first.content);
    } catch (error) {
      return this.#unreadable(worker, works, error as Error);
    }
    const results = await connection.transfer(transferOf(batch, content));
    if (content.damaged !== undefined) return this.#unreadable(worker, works, content.damaged);
    if (!fresh && results.every((result) => this.#isStale(first, result))) return { kind: 'stale' };
    // A connection that stays open shows again and again that the network works.
    if (!fresh && results.some(({ reply }) => reply.code !== undefined))
      this.#ports.breadth.succeeded(
        groupOf(partsOf(path).site, this.#ports.router.providerOf(path)),
        'connect',
      );
    let outcome: TransferOutcome = { kind: 'good' };
    // Not awaited: the next transaction runs while this one's outcome is being synced.
    works.forEach((work, index) => {
      const { reply, ...result } = results[index] as TransferResult;
      const verdict = this.#verdict(work, { ...result, reply, pathGoodAt: batch.pathGoodAt });
      this.#ports.suppressions.heard(work.delivery, verdict, reply);
      if (this.#ports.heard(work.delivery, verdict, reply) === 'apart') outcome = { kind: 'apart' };
      else if (verdict.kind === 'path-trouble') outcome = afterTrouble(verdict.blame, reply);
      void this.#conclude({
        ...this.#tried(worker, work),
        verdict,
        reply,
        dsnOffered: connection.offered.dsn,
        ...(batch.canary === undefined ? {} : { canary: true }),
      });
    });
    this.#ports.log.debug({ message: message.id, remote: connection.remote }, 'transaction ended');
    return outcome;
  }

  /** The far end ended a connection that had served: that says nothing of this message, and of us only what it says is about us. */
  #isStale(work: Work, result: TransferResult): boolean {
    const { trouble, reply } = result;
    if (reply.stage !== 'mail' || (trouble === undefined && reply.code !== 421)) return false;
    return trouble !== undefined || !OF_US.has(this.#verdict(work, result).about?.scope ?? '');
  }

  /** Those that are to be sent, still. */
  async #wanted(worker: WorkerId, works: readonly Work[]): Promise<readonly Work[]> {
    const { recalls } = this.#ports;
    const isRecalled = works.some(({ delivery }) => recalls.has(delivery.customer));
    return this.#unsuppressed(worker, isRecalled ? await this.recall(worker, works) : works);
  }

  /** Holds what is of stopped accounts; what goes on. Never rejects: where the store is down all of them go back. */
  async recall(worker: WorkerId, works: readonly Work[]): Promise<readonly Work[]> {
    const leases = works.map(({ delivery }) => this.#known.get(delivery.id));
    const held = await this.#ports.recalls.hold(worker, works);
    if (held === undefined) void this.giveBack(worker, works);
    return works.filter(({ delivery: { id } }, index) => {
      if (held?.has(id)) this.#forgetLease(id, leases[index]);
      return held?.has(id) === false;
    });
  }

  /** Without those to addresses that nothing is sent to: their senders are told at once. */
  #unsuppressed(worker: WorkerId, works: readonly Work[]): readonly Work[] {
    const { suppressions } = this.#ports;
    if (works.every(({ delivery }) => suppressions.of(delivery.recipient.address) === undefined))
      return works;
    return works.filter((work) => {
      const entry = suppressions.of(work.delivery.recipient.address);
      if (entry === undefined) return true;
      void this.#conclude({
        ...this.#tried(worker, work),
        tried: false,
        verdict: { kind: 'failed', blame: 'recipient' },
        reply: { stage: 'route', enhanced: '5.1.1', text: suppressedText(entry), afterMs: 0 },
        suppressed: { since: entry.since ?? entry.lastAt, by: entry.by === undefined ? 'its host' : 'us' },
      });
      return false;
    });
  }

  /** A delivery is leased to us from now on: claimed, or about to be accepted as leased. */
  known(delivery: DeliveryId): void {
    this.#known.set(delivery, { bytes: 0 });
  }

  /** The work with its bytes in memory while there is room for them; otherwise they are read from the store. */
  bounded(work: Work): Work {
    const bytes = work.content?.length ?? 0;
    if (bytes === 0 || this.#heldBytes + bytes > this.#ports.options.heldBytes)
      return { delivery: work.delivery };
    this.#heldBytes += bytes;
    this.#known.set(work.delivery.id, { bytes });
    return work;
  }

  /** It was not accepted, or nobody can say: should the store have it all the same, `reconcile` gives it back. */
  unknown(delivery: DeliveryId): void {
    this.#forgetLease(delivery, this.#known.get(delivery));
  }

  /** This lease, and not the next one: a delivery that goes back may be claimed again by the very commit that returns it. */
  #forgetLease(delivery: DeliveryId, lease: Lease | undefined): void {
    this.#heldBytes -= lease?.bytes ?? 0;
    if (this.#known.get(delivery) === lease) this.#known.delete(delivery);
  }

  /** Returns deliveries to the store as they were. Resolves when they are there again; never rejects. */
  async giveBack(worker: WorkerId, works: readonly Work[]): Promise<void> {
    await Promise.all(
      works.map((work) => this.settle({ ...this.#unchanged(worker, work), next: asItWas(work.delivery) })),
    );
  }

  /**
   * Gives back leases that the store has for us and we know nothing of: a commit whose answer was lost. Seen twice in a
   * row, because a commit may be on its way right now.
   */
  async reconcile(worker: WorkerId): Promise<void> {
    const unknown = (await this.#ports.store.leases(worker)).filter((id) => !this.#known.has(id));
    const again = unknown.filter((id) => this.#suspects.has(id));
    this.#suspects = new Set(unknown);
    if (again.length === 0) return;
    const returned = await this.#ports.store.returnLeases({ worker, deliveries: again });
    this.#ports.log.warn({ returned }, 'leases nobody knew of were given back');
  }

  /** Our store does not give the message. Away: everything stays as it is, and the path rests. Damaged: this one waits. */
  #unreadable(worker: WorkerId, works: readonly Work[], error: Error): TransferOutcome {
    const [first] = works as [Work, ...Work[]];
    this.#ports.log.error({ message: first.delivery.message.id, error: error.message }, 'could not read');
    const reply = { stage: 'mail' as const, text: error.message, afterMs: 0 };
    if (!(error instanceof DamagedMessage)) {
      void this.giveBack(worker, works);
      return { kind: 'trouble', blame: 'local', reply };
    }
    for (const work of works) void this.#postpone(worker, work, { reply, blame: 'local' });
    return { kind: 'good' };
  }

  /** The far end cannot carry this message: its sender is told, nothing is sent. */
  #refuse(
    worker: WorkerId,
    works: readonly Work[],
    lack: NonNullable<ReturnType<typeof lacking>>,
  ): TransferOutcome {
    for (const work of works) {
      void this.#conclude({
        ...this.#tried(worker, work),
        verdict: { kind: 'failed', blame: 'message' },
        reply: { stage: 'mail', afterMs: 0, ...lack },
      });
    }
    return { kind: 'good' };
  }

  #verdict({ delivery }: Work, result: Omit<Parameters<Classify>[0], 'last' | 'said'>): Verdict {
    const { last } = delivery;
    // At the banner nobody was named yet: whatever it says is its own.
    const said = isInDialogue(result.reply) ? saidFor(delivery) : [];
    return this.#ports.classify({ ...result, said, ...(last === undefined ? {} : { last }) });
  }

  #tried(worker: WorkerId, { delivery, content }: Work): Tried {
    const at = this.#ports.clock.now();
    const about = { delivery, worker, at, tried: true, dsnOffered: false } as const;
    return content === undefined ? about : { ...about, content };
  }

  /** No address to send to: final when the domain says so, otherwise asked again later without ageing. */
  async #unroutable(worker: WorkerId, work: Work, route: Exclude<Route, { kind: 'to' }>): Promise<void> {
    const { delivery } = work;
    const at = this.#ports.clock.now();
    const about = { delivery, worker, reply: route.reply, at, tried: false, dsnOffered: false };
    if (route.kind === 'nowhere') {
      return this.#conclude({ ...about, verdict: { kind: 'failed', blame: 'recipient' } });
    }
    const blame = route.trouble === 'local' ? 'local' : 'path';
    await this.#postpone(worker, work, { reply: route.reply, blame });
  }

  /** Looked at again after its lane's delay, in the same lane. */
  #postpone(worker: WorkerId, work: Work, why: Required<Pick<Settlement, 'reply' | 'blame'>>): Promise<void> {
    const { lane } = work.delivery;
    const dueAt = this.#ports.clock.now() + laneDelay(lane, this.#ports.options, this.#ports.random);
    return this.settle({
      ...this.#unchanged(worker, work),
      ...why,
      next: { state: 'waiting', dueAt, lane },
    });
  }

  /** Decides what becomes of a delivery and writes it, with the notice it owes; tries until the store takes it. */
  async #conclude(attempted: Parameters<typeof settlementOf>[0]): Promise<void> {
    const settlement = await this.#persist(() => settlementOf(attempted, this.#ports), attempted.delivery.id);
    await this.settle(settlement);
    const { delivery, verdict, reply, at } = attempted;
    const { account } = delivery.message;
    if (verdict.reading !== undefined && account !== undefined && delivery.attempts === 0)
      this.#ports.answered?.({
        account,
        class: verdict.reading.class,
        at,
        ...(reply.remote === undefined ? {} : { remote: reply.remote }),
        provider: this.#ports.router.providerOf(delivery.path),
      });
    for (const { path } of settlement.notice?.deliveries ?? []) this.#ports.moved(path);
  }

  #unchanged(worker: WorkerId, { delivery }: Work): Omit<Settlement, 'next'> {
    return {
      delivery: delivery.id,
      message: delivery.message.id,
      worker,
      at: this.#ports.clock.now(),
      attempted: false,
    };
  }

  /** Writes what became of a delivery that is leased to us, for as long as it takes. */
  async settle(settlement: Settlement): Promise<void> {
    const lease = this.#known.get(settlement.delivery);
    const result = await this.#persist(() => this.#ports.store.settle(settlement), settlement.delivery);
    this.#forgetLease(settlement.delivery, lease);
    const { state } = settlement.next;
    if (settlement.reply !== undefined || state === 'expired')
      this.#outcomes.add({ state, blame: settlement.blame ?? 'none' });
    if (result === 'lost')
      this.#ports.log.warn({ delivery: settlement.delivery }, 'outcome of a lease that was lost');
  }

  /** Tries for as long as it takes: what the far end said must not be forgotten while we live. */
  async #persist<T>(write: () => Promise<T>, delivery: number): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        this.#ports.log.warn({ delivery, error: String(error) }, 'could not write an outcome; trying again');
        await new Promise<void>((resolve) => {
          this.#ports.clock.after(SETTLE_AGAIN_MS, resolve);
        });
      }
    }
  }
}

function notCounted(error: Error): RemoteReply {
  return { stage: 'route', text: `what a new egress sends cannot be counted: ${error.message}`, afterMs: 0 };
}

function suppressedText({ reason, since = 0 }: Suppression): string {
  return `Nothing is sent there since ${new Date(since).toISOString()}: ${reason}`;
}

/** What a fault of the path, met in a transaction, means for the path. */
function afterTrouble(blame: FreezeBlame, reply: RemoteReply): TransferOutcome {
  return { kind: isCut(reply, blame) ? 'cut' : 'trouble', blame, reply };
}
