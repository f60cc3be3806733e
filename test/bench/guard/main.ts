/**
 * `npm run bench:guard -- ../shared/data`: what the guard lets out and whom it disturbs, on recorded traffic, by the
 * protocol of docs/guard.md: of all of it, and of the half B that no threshold was chosen on. Prints a table; asserts
 * nothing. Options: --seed N, --json; --half A or B: that one alone; --cost: only what a decision
 * costs, which wants a quiet machine; --picture FILE draws one account instead.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Guard } from '../../../src/core/guard/guard.ts';
import type { SendEvent } from '../../../src/core/guard/event.ts';
import { chance } from '../../chance.ts';
import { type Attack, type From, type Spammers, type Staged, stage } from './attacks.ts';
import { type Half, halfOf, hostHalf, spammersHalf } from './halves.ts';
import { drained, MODES, type Mode, moved } from './modes.ts';
import { picture } from './picture.ts';
import { leaves, percentile, score } from './score.ts';
import { campaignsIn, DAY, type Host, hostsIn, newslettersIn, templatesIn } from './traffic.ts';

const LEAST_MESSAGES = 30;
const EVERY = { '1/s': 1_000, '1/min': 60_000, '5/h': 720_000, '20/day': 4_320_000 } as const;
/** Recipients of one spam. */
const CROWDS = [5, 20, 50, 100];
const ISSUES = [100, 1_000, 10_000];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    half: { type: 'string' },
    cost: { type: 'boolean', default: false },
    picture: { type: 'string' },
  },
});
const [folder = missing()] = positionals;
const seed = Number(values.seed);

/** What is measured: all of the traffic, or one half of it. */
interface Scope {
  readonly of: 'all' | Half;
  readonly hosts: readonly Host[];
  readonly spammers: Spammers;
}

const ALL: Scope = {
  of: 'all',
  hosts: hostsIn(folder),
  spammers: {
    templates: templatesIn(folder, LEAST_MESSAGES),
    campaigns: campaignsIn(folder, LEAST_MESSAGES),
  },
};

if (values.picture !== undefined) writeFileSync(values.picture, picture(drawn()));
else if (values.cost) tellCost();
else if (values.half === 'A' || values.half === 'B') tellHalf(values.half);
else {
  tell();
  tellHalf('B');
}

function tell(): void {
  const { hosts } = ALL;
  say({ what: 'seed', seed });
  for (const host of hosts) say({ what: 'honest', of: 'all', ...disturbed(host, () => true) });
  for (const count of ISSUES) say({ what: 'newsletter', of: 'all', ...issue(newslettersIn(folder), count) });
  for (const host of hosts) say({ what: 'drain', ...drained(host) });
  for (const host of hosts) say({ what: 'moved', ...moved(host) });
  for (const mode of MODES)
    for (const from of ['botnet', 'one address', "the owner's own"] as const)
      say({ what: 'mode', ...inMode(mode, from) });
  for (const attack of attacks()) say({ what: 'attack', of: 'all', ...attack, ...attacked(attack, ALL) });
  tellCost();
}

function tellCost(): void {
  for (const host of ALL.hosts) say({ what: 'cost', ...cost(host) });
  say({ what: 'cost', ...crowd() });
}

/** Honest mail among everybody's, and each attack where only this half's accounts and campaigns are. */
function tellHalf(half: Half): void {
  const scope: Scope = {
    of: half,
    hosts: ALL.hosts.map((host) => hostHalf(host, half)),
    spammers: spammersHalf(ALL.spammers, half),
  };
  const { templates, campaigns } = scope.spammers;
  say({ what: 'half', of: half, templates: templates.length, campaigns: campaigns.length });
  const mine = (account: string): boolean => halfOf(account) === half;
  for (const host of ALL.hosts) say({ what: 'honest', of: half, ...disturbed(host, mine) });
  const issues = newslettersIn(folder).filter(({ account }) => mine(account));
  for (const count of ISSUES) say({ what: 'newsletter', of: half, ...issue(issues, count) });
  for (const attack of attacks()) say({ what: 'attack', of: half, ...attack, ...attacked(attack, scope) });
}

/** A botnet at an account of people who write to lists: those whose addresses are known. */
function drawn(): Staged {
  const attack = {
    from: 'botnet',
    to: 'all new',
    content: 'a campaign',
    everyMs: EVERY['1/min'],
    accounts: 10,
    each: 1,
  } as const;
  const { hosts, spammers } = ALL;
  return stage(hosts.at(-1) as Host, attack, { spammers, chance: chance(seed * 1_000) });
}

/** Honest mail, after thirty days, of these accounts. */
function disturbed({ name, events }: Host, counts: (account: string) => boolean): Record<string, unknown> {
  const guard = new Guard();
  const scoredFrom = (events[0]?.at ?? 0) + 30 * DAY;
  let messages = 0;
  let held = 0;
  const days = new Set<string>();
  for (const event of events) {
    const left = leaves(guard, event);
    if (event.at < scoredFrom || !counts(event.account)) continue;
    messages++;
    if (left) continue;
    held++;
    days.add(`${event.account} ${Math.floor(event.at / DAY)}`);
  }
  const per10k = round((held / Math.max(1, messages)) * 10_000);
  return { trace: name, messages, held, per10k, accountDays: days.size };
}

