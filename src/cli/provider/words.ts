/** How commands tell cases: in words for people, in objects for programs. */
import { customerOfScope, type Freeze } from '../../core/queue/freeze.ts';
import type { Waiting } from '../../core/queue/admin.ts';
import { type CaseEvent, isBeforeMail, type ProviderCase } from '../../core/reputation/case.ts';
import { titleOf } from '../../core/reputation/providers.ts';
import { inOneLine } from '../../core/trace/sentences.ts';
import { type Detour, openInWords, shutInWords } from './detour.ts';
import { counted, forPeople, fromNow, localTime, rfc3339 } from '../output.ts';

/** `Yahoo`, or a site. */
export function nameInWords(name: string): string {
  return titleOf(name);
}

/** What is told of by a case's state: they refuse it, they take it again, or they refused it. */
const VERBS = { held: 'refuses', returning: 'takes', closed: 'refused' } as const;

/**
 * `Yahoo refuses mail of bad.example`: what a case is about, as it stands. Where one customer alone has met a refusal of our
 * address, others may be refused as well: nobody knows before they send.
 */
export function caseInWords({ provider, customer, egress, blame, scope, state }: ProviderCase): string {
  const who = `${titleOf(provider)} ${VERBS[state]}`;
  const again = state === 'returning' ? ' again' : '';
  if (customer !== undefined) {
    return `${who} mail of ${customer}${again}${whyOfCustomer({ blame, state })}`;
  }
  const where = scope.startsWith('path:') ? ` at ${scope.slice('path:'.length)}` : '';
  const what = state === 'returning' ? 'mail from our address' : 'our address';
  return `${who} ${what}${again} (egress ${egress})${where}`;
}

function whyOfCustomer({ blame, state }: Pick<ProviderCase, 'blame' | 'state'>): string {
  if (state === 'returning') return '';
  if (blame === 'sender') return state === 'held' ? ', for its own sake; others go on' : ', for its own sake';
  return state === 'held' ? ', because of our address; what others send is still tried' : '';
}

/** Whose mail a case keeps back. */
function whoIsHeld({ customer }: ProviderCase): string {
  return customer === undefined ? "everybody's mail there is held" : `mail of ${customer} is held`;
}

/** What a case waits for. */
export function stateInWords(
  one: ProviderCase,
  about: {
    freezes: readonly Freeze[];
    detour: Detour | undefined;
    now: number;
    into?: number | undefined;
    isForgotten: boolean;
  },
): string {
  const { freezes, detour, now, into, isForgotten } = about;
  const since = `${localTime(one.changedAt)} (${fromNow(one.changedAt, now)})`;
  switch (one.state) {
    case 'held': {
      if (detour !== undefined && detour.open.length > 0)
        return `held since ${since}; ${detourInWords(detour)}`;
      const at = freezes.find((freeze) => freeze.scope === one.scope && freeze.canary !== undefined)?.canary
        ?.at;
      const next =
        at === undefined
          ? 'nothing tries it now'
          : at > now
            ? `one message tries it ${fromNow(at, now)}, at ${localTime(at)}`
            : isForgotten
              ? NOTHING_TRIES
              : 'one message tries it now, or as soon as there is one';
      const vain = detour === undefined ? '' : `; spread in vain: ${shutInWords(detour)}`;
      return `held since ${since}; ${next}${vain}`;
    }
    case 'returning':
      return `coming back since ${since}: it began with one connection, and has more while they are taken`;
    case 'closed':
      return `closed ${since}${into === undefined ? '' : `: it is part of case ${into} now, where its mail is`}`;
    default:
      return one.state satisfies never;
  }
}

/** Where nothing waits any more, as of an egress that mail left by only while somebody had it spread. */
const NOTHING_TRIES =
  'nothing waits that could try it: the next message does; without any for 3 days it ends by itself';

function detourInWords(detour: Detour): string {
  const { spread, egress } = detour;
  const rest = `egress ${egress} is tried only with what cannot leave otherwise`;
  return `its mail leaves by ${openInWords(detour)} until ${localTime(spread.until)} (${spread.by} had it spread), and ${rest}`;
}

export function waitingInWords({ deliveries, trying, customers, oldestAt }: Waiting, now: number): string {
  const tried = trying === 0 ? '' : `; ${counted(trying, 'delivery')} being tried, or about to be`;
  if (deliveries === 0) return `nothing${tried}`;
  const oldest = oldestAt === undefined ? '' : `, the oldest accepted ${fromNow(oldestAt, now)}`;
  return `${counted(deliveries, 'delivery')} of ${counted(customers, 'customer')}${oldest}${tried}; nothing is lost`;
}

/** One line of a case's history. */
export function eventInWords({ kind, detail }: CaseEvent, one: ProviderCase): string {
  const { pauseMs, by, why, until, into } = detail;
  const pause = pauseMs === undefined ? '' : `; the next message tries it after ${forPeople(pauseMs)}`;
  switch (kind) {
    case 'held':
      return `${whoIsHeld(one)}${pause}`;
    case 'renewed':
      return `refused again: ${whoIsHeld(one)}${pause}`;
    case 'reply':
      return replyInWords(detail);
    case 'returning':
      return by === undefined
        ? 'a message was taken: mail goes again, slowly at first'
        : `${by} thawed it${why === undefined ? '' : ` (${why})`}: mail goes again, slowly at first`;
    case 'tried':
      return `a message tried, and was not taken${pause}`;
    case 'retry':
      return `${by ?? 'somebody'} asked for a try at once`;
    case 'spread':
      return `${by ?? 'somebody'} has its mail leave by another egress${until === undefined ? '' : ` until ${localTime(until)}`}: ${why ?? ''}`;
    case 'unspread':
      return `${by ?? 'somebody'} has its mail stay with its egress again: ${why ?? ''}`;
    case 'closed':
      return `closed: ${into === undefined ? (why ?? 'mail flows again') : `case ${into} explains it, and has its replies as well`}`;
    default:
      return kind satisfies never;
  }
}

/** Before MAIL it is said to us, whoever's mail was to go. */
function replyInWords({ customer, reply }: CaseEvent['detail']): string {
  const text = reply === undefined ? '' : inOneLine(reply);
  if (reply !== undefined && isBeforeMail(reply))
    return `said to us before any mail was named (at ${reply.stage}): ${text}`;
  return `said to mail of ${customer === undefined || customer === '-' ? 'nobody in particular' : customer}: ${text}`;
}

export function caseObject(one: ProviderCase): Record<string, unknown> {
  const { openedAt, changedAt, ...rest } = one;
  return { ...rest, openedAt: rfc3339(openedAt), changedAt: rfc3339(changedAt) };
}

export function waitingObject({ oldestAt, ...counts }: Waiting): Record<string, unknown> {
  return { ...counts, ...(oldestAt === undefined ? {} : { oldestAt: rfc3339(oldestAt) }) };
}

/** Whether a freeze keeps back one customer only. */
export function isOfCustomer({ scope }: Freeze): boolean {
  return customerOfScope(scope) !== undefined;
}

/** Of a case that is the customer's own to end: what it costs to wait. */
export const TIME_RUNS_ON =
  'runs on: what is not taken before its lifetime ends goes back to its sender, who is told why';
