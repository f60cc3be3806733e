/** How commands tell cases: in words for people, in objects for programs. */
import { customerOfScope, type Freeze } from '../../core/queue/freeze.ts';
import type { Waiting } from '../../core/queue/admin.ts';
import type { CaseEvent, ProviderCase } from '../../core/reputation/case.ts';
import { titleOf } from '../../core/reputation/providers.ts';
import { inOneLine } from '../../core/trace/sentences.ts';
import { type Detour, openInWords, shutInWords } from './detour.ts';
import { counted, forPeople, fromNow, localTime, rfc3339 } from '../output.ts';

/** `Yahoo`, or a site. */
export function nameInWords(name: string): string {
  return titleOf(name);
}

/** `Yahoo refuses mail of bad.example`: what a case is about. */
export function caseInWords({ provider, customer, egress, blame, scope }: ProviderCase): string {
  const who = titleOf(provider);
  if (customer !== undefined)
    return `${who} refuses mail of ${customer}${blame === 'sender' ? ', for its own sake' : ''}; others go on`;
  const where = scope.startsWith('path:') ? ` at ${scope.slice('path:'.length)}` : '';
  return `${who} refuses our address (egress ${egress})${where}`;
}

/** What a case waits for. */
export function stateInWords(
  one: ProviderCase,
  about: { freezes: readonly Freeze[]; detour: Detour | undefined; now: number },
): string {
  const { freezes, detour, now } = about;
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
            : 'one message tries it now, or as soon as there is one';
      const vain = detour === undefined ? '' : `; spread in vain: ${shutInWords(detour)}`;
      return `held since ${since}; ${next}${vain}`;
    }
    case 'returning':
      return `coming back since ${since}: it began with one connection, and has more while they are taken`;
    case 'closed':
      return `closed ${since}`;
    default:
      return one.state satisfies never;
  }
}

function detourInWords(detour: Detour): string {
  const { spread, egress } = detour;
  const rest = `egress ${egress} is tried only with what cannot leave otherwise`;
  return `its mail leaves by ${openInWords(detour)} until ${localTime(spread.until)} (${spread.by} had it spread), and ${rest}`;
}

export function waitingInWords({ deliveries, customers, oldestAt }: Waiting, now: number): string {
  if (deliveries === 0) return 'nothing';
  const oldest = oldestAt === undefined ? '' : `, the oldest accepted ${fromNow(oldestAt, now)}`;
  return `${counted(deliveries, 'delivery')} of ${counted(customers, 'customer')}${oldest}; nothing is lost`;
}

/** One line of a case's history. */
export function eventInWords({ kind, detail }: CaseEvent): string {
  const { customer, reply, pauseMs, by, why, until } = detail;
  const pause = pauseMs === undefined ? '' : `; the next message tries it after ${forPeople(pauseMs)}`;
  switch (kind) {
    case 'held':
      return `its mail is held${pause}`;
    case 'renewed':
      return `refused again: its mail is held${pause}`;
    case 'reply':
      return `said to mail of ${customer ?? 'somebody'}: ${reply === undefined ? '' : inOneLine(reply)}`;
    case 'returning':
      return 'a message was taken, or somebody thawed it: mail goes again, slowly at first';
    case 'retry':
      return `${by ?? 'somebody'} asked for a try at once`;
    case 'spread':
      return `${by ?? 'somebody'} has its mail leave by another egress${until === undefined ? '' : ` until ${localTime(until)}`}: ${why ?? ''}`;
    case 'unspread':
      return `${by ?? 'somebody'} has its mail stay with its egress again: ${why ?? ''}`;
    case 'closed':
      return `closed: ${why ?? 'mail flows again'}`;
    default:
      return kind satisfies never;
  }
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
