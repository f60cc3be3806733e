/**
 * The core of one worker, put together from its ports: what takes messages, keeps them and sends them on. A server runs
 * it over sockets and a disk (`main.ts`), the lab over simulated ones.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import type { Random } from '../base/random.ts';
import type { WorkerBudget } from './capacity/capacity.ts';
import { type Classify, classify } from './delivery/classify.ts';
import type { Resolver } from './delivery/dns.ts';
import { Addressed } from './delivery/addressed.ts';
import { DsnNotices } from './delivery/notices.ts';
import type { Connector } from './delivery/port.ts';
import { PooledRouter } from './delivery/pooled.ts';
import type { Router } from './delivery/route.ts';
import { DnsRouter, type RouterOptions, type RouterPorts } from './delivery/router.ts';
import { watching } from './delivery/watching.ts';
import type { DirectoryStore } from './directory/admin.ts';
import { CachedDirectory } from './directory/cached.ts';
import type { PathKey, WorkerId } from './envelope.ts';
import type { LiveGuard, Who } from './guard/live.ts';
import { AutoReplies } from './intake/auto-reply.ts';
import { Acceptor, type AcceptOptions, type AcceptPorts } from './intake/accept.ts';
import { ReturnPaths } from './intake/return-path.ts';
import type { QuotaLimits, QuotaStore } from './mailbox/quota.ts';
import type { VacationStore } from './mailbox/vacation.ts';
import { QuotaDesk } from './mailbox/quota-desk.ts';
import type { WaitingStore } from './queue/admin.ts';
import { Attempts } from './queue/attempts.ts';
import { Breadth } from './queue/breadth.ts';
import { Dispatcher, type DispatcherOptions } from './queue/dispatcher.ts';
import type { Feedback } from './reputation/feedback.ts';
import { Reports } from './reputation/reports.ts';
import { Recalls } from './queue/recalls.ts';
import { Suppressions } from './reputation/suppression.ts';
import { IdSupply } from './queue/ids.ts';
import type { QueueStore } from './queue/port.ts';
import { Spreads } from './queue/spread.ts';
import { detours, type WarmUpPorts, WarmUps } from './queue/warm-ups.ts';
import { beginners } from './reputation/warm-up.ts';

export interface WorkerPorts extends Pick<AcceptPorts, 'signer'> {
  /** What mail may use of this machine. */
  readonly budget: WorkerBudget;
  readonly store: QueueStore & WaitingStore & DirectoryStore & QuotaStore & VacationStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly resolver: Resolver;
  readonly connector: Connector;
  /** What a reply means; as `core/delivery/classify.ts` has it unless given. */
  readonly classify?: Classify;
  /** Who answers and who does not; this worker's own unless given. */
  readonly breadth?: Breadth;
  /** The guard of this worker, made once it has its number; none where nobody is to be judged, as in most worlds of the lab. */
  guard?(who: Who): LiveGuard | undefined;
  /** Is told what comes back about mail that was sent; nobody unless given. */
  readonly feedback?: Feedback;
  /** Tells the other workers that a path they may own has something ready. */
  announce(path: PathKey): void;
  /** This worker was declared dead by the others: it must end. */
  lost(): void;
}

export interface WorkerOptions {
  readonly accept: AcceptOptions;
  readonly router: RouterOptions;
  /** Key of the return addresses of forwards (`core/intake/return-path.ts`). */
  readonly returnSecret: Uint8Array;
  /** The egress that carries what the guard doubts, and nothing else; none: all leaves alike. */
  readonly pool?: string;
  /** Whom people turn to, an address or a URL. */
  readonly contact?: string | undefined;
  /** What stands before the detail of a subaddress; none are known unless given. */
  readonly separator?: string;
  /** What an account may keep that has no limits of its own. */
  readonly quota?: QuotaLimits;
  readonly dispatcher: Omit<DispatcherOptions, 'lanes'>;
  /** The interval of each lane after live, ms. */
  readonly lanesMs: readonly number[];
  /** Octets of message content kept in memory until they are delivered, at most. */
  readonly heldBytes: number;
}

export interface WorkerCore {
  readonly ids: IdSupply;
  readonly directory: CachedDirectory;
  readonly dispatcher: Dispatcher;
  readonly acceptor: Acceptor;
  readonly returns: ReturnPaths;
  readonly guard: LiveGuard | undefined;
}

