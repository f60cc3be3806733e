/** Groups of held mail, and decisions, as an operator and a program read them. */
import { type Decided, readDecided } from '../../core/guard/log-data.ts';
import type { HoldGroup, HoldState } from '../../core/guard/port.ts';
import { groupName, groupNamed } from '../../core/guard/reasons.ts';
import { relaxationName } from '../../core/guard/relaxation.ts';
import type { Term } from '../../core/guard/signals.ts';
import { termText } from '../../core/guard/words.ts';
import type { SqlStore } from '../../store/store.ts';
import { toAddress } from '../arguments.ts';
import { CommandError, EXIT } from '../command.ts';
import { rfc3339 } from '../output.ts';

/** Groups of one account that are looked at. */
const MOST = 100;

/** What a person may name: a group, or an account with all its groups. */
export type Named =
  | { readonly kind: 'group'; readonly group: HoldGroup }
  | { readonly kind: 'account'; readonly login: string; readonly groups: readonly HoldGroup[] };

/** `H123`, or an address. Throws when there is no such group. */
export async function named(store: SqlStore, text: string): Promise<Named> {
  const number = groupNamed(text);
  if (number !== undefined) {
    // A number that is too long to be exact is nobody's.
    const group = Number.isSafeInteger(number) ? await store.holdGroup(number) : undefined;
    if (group !== undefined) return { kind: 'group', group };
    throw new CommandError(
      EXIT.nothing,
      `no mail was ever held as H${text.replace(/^h/i, '')}, or it is forgotten; relais guard holds shows what there is`,
    );
  }
  if (!text.includes('@'))
    throw new CommandError(
      EXIT.usage,
      `"${text}": write a group, such as H4711 (relais guard holds), or an account`,
    );
  const login = toAddress(text);
  return { kind: 'account', login, groups: await store.listHolds({ login, limit: MOST }) };
}

export const STATES: Readonly<Record<HoldState, string>> = {
  open: 'held',
  releasing: 'being released',
  released: 'released',
  dropping: 'being dropped',
  dropped: 'dropped',
};

/** What the group's first message was held for. */
export function termsOf({ sample }: HoldGroup): readonly Term[] {
  return readDecided(sample)?.terms ?? [];
}

export function groupObject(group: HoldGroup): Record<string, unknown> {
  const { id, decidedAt, decidedBy, reason, notice: _notice, account: _account, ...rest } = group;
  return {
    schema: 'relais.guard-hold/1',
    group: groupName(id),
    account: rest.login,
    campaign: rest.campaign,
    state: rest.state,
    firstAt: rfc3339(rest.firstAt),
    lastAt: rfc3339(rest.lastAt),
    messages: rest.messages,
    recipients: rest.recipients,
    sizeBytes: rest.sizeBytes,
    subject: rest.subject,
    expiresAt: rfc3339(rest.expiresAt),
    ownerMayRelease: rest.state === 'open' && rest.owners,
    terms: termsOf(group).map(termObject),
    ...(decidedAt === undefined ? {} : { decidedAt: rfc3339(decidedAt), decidedBy, reason }),
  };
}

export function termObject(term: Term): Record<string, unknown> {
  return { ...term, text: termText(term) };
}

/** The terms of a decision, one a line, the strongest first, what they add up to, and what was relaxed for it. */
export function decisionLines({ score, terms, relaxed }: Decided): string[] {
  const sorted = [...terms].sort((a, b) => b.weight - a.weight);
  return [
    ...sorted.map(termText),
    // A score of -0.04 is no score.
    `= ${score
      .toFixed(1)
      .replace(/^-0\.0$/, '0.0')
      .replace('-', '−')}`,
    ...(relaxed === undefined ? [] : [`it left only because of ${relaxationName(relaxed)}`]),
  ];
}
