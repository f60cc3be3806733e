/** `relais guard preview`: what a relaxation would have let out, on the traffic of the last day. */
import { type Fate, type Moved, preview, type PreviewResult } from '../../core/guard/preview.ts';
import { PREVIEW_GOOD_MS, type Relaxation, scopeText } from '../../core/guard/relaxation.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, forPeople, localTime, rfc3339 } from '../output.ts';
import { withStore } from '../with-store.ts';
import { toRelaxation } from './relaxing.ts';
import { sinceOf } from './status.ts';

/** Accounts shown, those with most first. */
const SHOWN = 20;

export const guardPreview: Command = {
  name: 'guard preview',
  usage: '--relax SCOPE=FACTOR [--since 24h]',
  summary:
    'What a relaxation would have let out, and for whom: recorded traffic decided twice. Needed before guard relax.',
  options: {
    relax: {
      type: 'string',
      multiple: true,
      doc: 'account:a@example.org=2, domain:example.org=1.5, tenant:acme=1.5 or signal:new-country=2.',
    },
    since: { type: 'string', doc: 'Since when: 24h (unless given), or a date; the log is kept for 30 days.' },
  },
  positionals: [0, 0],
  examples: ['relais guard preview --relax domain:example.org=1.5 --since 7d'],
  async run(call) {
    const [what, ...more] = (call.options['relax'] ?? []) as readonly string[];
    if (what === undefined)
      throw new CommandError(EXIT.usage, 'say what to relax: --relax domain:example.org=1.5');
    if (more.length > 0)
      throw new CommandError(EXIT.usage, `--relax is given twice: look at ${what} alone, then at ${more[0]}`);
    const asked = toRelaxation(what);
    const now = Date.now();
    const since = sinceOf(call, now);
    return withStore(call, async (store) => {
      const relaxation = await knownHere(store, asked);
      const result = await preview(store, { relaxations: [relaxation], since });
      if (result.allMessages === 0)
        throw new CommandError(
          EXIT.nothing,
          `no account sent anything since ${localTime(since)}: there is nothing to look at, and this counts as no preview. Look further back: --since 7d`,
        );
      const { factor } = relaxation;
      await store.keepPreview({ scope: scopeText(relaxation), factor, at: now });
      say(call, { relaxation, since, now }, result);
      return EXIT.done;
    });
  },
};

/** With a tenant's domains. Whoever is not here sends nothing: it is a slip of the pen. Throws. */
export async function knownHere(store: SqlStore, relaxation: Relaxation): Promise<Relaxation> {
  const { scope } = relaxation;
  if (scope.kind === 'tenant') {
    const own = (await store.listDomains()).filter(({ tenant }) => tenant === scope.tenant);
    if (own.length === 0)
      throw new CommandError(EXIT.nothing, `no domain is of a tenant ${scope.tenant} (relais domain list)`);
    return { ...relaxation, scope: { ...scope, domains: own.map(({ name }) => name) } };
  }
  if (scope.kind === 'domain' && !(await store.listDomains()).some(({ name }) => name === scope.domain))
    throw new CommandError(EXIT.nothing, `there is no domain ${scope.domain} here (relais domain list)`);
  if (scope.kind !== 'account') return relaxation;
  const account = await store.account(scope.account);
  if (account === undefined)
    throw new CommandError(EXIT.nothing, `there is no account ${scope.account} (relais account list)`);
  if (account.lockedReason !== undefined)
    throw new CommandError(
      EXIT.failed,
      `${scope.account} is stopped, which no relaxation reaches: relais guard show ${scope.account}, and relais guard unlock once its password is changed`,
    );
  return relaxation;
}

interface About {
  readonly relaxation: Relaxation;
  readonly since: number;
  readonly now: number;
}

function say(call: Call, { relaxation, since, now }: About, result: PreviewResult): void {
  const { allMessages, messages, held, heldRelaxed, moved } = result;
  const waits = moved
    .flatMap(({ waitedMs }) => (waitedMs === undefined ? [] : [waitedMs]))
    .sort((a, b) => a - b);
  const [median, longest] = [waits[Math.floor(waits.length / 2)], waits.at(-1)];
  const accounts = byAccount(moved);
  const fates = Object.fromEntries(FATES.map(([fate]) => [fate, totals(moved, fate)]));
  const scope = scopeText(relaxation);
  call.output.item(
    {
      schema: 'relais.guard-preview/1',
      scope,
      factor: relaxation.factor,
      since: rfc3339(since),
      allMessages,
      messages,
      held,
      heldRelaxed,
      ...fates,
      ...(median === undefined ? {} : { soonerMedianMs: median, soonerMostMs: longest }),
      accounts,
      goodUntil: rfc3339(now + PREVIEW_GOOD_MS),
    },
    [
      `${scope}, relaxed ${relaxation.factor} times: ${counted(messages, 'message')} since ${localTime(since)}${messages === allMessages ? '' : `, of ${allMessages} of all accounts`}`,
      `  ${held} of them would be held as it is, ${heldRelaxed} if relaxed.`,
      moved.length === 0
        ? '  Nothing that is held would leave.'
        : `  ${counted(moved.length, 'message')} would leave that the guard as it is now holds:`,
      ...FATES.flatMap(([fate, words]) => fateLine(moved, fate, words)),
      ...(median === undefined
        ? []
        : [
            `  What was its owner's would have left ${forPeople(median)} sooner (median; at most ${forPeople(longest ?? median)}).`,
          ]),
      ...(accounts.length === 0 ? [] : ['  For whom:', ...accounts.slice(0, SHOWN).map(accountLine)]),
    ].join('\n'),
  );
  const order = ['guard', 'relax', `${scope}=${relaxation.factor}`, '--for', '2h', '--reason', 'WHY'];
  call.output.say(
    `\nTo relax it (this preview counts until ${localTime(now + PREVIEW_GOOD_MS)}): ${commandLine(call, order)}`,
  );
}

const FATES: readonly (readonly [Fate, string])[] = [
  ['legitimate', "released later: their owners'"],
  ['spam', 'dropped later: spam'],
  ['undecided', 'that nobody has decided about'],
  ['left', 'that had left when they came: less was known then, or they were relaxed'],
];

function totals(moved: readonly Moved[], fate: Fate): { messages: number; recipients: number } {
  const those = moved.filter((one) => one.fate === fate);
  return { messages: those.length, recipients: those.reduce((sum, { recipients }) => sum + recipients, 0) };
}

function fateLine(moved: readonly Moved[], fate: Fate, words: string): string[] {
  const { messages, recipients } = totals(moved, fate);
  return messages === 0 ? [] : [`    ${messages} (${counted(recipients, 'recipient')}) ${words}`];
}

interface OfAccount {
  readonly account: string;
  readonly messages: number;
  readonly spam: number;
}

function byAccount(moved: readonly Moved[]): OfAccount[] {
  const accounts = Map.groupBy(moved, ({ account }) => account);
  return [...accounts]
    .map(([account, own]) => ({
      account,
      messages: own.length,
      spam: own.filter(({ fate }) => fate === 'spam').length,
    }))
    .sort((one, other) => other.messages - one.messages);
}

function accountLine({ account, messages, spam }: OfAccount): string {
  return `    ${account}  ${counted(messages, 'message')}${spam === 0 ? '' : `, ${spam} of them spam`}`;
}
