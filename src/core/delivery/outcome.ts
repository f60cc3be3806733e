/** From what the far end said to what becomes of the delivery: the settlement, with the notice it owes. */
import type { Random } from '../../base/random.ts';
import type { Blame, RemoteReply, WorkerId } from '../envelope.ts';
import type { Acceptance, ClaimedDelivery, Settlement } from '../queue/port.ts';
import type { Scope } from '../queue/freeze.ts';
import { type LaneOptions, nextLane } from '../queue/lanes.ts';
import { asItWas } from '../queue/work.ts';
import type { Verdict } from './classify.ts';
import { goesAside } from './over-one.ts';

/** How long others go before a delivery that the far end broke off over twice, ms. */
const ASIDE_MS = 20_000;
/** And before one that failed as a canary, ms: longer than until the next canary. */
const CANARY_ASIDE_MS = 6 * 60_000;

export type NoticeKind = 'failed' | 'expired' | 'delayed' | 'relayed' | 'delivered';

export interface NoticeAbout {
  readonly delivery: ClaimedDelivery;
  /** What came of this very delivery's last try; never what was said to another's mail, nor what one of us wrote. */
  readonly reply?: RemoteReply;
  readonly blame?: Blame;
  /** ms since the epoch, as all times here. */
  readonly at: number;
  /** When it was tried last; absent when it never was. */
  readonly triedAt?: number;
  /** The message's bytes when they are in memory. */
  readonly content?: Buffer;
  /** A cause on our side stops it, with other mail of its sender: the notice is about all of that. */
  readonly stop?: { readonly scope: Scope; readonly since: number };
  /** What was said to mail of its sender's domain, which stands still for it. */
  readonly saidToDomain?: RemoteReply;
  /** Nothing is sent to that address any more. */
  readonly suppressed?: Suppressed;
}

/** Since when, and who decided it: its host said that nobody is there, or one of us wrote it down. */
export interface Suppressed {
  readonly since: number;
  readonly by: 'its host' | 'us';
}

/** Writes the notices (RFC 3461, RFC 3464) that a settlement owes. */
export interface Notices {
  /** Undefined when nobody is to be told: null reverse-path, NOTIFY=NEVER, not asked for. Never rejects for want of the original's bytes. */
  compose(kind: NoticeKind, about: NoticeAbout): Promise<Acceptance | undefined>;
}

export interface OutcomePorts {
  readonly notices: Notices;
  readonly random: Random;
  readonly options: LaneOptions;
  /** When a delivery's lifetime ends as things stand at `at`: its own end, and what did not count against it. */
  expiryOf(delivery: ClaimedDelivery, at: number): number;
}

interface Attempted {
  readonly delivery: ClaimedDelivery;
  readonly worker: WorkerId;
  readonly verdict: Verdict;
  readonly reply: RemoteReply;
  readonly at: number;
  /** False when nothing was tried for this delivery: its path rests, or has no route. */
  readonly tried: boolean;
  /** The message's bytes when they are in memory. */
  readonly content?: Buffer;
  /** It tried for all that stands still behind it. */
  readonly canary?: true;
  /** The far end promised to send its own notices (RFC 3461 section 5.2.2). */
  readonly dsnOffered: boolean;
  readonly suppressed?: Suppressed;
}

/** What becomes of a delivery after one attempt. */
export async function settlementOf(attempted: Attempted, ports: OutcomePorts): Promise<Settlement> {
  const { delivery, verdict, at } = attempted;
  const base = baseOf(attempted);
  switch (verdict.kind) {
    case 'delivered':
      return { ...base, next: { state: 'delivered' }, ...(await noticeIfSuccess(attempted, ports)) };
    case 'failed':
      return {
        ...base,
        blame: verdict.blame,
        next: { state: 'failed' },
        ...(await notice('failed', attempted, ports)),
      };
    case 'deferred': {
      if (isOver(attempted, ports)) return expired(attempted, ports);
      const { lane, delayMs } = nextLane(delivery.lane, ports.options, ports.random);
      return { ...base, blame: verdict.blame, next: { state: 'waiting', lane, dueAt: at + delayMs } };
    }
    case 'path-trouble':
      if (isOver(attempted, ports)) return expired(attempted, ports);
      return {
        ...base,
        blame: verdict.blame,
        // What is no fault of the delivery's does not count against it.
        attempted: false,
        next: standsAside(attempted, verdict.blame) ? aside(attempted) : asItWas(delivery),
      };
    default:
      return verdict satisfies never;
  }
}

function standsAside({ delivery: { last }, reply, canary }: Attempted, blame: Blame): boolean {
  return goesAside({
    reply,
    blame,
    ...(last === undefined ? {} : { last }),
    ...(canary === undefined ? {} : { canary }),
  });
}

/** Others go first: whether the far end takes them tells whose fault it is. Its lane is not touched. */
function aside({ delivery, at, canary }: Attempted): Settlement['next'] {
  return {
    state: 'waiting',
    lane: delivery.lane,
    dueAt: at + (canary === true ? CANARY_ASIDE_MS : ASIDE_MS),
  };
}

/** Its lifetime is over, not counting the time that was no fault of its own (design, promise 3). */
function isOver({ delivery, at }: Pick<Attempted, 'delivery' | 'at'>, ports: OutcomePorts): boolean {
  return at >= ports.expiryOf(delivery, at);
}

function baseOf(about: Attempted): Omit<Settlement, 'next'> {
  const { delivery, worker, at, reply, tried, verdict, suppressed } = about;
  const { id, message } = delivery;
  const { reading } = verdict;
  const base = { delivery: id, message: message.id, worker, at, reply, attempted: tried };
  if (suppressed !== undefined) return { ...base, suppressed: suppressed.by };
  return reading === undefined ? base : { ...base, reading };
}

async function expired(attempted: Attempted, ports: OutcomePorts): Promise<Settlement> {
  const { verdict } = attempted;
  return {
    ...baseOf(attempted),
    next: { state: 'expired' },
    ...('blame' in verdict ? { blame: verdict.blame } : {}),
    ...(await notice('expired', attempted, ports)),
  };
}

async function noticeIfSuccess(
  attempted: Attempted,
  ports: OutcomePorts,
): Promise<Pick<Settlement, 'notice'>> {
  // The common case costs nothing: nobody asked.
  if (!attempted.delivery.recipient.notify?.includes('SUCCESS') || attempted.dsnOffered) return {};
  return notice('relayed', attempted, ports);
}

/** When it was tried last, as its row has it: then somebody was met, or was to be. */
export function triedAtOf({ last }: ClaimedDelivery): number | undefined {
  return last?.remote === undefined ? undefined : last.at;
}

async function notice(
  kind: NoticeKind,
  attempted: Attempted,
  ports: OutcomePorts,
): Promise<Pick<Settlement, 'notice'>> {
  const { verdict } = attempted;
  const blame = 'blame' in verdict ? { blame: verdict.blame } : {};
  const triedAt = attempted.tried ? attempted.at : triedAtOf(attempted.delivery);
  const tried = triedAt === undefined ? {} : { triedAt };
  const composed = await ports.notices.compose(kind, { ...attempted, ...blame, ...tried });
  return composed === undefined ? {} : { notice: composed };
}