/** The next issue of every sender that has sent three or more, to so many readers. */
function issue(rows: readonly SendEvent[], readers: number): Record<string, unknown> {
  const guard = new Guard();
  const known = new Map<string, { last: SendEvent; days: Set<number> }>();
  for (const row of rows) {
    guard.decide(row);
    const entry = known.get(row.account) ?? { last: row, days: new Set<number>() };
    entry.last = row;
    entry.days.add(Math.floor(row.at / DAY));
    known.set(row.account, entry);
  }
  const senders = [...known.values()].filter(({ days }) => days.size >= 3).slice(0, 100);
  const begins = (rows.at(-1)?.at ?? 0) + DAY;
  let held = 0;
  for (const [index, { last }] of senders.entries()) {
    for (let reader = 0; reader < readers; reader++) {
      const event = {
        ...last,
        at: begins + index * DAY + reader * 50,
        to: [`reader${reader}@home${reader % 97}.example`],
        fingerprint: `issue ${index}`,
      };
      if (!leaves(guard, event)) held++;
    }
  }
  return { readers, senders: senders.length, messages: senders.length * readers, held };
}

function* attacks(): Generator<Attack & { rate: string }> {
  for (const from of ['botnet', 'one address', 'near the owner', "the owner's own"] as const)
    for (const to of ['all new', 'half contacts', 'contacts only', 'beside friends'] as const)
      for (const content of ['one template', 'a campaign', 'random'] as const)
        for (const [rate, everyMs] of Object.entries(EVERY))
          yield { from, to, content, everyMs, accounts: 10, each: 1, rate };
  for (const to of ['all new', 'half contacts', 'contacts only'] as const)
    for (const from of ['botnet', 'one address', "the owner's own"] as const)
      for (const rate of ['5/h', '20/day'] as const)
        yield { from, to, content: 'one template', everyMs: EVERY[rate], accounts: 500, each: 1, rate };
  for (const from of ['botnet', 'one address', "the owner's own"] as const)
    for (const each of CROWDS)
      yield {
        from,
        to: 'all new',
        content: 'a campaign',
        everyMs: EVERY['1/min'],
        accounts: 10,
        each,
        rate: '1/min',
      };
}

/** A campaign to strangers from ten accounts, on a day that is not normal or with less to go by. */
function inMode(mode: Mode, from: From): Record<string, unknown> {
  const attack = {
    from,
    to: 'all new',
    content: 'a campaign',
    everyMs: EVERY['1/s'],
    accounts: 10,
    each: 1,
  } as const;
  const out = onAllHosts(attack, ALL, (staged) => mode.run(staged, chance(seed))).flat();
  return { mode: mode.name, from, p50: percentile(out, 0.5), p99: percentile(out, 0.99), inAll: sum(out) };
}

/** Each host with this attack in it, three times with other accounts. */
function onAllHosts<T>(attack: Attack, { hosts, spammers }: Scope, run: (staged: Staged) => T): T[] {
  return hosts.flatMap((host, index) =>
    (attack.accounts >= 500 ? [0] : [0, 1, 2]).map((time) =>
      run(stage(host, attack, { spammers, chance: chance(seed * 1_000 + index * 10 + time) })),
    ),
  );
}

function attacked(attack: Attack, scope: Scope): Record<string, unknown> {
  const scores = onAllHosts(attack, scope, (staged) => score(staged));
  const out = scores.flatMap((one) => one.out);
  return {
    stolen: out.length,
    p50: percentile(out, 0.5),
    p90: percentile(out, 0.9),
    p99: percentile(out, 0.99),
    most: Math.max(...out),
    never: sum(scores.map(({ never }) => never)),
    ...(attack.accounts >= 500 ? { inAllByHost: scores.map((one) => sum(one.out)) } : {}),
    honestHeld: sum(scores.map(({ honestHeld }) => honestHeld)),
  };
}

function cost({ name, events }: Host): Record<string, unknown> {
  const guard = new Guard();
  const micros: number[] = [];
  for (const event of events) {
    const begun = process.hrtime.bigint();
    guard.decide(event);
    micros.push(Number(process.hrtime.bigint() - begun) / 1_000);
  }
  return {
    trace: name,
    microsMedian: round(percentile(micros, 0.5)),
    microsP99: round(percentile(micros, 0.99)),
    bytesAnAccount: round(guard.bytes / Math.max(1, guard.accounts)),
  };
}

/** A hundred thousand accounts, three messages each. */
function crowd(): Record<string, unknown> {
  const [accounts, each] = [100_000, 3];
  const events = Array.from({ length: accounts * each }, (_, index): SendEvent => {
    const account = `a${(index * 7_919) % accounts}@here.example`;
    const ip = `10.${index % 200}.${(index * 31) % 250}.7`;
    return {
      at: index * 1_000,
      account,
      to: [`r${index % 50}@y${index % 900}.example`],
      ip,
      fingerprint: `f${index}`,
    };
  });
  return cost({ name: `${accounts} accounts`, events });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function missing(): never {
  throw new Error('name the folder of the recorded traffic, such as ../shared/data');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function say(row: Record<string, unknown>): void {
  const line = values.json
    ? JSON.stringify(row)
    : Object.entries(row)
        .filter(([key]) => key !== 'everyMs')
        .map(([key, value]) =>
          key === 'what'
            ? String(value).padEnd(10)
            : `${key} ${Array.isArray(value) ? value.join(', ') : value}`,
        )
        .join('  ');
  process.stdout.write(`${line}\n`);
}
