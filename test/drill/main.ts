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
/** Live mail, messages a second; some of it after the backlog is gone. */
const LIVE_PER_SECOND = 1;
const AFTER_MS = 20_000;
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
  { what: 'relais', start: relais },
  { what: 'postfix', start: (to) => postfix('Postfix, default', to, 'left alone') },
  { what: 'postfix', start: (to) => postfix('Postfix, flushed', to, 'flushed') },
];

async function relais(to: Readonly<Record<string, string>>): Promise<Subject> {
  const subject = await startRelais({ port: await freePort(), to, workers: 1 });
  return { name: 'Relais', port: subject.port, restored() {}, stop: () => subject.stop() };
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
    const customer = new Customer(subject.port, { domains, bytes: BYTES });
    await customer.send((BEFORE_MS / 1_000) * LIVE_PER_SECOND, BEFORE_MS);
    link.cut();
    const cutAt = Date.now();
    // Most come in the first half, so that the early ones have failed more than once when it ends.
    await customer.send(QUEUED, CUT_MS / 2);
    await customer.send(((CUT_MS / 2) * LIVE_PER_SECOND) / 1_000, cutAt + CUT_MS - Date.now());
    link.restore();
    const upAt = Date.now();
    subject.restored();
    farEnd.look();
    const waited = [...customer.accepted.keys()].filter((n) => !farEnd.arrivals.has(n));
    await live(customer, farEnd, { waited, upAt });
    customer.close();
    return resultOf(subject.name, { customer, farEnd, waited, upAt });
  } finally {
    await subject?.stop();
    farEnd.remove();
    link.remove();
  }
}

/** Live mail goes on until what waited is gone, and a little longer. */
async function live(
  customer: Customer,
  farEnd: FarEnd,
  { waited, upAt }: { waited: readonly number[]; upAt: number },
): Promise<void> {
  const deadline = upAt + Number(options.limit) * 1_000;
  while (Date.now() < deadline) {
    await customer.send(5 * LIVE_PER_SECOND, 5_000);
    farEnd.look();
    if (waited.every((n) => farEnd.arrivals.has(n))) break;
  }
  await customer.send((AFTER_MS / 1_000) * LIVE_PER_SECOND, AFTER_MS);
  await sleep(5_000);
  farEnd.look();
}

function resultOf(
  name: string,
  about: { customer: Customer; farEnd: FarEnd; waited: readonly number[]; upAt: number },
): Result {
  const { customer, farEnd, waited, upAt } = about;
  const { arrivals } = farEnd;
  const came = waited.flatMap((n) => arrivals.get(n) ?? []).map((at) => (at - upAt) / 1_000);
  const missing = waited.length - came.length;
  const delays = [...customer.accepted]
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
const faults = results.filter(({ name }) => name === 'Relais').flatMap(missed);
if (faults.length > 0) process.stderr.write(`Relais: ${faults.join('; ')}\n`);
process.exit(faults.length > 0 ? 1 : 0);
