/** Stolen accounts: spams put into the traffic of a host, in every way that the protocol names. */
import type { SendEvent } from '../../../src/core/guard/event.ts';
import type { Chance } from '../../chance.ts';
import { DAY, type Host, HOUR, type Spam } from './traffic.ts';

export type From = 'botnet' | 'one address' | 'near the owner' | "the owner's own";
/** `beside friends`: a stranger and three contacts in each. */
export type To = 'all new' | 'half contacts' | 'contacts only' | 'beside friends';
export type Content = 'one template' | 'a campaign' | 'random';

export interface Attack {
  readonly from: From;
  readonly to: To;
  readonly content: Content;
  /** Between two spams of one account, ms. */
  readonly everyMs: number;
  readonly accounts: number;
  /** Recipients of each spam, friends beside them aside. */
  readonly each: number;
}

/** Spams that one account sends, or as many as a week holds. */
const MOST_EACH = 300;
const FOR_MS = 7 * DAY;
const FRIENDS_BESIDE = 3;
const WARM_UP_MS = 30 * DAY;
/** Of the stolen accounts one in so many has no history. */
const NEW_EVERY = 3;

/** What is known of the account that is stolen. */
interface Victim {
  readonly account: string;
  readonly contacts: readonly string[];
  readonly last: SendEvent | undefined;
}

export interface Staged {
  readonly events: readonly SendEvent[];
  readonly spams: ReadonlySet<SendEvent>;
  readonly victims: readonly string[];
  /** Recipients of each spam that count. */
  readonly each: number;
}

export interface Spammers {
  readonly templates: readonly (readonly Spam[])[];
  readonly campaigns: readonly (readonly Spam[])[];
}

/** Thirty days of a host's traffic, and a week in which accounts of it are in the hands of thieves. */
export function stage(
  host: Host,
  attack: Attack,
  { spammers, chance }: { spammers: Spammers; chance: Chance },
): Staged {
  const begins = beginOf(host, chance);
  const window = host.events.filter(({ at }) => at >= begins - WARM_UP_MS && at < begins + FOR_MS);
  const victims = victimsOf(window, begins, { count: attack.accounts, chance });
  const spams: SendEvent[] = [];
  // One campaign for all: a botnet that has many accounts.
  const source = pick(attack, spammers, chance);
  for (const victim of victims) {
    // Own templates for few accounts, so that each is judged by itself.
    const own = attack.accounts > 1 && attack.accounts < 500 ? pick(attack, spammers, chance) : source;
    spams.push(...spamsOf(victim, attack, { source: own, begins: begins + chance.next(HOUR), chance }));
  }
  const events = [...window, ...spams].sort((one, other) => one.at - other.at);
  return { events, spams: new Set(spams), victims: victims.map(({ account }) => account), each: attack.each };
}

function pick({ content }: Attack, { templates, campaigns }: Spammers, chance: Chance): readonly Spam[] {
  return chance.pick(content === 'a campaign' ? campaigns : templates);
}

/** A moment with a busy month before it. */
function beginOf({ events }: Host, chance: Chance): number {
  const from = Math.floor(events.length * 0.5);
  const to = Math.floor(events.length * 0.95);
  return (events[from + chance.next(to - from)] as SendEvent).at;
}

function victimsOf(
  window: readonly SendEvent[],
  begins: number,
  { count, chance }: { count: number; chance: Chance },
): Victim[] {
  const known = new Map<string, { contacts: Set<string>; last: SendEvent }>();
  for (const event of window) {
    if (event.at >= begins || event.list === true) continue;
    const entry = known.get(event.account) ?? { contacts: new Set<string>(), last: event };
    for (const recipient of event.to) entry.contacts.add(recipient);
    entry.last = event;
    known.set(event.account, entry);
  }
  const names = [...known.keys()];
  return Array.from({ length: count }, (_, index): Victim => {
    const account =
      index % NEW_EVERY === NEW_EVERY - 1 || names.length === 0
        ? undefined
        : names.splice(chance.next(names.length), 1)[0];
    const entry = account === undefined ? undefined : known.get(account);
    if (account === undefined || entry === undefined)
      return { account: `new${index}@fresh.test`, contacts: [], last: undefined };
    return { account, contacts: [...entry.contacts], last: entry.last };
  });
}

function spamsOf(
  victim: Victim,
  attack: Attack,
  { source, begins, chance }: { source: readonly Spam[]; begins: number; chance: Chance },
): SendEvent[] {
  const count = Math.min(MOST_EACH, Math.floor(FOR_MS / attack.everyMs));
  const start = chance.next(source.length);
  return Array.from({ length: count }, (_, index): SendEvent => {
    const spam = source[(start + index) % source.length] as Spam;
    return {
      at: begins + index * attack.everyMs,
      account: victim.account,
      to: [
        ...besides(victim, attack.to, chance),
        ...Array.from({ length: attack.each }, (_, one) =>
          recipientOf(victim, attack.to, { index: index + one, chance }),
        ),
      ],
      ...placeOf(victim, attack.from, { spam, first: source[start] as Spam }),
      ...contentOf(attack.content, { spam, first: source[0] as Spam, chance }),
    };
  });
}

function besides({ contacts }: Victim, to: To, chance: Chance): string[] {
  if (to !== 'beside friends' || contacts.length === 0) return [];
  return Array.from({ length: FRIENDS_BESIDE }, () => chance.pick(contacts));
}

function recipientOf(
  { contacts }: Victim,
  to: To,
  { index, chance }: { index: number; chance: Chance },
): string {
  const known =
    contacts.length > 0 && (to === 'contacts only' || (to === 'half contacts' && index % 2 === 0));
  return known ? chance.pick(contacts) : `v${chance.next(1e9)}@far${chance.next(5000)}.example`;
}

function placeOf(
  { last }: Victim,
  from: From,
  { spam, first }: { spam: Spam; first: Spam },
): Partial<SendEvent> {
  const place = ({ ip, country, asn }: Partial<SendEvent>): Partial<SendEvent> => ({
    ...(ip === undefined ? {} : { ip }),
    ...(country === undefined ? {} : { country }),
    ...(asn === undefined ? {} : { asn }),
  });
  switch (from) {
    case 'botnet':
      return place(spam);
    case 'one address':
      return place(first);
    case 'near the owner':
      return last?.ip === undefined ? place(first) : place({ ...last, ip: '198.18.7.7' });
    case "the owner's own":
      return place(last ?? {});
    default:
      return from satisfies never;
  }
}

function contentOf(
  content: Content,
  { spam, first, chance }: { spam: Spam; first: Spam; chance: Chance },
): Partial<SendEvent> {
  if (content === 'random')
    return { fingerprint: `r${chance.next(2 ** 31)}`, subject: `s${chance.next(2 ** 31)}` };
  const like = content === 'one template' ? { ...spam, fingerprint: first.fingerprint } : spam;
  return {
    ...(like.fingerprint === undefined ? {} : { fingerprint: like.fingerprint }),
    ...(like.subject === undefined ? {} : { subject: like.subject }),
    ...(like.linkDomains === undefined ? {} : { linkDomains: like.linkDomains }),
  };
}
