import { LOG_KEPT_MS } from '../../core/guard/keeper.ts';
import type { HoldGroup, LogEntry } from '../../core/guard/port.ts';
import { relaxationName, scopeText } from '../../core/guard/relaxation.ts';
import { momentOf, optionOf } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { withStore } from '../with-store.ts';

/** Stopped accounts shown, those stopped last first. */
const MOST_STOPPED = 100;
/** Groups looked at; more are said to be more. */
export const MOST_GROUPS_SEEN = 1_000;

const DAY_MS = 86_400_000;

export const guardStatus: Command = {
  name: 'guard status',
  usage: '[--since 24h]',
  summary: 'What the guard did of late, what it holds, and which accounts it stopped.',
  options: {
    since: { type: 'string', doc: 'Since when: 24h (unless given), or a date; the log is kept for 30 days.' },
  },
  positionals: [0, 0],
  async run(call) {
    const since = sinceOf(call, Date.now());
    return withStore(call, async (store) => {
      const [counts, groups, locked, relaxed] = await Promise.all([
        store.countGuardLog(since),
        store.listHolds({ limit: MOST_GROUPS_SEEN }),
        store.lockedAccounts(MOST_STOPPED + 1),
        store.relaxations({ at: Date.now() }),
      ]);
      const stopped = locked
        .map(({ address, reason }) => ({ account: address, reason }))
        .slice(0, MOST_STOPPED);
      const held = heldOf(groups);
      const decisions = Object.fromEntries(counts.map(({ kind, lines }) => [kind, lines]));
      call.output.item(
        {
          schema: 'relais.guard-status/1',
          since: rfc3339(since),
          decisions,
          held,
          stopped,
          relaxed: relaxed.map(({ id }) => relaxationName(id)),
        },
        [
          `Since ${localTime(since)}`,
          ...OUTCOMES.map(([kind, words]) =>
            outcomeLine(
              words,
              counts.find((one) => one.kind === kind),
            ),
          ),
          '',
          groups.length === 0
            ? 'Nothing is held.'
            : `Held now: ${counted(held.messages, 'message')} to ${counted(held.recipients, 'recipient')} of ${counted(held.accounts, 'account')}, ${sizeForPeople(held.sizeBytes)}, in ${counted(held.groups, 'group')}${groups.length === MOST_GROUPS_SEEN ? ' and more' : ''} (relais guard holds)`,
          ...stoppedLines(stopped, locked.length),
          ...(relaxed.length === 0
            ? []
            : [
                `Relaxed: ${relaxed.map((one) => `${relaxationName(one.id)} (${scopeText(one)})`).join(', ')} (relais guard relaxations)`,
              ]),
        ].join('\n'),
      );
      return EXIT.done;
    });
  },
};

/** Further back there is no log. Throws when it has not come yet. */
export function sinceOf(call: Call, now: number): number {
  const asked = momentOf(call, 'since', now) ?? now - DAY_MS;
  if (asked > now)
    throw new CommandError(
      EXIT.usage,
      `--since ${optionOf(call, 'since')} has not come yet: write a time such as 24h, or a date`,
    );
  return Math.max(asked, now - LOG_KEPT_MS);
}

const OUTCOMES = [
  ['pass', 'passed'],
  ['pool', 'doubted, passed'],
  ['hold', 'held'],
  ['stop', 'held, of stopped accounts'],
] as const;

function outcomeLine(
  words: string,
  count: { kind: LogEntry['kind']; lines: number; accounts: number } | undefined,
): string {
  const { lines = 0, accounts = 0 } = count ?? {};
  const whose = lines === 0 ? '' : `, from ${counted(accounts, 'account')}`;
  return `  ${words.padEnd(26)}${String(lines).padStart(8)}${whose}`;
}

interface Stopped {
  readonly account: string;
  readonly reason: string;
}

/** Whoever stopped them, and whether or not anything of theirs is held. */
function stoppedLines(stopped: readonly Stopped[], all: number): string[] {
  if (stopped.length === 0) return ['No account is stopped.'];
  const lines = stopped.map(({ account, reason }) => `  ${account}: ${reason}`);
  return [
    'Stopped (relais guard show ACCOUNT):',
    ...lines,
    ...(all > stopped.length ? ['  and more (relais account list)'] : []),
  ];
}

export interface Held {
  readonly groups: number;
  readonly messages: number;
  readonly recipients: number;
  readonly sizeBytes: number;
  readonly accounts: number;
}

/** All that is held, together. */
export function heldOf(groups: readonly HoldGroup[]): Held {
  return {
    groups: groups.length,
    messages: sum(groups, ({ messages }) => messages),
    recipients: sum(groups, ({ recipients }) => recipients),
    sizeBytes: sum(groups, ({ sizeBytes }) => sizeBytes),
    accounts: new Set(groups.map(({ login }) => login)).size,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
