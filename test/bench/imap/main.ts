/**
 * `npm run bench:imap`: Relais beside Debian's Dovecot, the same messages, the same client, medians of 5 rounds.
 *
 *     npm run bench:imap -- --messages 50000
 *     npm run bench:imap -- --only SEARCH,COPY --alone  (tasks of which the name begins so; without Dovecot)
 *     npm run bench:imap -- --only LMTP                 (deliveries alone)
 *     npm run bench:imap -- --only IDLE --clients 10000 --each 20   (Relais alone; each in a mailbox of 20 messages;
 *                          --groups X25519: without ML-KEM)
 */
import { parseArgs } from 'node:util';
import { freePort } from '../../server.ts';
import { median } from '../measure.ts';
import { startDovecot } from './dovecot.ts';
import { measureIdle, tellIdle } from './idle.ts';
import { measureDelivery } from './lmtp.ts';
import { startRelais } from './relais.ts';
import type { ImapSubject, Ports } from './subject.ts';
import { BenchClient } from './wire.ts';

const RUNS = 5;
const AT_ONCE = 250;
/** Turns of what takes less than a millisecond. */
const FAST = 51;

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '50000' },
    only: { type: 'string', default: '' },
    alone: { type: 'boolean', default: false },
    clients: { type: 'string', default: '10000' },
    each: { type: 'string', default: '20' },
    groups: { type: 'string', default: 'auto' },
  },
});
const messages = Number(values.messages);
const from = messages - 99;

interface Task {
  readonly name: string;
  /** Of Dovecot's time, at most; none for what is only told. */
  readonly target?: number;
  /** Turns that are not counted: servers run for months, and a just started one is told of apart. None: 0. */
  readonly warmUp: number;
  /** Turns of a round, which takes the time of the median of them: what takes less than a millisecond, noise makes three times that. */
  readonly turns?: number;
  run(client: BenchClient, round: number): Promise<number>;
}

const timed =
  (command: (round: number) => string): Task['run'] =>
  async (client, round) =>
    (await client.ask(command(round))).ms;

const ALL_TASKS: readonly Task[] = [
  { name: 'SELECT', target: 1, warmUp: 1000, turns: FAST, run: timed(() => 'SELECT INBOX') },
  { name: 'UID FETCH 1:* (FLAGS)', target: 1, warmUp: 20, run: timed(() => 'UID FETCH 1:* (FLAGS)') },
  {
    name: 'ENVELOPE of the newest 100',
    target: 1,
    warmUp: 1000,
    turns: FAST,
    run: timed(() => `FETCH ${from}:* (ENVELOPE)`),
  },
  {
    name: 'a body of 64 KiB',
    target: 1,
    warmUp: 1000,
    turns: FAST,
    run: timed(() => `FETCH ${messages} (BODY.PEEK[])`),
  },
  {
    name: 'STORE on 1 000',
    target: 1,
    warmUp: 300,
    turns: 21,
    run: timed((round) => `STORE 1001:2000 ${round % 2 === 0 ? '+' : '-'}FLAGS.SILENT (\\Flagged)`),
  },
  // What was left for later has its time too.
  { name: 'STORE on 1 000, then EXPUNGE of one', warmUp: 20, turns: 5, run: storeAndExpunge },
  { name: 'COPY of 1 000', target: 1, warmUp: 5, run: timed(() => 'COPY 3001:4000 Archive') },
  { name: 'QRESYNC after 100 changes', target: 1, warmUp: 2, run: resync },
  {
    name: 'SEARCH SUBJECT',
    target: 0.2,
    warmUp: 5,
    run: timed((round) => `SEARCH SUBJECT "number ${4711 + round} "`),
  },
  {
    name: 'SEARCH TEXT',
    target: 0.2,
    warmUp: 5,
    run: timed((round) => `SEARCH TEXT "needle${77 + round}x"`),
  },
];

const isWanted = (name: string): boolean => values.only.split(',').some((only) => name.startsWith(only));
const TASKS = ALL_TASKS.filter(({ name }) => isWanted(name));

async function storeAndExpunge(client: BenchClient, round: number): Promise<number> {
  const commands = [
    `STORE 5001:6000 ${round % 2 === 0 ? '+' : '-'}FLAGS.SILENT (\\Flagged)`,
    'STORE 5 +FLAGS.SILENT (\\Deleted)',
    'EXPUNGE',
  ];
  let sum = 0;
  for (const command of commands) sum += (await client.ask(command)).ms;
  return sum;
}

async function resync(client: BenchClient): Promise<number> {
  const status = await client.read('STATUS INBOX (UIDVALIDITY HIGHESTMODSEQ)');
  const [, validity, modseq] = /UIDVALIDITY (\d+) HIGHESTMODSEQ (\d+)/.exec(status) ?? [];
  for (let at = 1; at <= 100; at++) await client.ask(`UID STORE ${at * 7} +FLAGS.SILENT (k${at % 5})`);
  for (let at = 1; at <= 100; at++) await client.ask(`UID STORE ${at * 7} -FLAGS.SILENT (k${at % 5})`);
  return (await client.ask(`SELECT INBOX (QRESYNC (${validity} ${modseq}))`)).ms;
}