/** With an egress for what the guard doubts, two of them. */
function routerOf(ports: RouterPorts, { router, pool }: WorkerOptions): Router {
  if (pool === undefined) return new DnsRouter(ports, router);
  const doubted = router.egresses.filter(({ name }) => name === pool);
  const others = router.egresses.filter(({ name }) => name !== pool);
  return new PooledRouter(
    new DnsRouter(ports, { ...router, egresses: others }),
    new DnsRouter(ports, { ...router, egresses: doubted }),
  );
}

/** None where every egress is warm: then nothing is counted. */
function warmUpsOf(
  { store, clock, log, meter }: WorkerPorts,
  { router: { egresses }, pool }: WorkerOptions,
  stop: WarmUpPorts['stop'],
): WarmUps | undefined {
  if (beginners(egresses).length === 0) return undefined;
  return new WarmUps({ store, clock, log, meter, stop }, { egresses, pool });
}

/** What is in the queue and is not sent. */
function unsentOf(
  { store, clock, log }: Pick<WorkerPorts, 'store' | 'clock' | 'log'>,
  feedback: Feedback,
): { suppressions: Suppressions; recalls: Recalls } {
  return {
    suppressions: new Suppressions({ store, clock, log, feedback }),
    recalls: new Recalls({ store, clock, log }),
  };
}

/** Nothing runs until `dispatcher.start`. Rejects when the store is down. */
export async function assembleWorker(ports: WorkerPorts, options: WorkerOptions): Promise<WorkerCore> {
  const { store, clock, random, log, meter, connector, announce, lost, budget, signer } = ports;
  const ids = new IdSupply(store);
  await ids.fill();
  const directory = new CachedDirectory(store, clock, options);
  const breadth = ports.breadth ?? new Breadth(clock.now);
  const spreads = new Spreads({ store, clock });
  const resolver = watching(ports.resolver, breadth, clock.now);
  const warmUps = warmUpsOf(ports, options, (freeze) => dispatcher.standStill(freeze));
  const ways = warmUps === undefined ? spreads : detours(spreads, warmUps);
  const router = routerOf({ resolver, clock, barred: ways }, options);
  const returns = new ReturnPaths({ store, directory, clock }, options.returnSecret);
  const addressed = new Addressed({ directory, returns, router, ids });
  const told = { ...options.accept, contact: options.contact };
  const notices = new DsnNotices({ store, addressed, router, ids, clock, random }, told);
  const outside = { store, clock, log, meter, router, notices, breadth };
  const feedback: Feedback = {
    told(event) {
      ports.feedback?.told(event);
      guard?.told(event);
    },
  };
  const unsent = unsentOf(ports, feedback);
  const reports = new Reports({ store, clock, log, feedback, secret: options.accept.referenceSecret });
  const attempts = new Attempts({
    ...outside,
    random,
    connector,
    options: { lanesMs: options.lanesMs, heldBytes: options.heldBytes },
    classify: ports.classify ?? classify,
    moved: (path) => dispatcher.wake(path),
    expiryOf: (delivery, at) => dispatcher.expiryOf(delivery, at),
    answered: (outcome) => guard?.answered(outcome),
    heard(delivery, verdict, reply) {
      const provider = warmUps && router.providerOf(delivery.path);
      warmUps?.heard({ path: delivery.path, ...(provider === undefined ? {} : { provider }) }, verdict);
      return dispatcher.heard(delivery, verdict, reply);
    },
    ...unsent,
    ...(warmUps === undefined ? {} : { warmUps }),
  });
  const worker = ids.take<WorkerId>() as WorkerId;
  const guard = ports.guard?.({ worker, ids, success: notices });
  const dispatcher = new Dispatcher(
    worker,
    { ...outside, attempts, ...unsent, spreads: ways, feedback, announce, lost, budget },
    { ...options.dispatcher, lanes: options.lanesMs.length },
  );
  const acceptor = new Acceptor(
    {
      store,
      clock,
      log,
      meter,
      ids,
      dispatcher,
      notices,
      directory,
      returns,
      budget,
      arrived: (acceptance) => reports.arrived(acceptance),
      quota: new QuotaDesk({ ids, random, hostname: options.accept.hostname }, options),
      replies: new AutoReplies({ directory, addressed, ids, random, signer }, options.accept),
      ...(signer === undefined ? {} : { signer }),
      ...(guard === undefined ? {} : { guard: guard.desk, owners: guard.owners }),
    },
    options.accept,
  );
  return { ids, directory, dispatcher, acceptor, returns, guard };
}
