/**
 * `npm run drill`: the way out is cut for ten minutes and restored, on real processes, in real time, over real links, to
 * Relais and beside it to Debian's Postfix with its defaults, and flushed by its operator when the link is back.
 *
 * Options: --cut SECONDS, --queued N (handed in during the cut), --bytes N (of one message), --rate RATE (Mbit/s), --limit
 * SECONDS (waited for at most after the link is back), --only relais|postfix, --json. Needs root, iproute2 and postfix.
 * Ends with 1 when Relais needs more than 1.2 times what the link needs, or begins later than 15 s after it is back.
 */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostfix } from '../bench/postfix.ts';
import { startRelais } from '../bench/relais.ts';
import { freePort } from '../server.ts';
import { Customer } from './customer.ts';
import { FarEnd, PORT } from './far-end.ts';
import { Link } from './link.ts';

const { values: options } = parseArgs({
  options: {
    cut: { type: 'string', default: '600' },
    queued: { type: 'string', default: '5000' },
    bytes: { type: 'string', default: '20000' },
    rate: { type: 'string', default: '8' },
    limit: { type: 'string', default: '3600' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const CUT_MS = Number(options.cut) * 1_000;
const QUEUED = Number(options.queued);
const BYTES = Number(options.bytes);
const BYTES_PER_SECOND = (Number(options.rate) * 1e6) / 8;
/** Before the cut, for paths and connections to be known. */
const BEFORE_MS = 10_000;
/** Live mail, messages a second. */
const LIVE_PER_SECOND = 1;
/** It goes on for so long after the backlog is gone. */
const AFTER_MS = 20_000;
/** What was sent last has this long to arrive. */
const LAST_MS = 5_000;
/** What is left of the link when packets have their headers, and acknowledgements their room. */
const OF_LINK = 0.93;
/** What the drill asks of Relais. */
const MOST_TIMES = 1.2;
const BEGINS_WITHIN_MS = 15_000;

interface Subject {
  readonly name: string;
  readonly port: number;
  /** The link is back. */
  restored(): void;
  stop(): Promise<void>;
}

interface Result {
  readonly name: string;
  readonly queued: number;
  /** What the link needs for all that waited. */
  readonly idealSeconds: number;
  /** After the link was back: the first and the last of what waited; absent when that did not come in time. */
  readonly firstSeconds: number | undefined;
  readonly lastSeconds: number | undefined;
  readonly missing: number;
  /** Of mail handed in after the link was back. */
  readonly liveP99Seconds: number;
}

type Start = (to: Readonly<Record<string, string>>) => Promise<Subject | undefined>;

const SUBJECTS: readonly { readonly what: 'relais' | 'postfix'; readonly start: Start }[] = [
  { what: 'relais', start: (to) => relais('Relais', to, '') },
  {
    what: 'relais',
    start: (to) =>
      relais('Relais, budget.out', to, `[budget]\nout = "${Number(options.rate) * OF_LINK}Mbit/s"\n`),
  },
  { what: 'postfix', start: (to) => postfix('Postfix, default', to, 'left alone') },
  { what: 'postfix', start: (to) => postfix('Postfix, flushed', to, 'flushed') },
];

async function relais(name: string, to: Readonly<Record<string, string>>, toml: string): Promise<Subject> {
  const subject = await startRelais({ port: await freePort(), to, workers: 1, toml });
  return { name, port: subject.port, restored() {}, stop: () => subject.stop() };
}

async function postfix(
  name: string,
  to: Readonly<Record<string, string>>,
  then: 'left alone' | 'flushed',
): Promise<Subject | undefined> {
  const entries = Object.entries(to).map(([domain, place]) => `{${domain} = smtp:${bracketed(place)}}`);
  const settings = `transport_maps = inline:{${entries.join(', ')}}`;
  const subject = await startPostfix({ port: await freePort(), settings });
  if (subject === undefined) return undefined;
  return {
    name,
    port: subject.port,
    restored: () => (then === 'flushed' ? subject.flush() : undefined),
    stop: () => subject.stop(),
  };
}

const bracketed = (place: string): string => place.replace(/^(.*):(\d+)$/, '[$1]:$2');

/** One drill with one server, on a link of its own. */
async function drill(index: number, start: Start): Promise<Result | undefined> {
  const link = new Link(index, `${options.rate}mbit`);
  const farEnd = new FarEnd(link);
  const domains = link.addresses.map((_, net) => `d${net}.example`);
  const to = Object.fromEntries(link.addresses.map((address, net) => [domains[net], `${address}:${PORT}`]));
  const subject = await start(to as Record<string, string>);
  try {
    if (subject === undefined) return undefined;
    const about = { domains, bytes: BYTES };
    const ana = new Customer(subject.port, { ...about, from: 'ana@here.example', first: 1 });
    const live = new Customer(subject.port, { ...about, from: 'carl@there.example', first: 1_000_000 });
    const sending = live.keepSending(LIVE_PER_SECOND);
    await sleep(BEFORE_MS);
    link.cut();
    const cutAt = Date.now();
    // They come in the first half, so that all have failed more than once when it ends.
    await ana.send(QUEUED, CUT_MS / 2);
    await sleep(cutAt + CUT_MS - Date.now());
    link.restore();
    const upAt = Date.now();
    subject.restored();
    farEnd.look();
    const accepted = (): [number, number][] => [...ana.accepted, ...live.accepted];
    const waited = accepted().flatMap(([n]) => (farEnd.arrivals.has(n) ? [] : [n]));
    const deadline = upAt + Number(options.limit) * 1_000;
    while (Date.now() < deadline && waited.some((n) => !farEnd.arrivals.has(n))) {
      await sleep(1_000);
      farEnd.look();
    }
    await sleep(AFTER_MS);
    live.stop();
    await sending;
    await sleep(LAST_MS);
    farEnd.look();
    return resultOf(subject.name, { farEnd, waited, upAt, live: live.accepted });
  } finally {
    await subject?.stop();
    farEnd.remove();
    link.remove();
  }
}

function resultOf(
  name: string,
  about: { farEnd: FarEnd; waited: readonly number[]; upAt: number; live: ReadonlyMap<number, number> },
): Result {
  const { waited, upAt, live } = about;
  const { arrivals } = about.farEnd;
  const came = waited.flatMap((n) => arrivals.get(n) ?? []).map((at) => (at - upAt) / 1_000);
  const missing = waited.length - came.length;
  const delays = [...live]
    .filter(([, at]) => at > upAt)
    .map(([n, at]) => ((arrivals.get(n) ?? Date.now()) - at) / 1_000)
    .sort((a, b) => a - b);
  return {
    name,
    queued: waited.length,
    idealSeconds: (waited.length * BYTES) / BYTES_PER_SECOND,
    firstSeconds: came.length === 0 ? undefined : Math.min(...came),
    lastSeconds: missing > 0 ? undefined : Math.max(...came),
    missing,
    liveP99Seconds: delays[Math.ceil(delays.length * 0.99) - 1] ?? Number.NaN,
  };
}

function print(results: readonly Result[]): void {
  if (options.json) return void process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  const row = (...cells: string[]): string => `| ${cells.join(' | ')} |\n`;
  const seconds = (value: number | undefined): string =>
    value === undefined ? 'not in time' : `${value.toFixed(1)} s`;
  process.stdout.write(
    row('', 'waited', 'first after', 'last after', 'the link needs', 'times that', 'live p99', 'missing') +
      row('---', '---', '---', '---', '---', '---', '---', '---'),
  );
  for (const one of results) {
    const { lastSeconds, firstSeconds = 0, idealSeconds } = one;
    const times = lastSeconds === undefined ? '' : ((lastSeconds - firstSeconds) / idealSeconds).toFixed(2);
    process.stdout.write(
      row(
        one.name,
        String(one.queued),
        seconds(one.firstSeconds),
        seconds(lastSeconds),
        seconds(idealSeconds),
        times,
        seconds(one.liveP99Seconds),
        String(one.missing),
      ),
    );
  }
}

/** What Relais missed of what the drill asks. */
function missed({ firstSeconds, lastSeconds, idealSeconds }: Result): string[] {
  if (firstSeconds === undefined || lastSeconds === undefined) return ['not all arrived'];
  return [
    ...(firstSeconds * 1_000 > BEGINS_WITHIN_MS ? [`it began after ${firstSeconds.toFixed(1)} s`] : []),
    ...(lastSeconds - firstSeconds > idealSeconds * MOST_TIMES ? ['it took too long'] : []),
  ];
}

const chosen = SUBJECTS.filter(({ what }) => options.only === undefined || what === options.only);
const results = (await Promise.all(chosen.map(({ start }, index) => drill(index, start)))).filter(
  (result) => result !== undefined,
);
print(results);
const faults = results.filter(({ name }) => name.startsWith('Relais')).flatMap(missed);
if (faults.length > 0) process.stderr.write(`Relais: ${faults.join('; ')}\n`);
process.exit(faults.length > 0 ? 1 : 0);