function letter(number: number): string {
  const words = `${'lorem ipsum dolor sit amet consetetur sadipscing elitr sed diam nonumy\r\n'.repeat(number === messages ? 900 : 20)}needle${number % 1000}x\r\n`;
  return `From: Person ${number % 97} <p${number % 97}@far.example>\r\nTo: <ana@here.example>\r\nSubject: Message number ${number} about ${number % 13}\r\nDate: Mon, 3 Feb 2020 10:00:00 +0000\r\nMessage-ID: <${number}@far.example>\r\n\r\n${words}`;
}

async function fill(client: BenchClient): Promise<void> {
  for (let first = 1; first <= messages; first += AT_ONCE) {
    const pieces = ['APPEND INBOX'];
    for (let number = first; number < Math.min(first + AT_ONCE, messages + 1); number++) {
      const text = letter(number);
      pieces.push(` (${number % 3 === 0 ? '' : '\\Seen'}) {${text.length}+}\r\n${text}`);
    }
    await client.ask(pieces.join(''));
  }
}

/** A server with its client, and what was measured of it. */
interface Measured {
  readonly subject: ImapSubject;
  readonly client: BenchClient;
  readonly found: Map<string, number>;
}

async function prepared(subject: ImapSubject): Promise<Measured> {
  const client = await BenchClient.open(subject.ports.imap, subject.login);
  await client.ask('CREATE Archive').catch(() => undefined);
  await fill(client);
  await client.ask('ENABLE QRESYNC');
  await client.ask('SELECT INBOX');
  // Both may keep what they make of messages.
  await client.ask(`FETCH 1:* (ENVELOPE)`);
  return { subject, client, found: new Map() };
}

/** Round by round, one server after the other, so that a minute in which the machine is slow is one for all. */
async function measureTask({ name, warmUp, turns = 1, run }: Task, all: readonly Measured[]): Promise<void> {
  const turn = new Map(all.map((one) => [one, 0]));
  const next = (one: Measured): Promise<number> => {
    const at = turn.get(one) as number;
    turn.set(one, at + 1);
    return run(one.client, at);
  };
  for (const one of all)
    for (let at = 0; at < warmUp; at++) {
      const ms = await next(one);
      // Who has an index, or makes one, or has just started, may take longer once.
      if (at === 0) one.found.set(`${name}, the first`, ms);
    }
  const rounds = new Map(all.map((one): [Measured, number[]] => [one, []]));
  for (let round = 0; round < RUNS; round++)
    for (const one of all) {
      const times: number[] = [];
      while (times.length < turns) times.push(await next(one));
      rounds.get(one)?.push(median(times));
    }
  for (const [one, times] of rounds) one.found.set(name, median(times));
}

const ports = async (): Promise<Ports> => ({ imap: await freePort(), lmtp: await freePort() });
const columns = new Map<string, Map<string, number>>();
if (TASKS.length > 0) await measureAll();
if (isWanted('LMTP')) {
  const rates = await measureDelivery({ rounds: RUNS, alone: values.alone });
  process.stdout.write(`LMTP, 20 sessions, 4 KiB, messages a second (at least 2x Dovecot's are wanted)\n`);
  for (const [name, rate] of rates)
    process.stdout.write(`${name.padEnd(28)}${rate.toFixed(0).padStart(8)}\n`);
}
if (isWanted('IDLE'))
  process.stdout.write(
    tellIdle(
      await measureIdle({
        clients: Number(values.clients),
        each: Number(values.each),
        groups: values.groups,
      }),
    ),
  );

async function measureAll(): Promise<void> {
  const subjects = [await startRelais(await ports())];
  try {
    for (const format of values.alone ? [] : (['maildir', 'sdbox'] as const)) {
      const dovecot = await startDovecot(format, await ports());
      if (dovecot !== undefined) subjects.push(dovecot);
    }
    const all: Measured[] = [];
    for (const subject of subjects) all.push(await prepared(subject));
    for (const task of TASKS) await measureTask(task, all);
    for (const { subject, client, found } of all) {
      columns.set(subject.name, found);
      client.close();
    }
  } finally {
    for (const subject of subjects) await subject.stop();
  }
  tell('Relais');
}

function tell(first: string): void {
  const names = [...columns.keys()];
  process.stdout.write(
    `${messages} messages; medians of ${RUNS} rounds once warm, one server after the other in each, ms\n`,
  );
  process.stdout.write(
    `${'task'.padEnd(40)}${names.map((name) => name.padStart(20)).join('')}${'target'.padStart(12)}\n`,
  );
  for (const name of columns.get(first)?.keys() ?? []) {
    const cells = names.map((column) =>
      (columns.get(column)?.get(name) ?? Number.NaN).toFixed(2).padStart(20),
    );
    const target = TASKS.find((task) => task.name === name)?.target;
    const wanted = target === undefined ? '' : `${target}x`;
    process.stdout.write(`${name.padEnd(40)}${cells.join('')}${wanted.padStart(12)}\n`);
  }
}
