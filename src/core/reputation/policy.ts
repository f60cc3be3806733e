/**
 * What Relais does when a provider refuses us: how long it leaves that provider alone, and how much it takes to believe
 * that it is we who are refused. One entry for each provider that is known to want something of its own.
 */
import type { Confidence, ReplyClass } from './meaning.ts';

export interface Policy {
  /** The first pause after words that ask for less: so many connections, so much mail, too many complaints; ms. */
  readonly throttledMs: number;
  /** After a refusal of our address, ms. */
  readonly blockedMs: number;
  /** After a block list was named, ms. */
  readonly listedMs: number;
  /** The longest pause, however often the block is renewed, ms. The far end's own times may be longer. */
  readonly ceilingMs: number;
  /** Its sites answer each for itself, by rules of the customer there: what one of them says is true of that one. */
  readonly perSite?: true;
  /** Where it is known from. */
  readonly source: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Customers (of different domains, and of different tenants where domains have one) that meet a refusal before it is taken for one of our address. */
export const CUSTOMERS = 3;
/** Sites of a provider whose sites answer each for itself. */
export const SITES = 3;
/** Within this time, ms. */
export const WINDOW_MS = HOUR_MS;
/** A block that comes back within this time, ms, has the next longer pause at once. */
export const AGAIN_MS = 24 * HOUR_MS;
/** No word of a far end makes us wait longer, ms. */
const MOST_ASKED_MS = 48 * HOUR_MS;

/** For those that are not named below: KumoMTA's and ZoneMTA's rules, and what postmasters advise. */
const DEFAULT: Policy = {
  throttledMs: 10 * MINUTE_MS,
  blockedMs: 2 * HOUR_MS,
  listedMs: 4 * HOUR_MS,
  ceilingMs: 4 * HOUR_MS,
  source: 'KumoMTA shaping files at 3ebc1e8, ZoneMTA at cf94b99',
};

const POLICIES: Readonly<Record<string, Partial<Policy> & Pick<Policy, 'source'>>> = {
  // Stop for at least ten minutes, then one connection; if that fails, another ten.
  google: {
    blockedMs: 10 * MINUTE_MS,
    listedMs: HOUR_MS,
    ceilingMs: HOUR_MS,
    source: 'support.google.com/mail/answer/81126',
  },
  // A deferral for complaints ends about four hours after the last attempt, and hammering prolongs it. Many end sooner: the
  // first pause is shorter, every later one is those four hours (the ceiling).
  yahoo: { throttledMs: 2 * HOUR_MS, source: 'KumoMTA (suspend 2 h for TSS04); postmasters on TSS04' },
  'yahoo-japan': { throttledMs: 2 * HOUR_MS, source: 'the words of Yahoo' },
  'outlook-consumer': { throttledMs: 30 * MINUTE_MS, source: 'KumoMTA (S3150 2 h, rate limited 30 min)' },
  microsoft365: { perSite: true, source: 'learn.microsoft.com: lists and rules of each tenant' },
  'microsoft365-dane': { perSite: true, source: 'learn.microsoft.com: lists and rules of each tenant' },
  apple: { throttledMs: 15 * MINUTE_MS, source: 'KumoMTA (15 min; DBL 4 h)' },
  orange: {
    throttledMs: HOUR_MS,
    blockedMs: HOUR_MS,
    listedMs: 2 * HOUR_MS,
    source: 'KumoMTA (refused 1 h, Cloudmark and Spamhaus 2 h)',
  },
  // The block lasts two hours.
  sfr: { throttledMs: 2 * HOUR_MS, source: 'postmastery.com, the page on SFR' },
  // It ends by itself within a day.
  free: { blockedMs: 4 * HOUR_MS, ceilingMs: 24 * HOUR_MS, source: 'postmaster.free.fr' },
  'gmx-webde': { blockedMs: HOUR_MS, source: 'KumoMTA (1 to 2 h)' },
  // Nothing changes before somebody asks them.
  't-online': { blockedMs: 4 * HOUR_MS, ceilingMs: 24 * HOUR_MS, source: 'postmaster.t-online.de' },
  qq: { throttledMs: HOUR_MS, blockedMs: HOUR_MS, source: 'KumoMTA (1 h)' },
  netease: { throttledMs: 2 * MINUTE_MS, blockedMs: HOUR_MS, source: 'NetEase: 451 DT:SPM after 2 min' },
  // IB110 and IB112 end after an hour, IB111 and IB113 with the day.
  godaddy: {
    throttledMs: HOUR_MS,
    blockedMs: HOUR_MS,
    ceilingMs: 24 * HOUR_MS,
    source: 'godaddy help 40685',
  },
  mimecast: {
    throttledMs: 5 * MINUTE_MS,
    blockedMs: 10 * MINUTE_MS,
    perSite: true,
    source: 'Mimecast SMTP error codes: temporary IP block list 5 min',
  },
  proofpoint: { perSite: true, source: 'each of its customers has lists of its own' },
  barracuda: { perSite: true, source: 'campus.barracuda.com email-cache-policies' },
  symantec: { perSite: true, source: 'each of its customers has lists of its own' },
  cisco: { perSite: true, source: 'each of its customers has lists of its own' },
  hornetsecurity: { perSite: true, source: 'each of its customers has lists of its own' },
  spamexperts: { perSite: true, source: 'each of its customers has lists of its own' },
};

/** What holds for a provider, or for a site that is nobody's whom we know. */
export function policyOf(provider: string | undefined): Policy {
  return { ...DEFAULT, ...POLICIES[provider ?? ''] };
}

/** The providers that have a policy of their own. */
export const POLICY_NAMES: readonly string[] = Object.keys(POLICIES);

const THROTTLES: ReadonlySet<ReplyClass> = new Set([
  'ip-throttled',
  'conn-limit',
  'rate-limit',
  'domain-throttled',
  'submission-limit',
]);

/**
 * How long to wait after such a reply, ms: the first pause of its kind, or twice the last one up to the ceiling, and never
 * less than the far end asks for. Customers that are refused for their own sake are tried hourly at first.
 */
export function pauseOf(about: {
  provider: string | undefined;
  blame: 'reputation' | 'sender';
  class: ReplyClass;
  /** What the reply asks for, ms. */
  waitMs: number | undefined;
  /** The pause before this one, when the block is renewed. */
  lastMs: number | undefined;
}): number {
  const { lastMs, waitMs = 0 } = about;
  const { ceilingMs } = policyOf(about.provider);
  const next = lastMs === undefined ? firstOf(about) : Math.min(lastMs * 2, ceilingMs);
  return Math.max(next, Math.min(waitMs, MOST_ASKED_MS));
}

function firstOf(about: { provider: string | undefined; blame: string; class: ReplyClass }): number {
  const { throttledMs, blockedMs, listedMs } = policyOf(about.provider);
  if (about.blame === 'sender') return HOUR_MS;
  if (about.class === 'ip-dnsbl') return listedMs;
  return THROTTLES.has(about.class) ? throttledMs : blockedMs;
}

/** Replies that it takes before anything stands still: a token that is known word for word needs no second. */
export function repliesNeeded(blame: 'reputation' | 'sender', confidence: Confidence): number {
  // A domain's records may be read anew between two messages.
  if (blame === 'sender') return confidence === 'high' ? 2 : 3;
  return confidence === 'high' ? 1 : 2;
}
