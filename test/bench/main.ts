/**
 * `npm run bench`: how fast, at what cost, beside Debian's Postfix in the same run. Both sync every message before 250.
 * Prints a table; asserts nothing. Options: --messages N, --rounds N, --only relay|submit|backlog|lab|wire, --backlog N, --deliveries N,
 * --workers N; --beside FOLDER: another tree of Relais, installed, in Postfix's place, to see what a change costs.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs, promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { freePort } from '../server.ts';
import { measureBacklog } from './backlog.ts';
import { measureLab } from './lab.ts';
import { median, since, type Usage, usageOf } from './measure.ts';
import { startPostfix, tuned } from './postfix.ts';
import { startRelais } from './relais.ts';
import { startSink } from './sink.ts';
import type { Subject } from './subject.ts';
import { measureSubmit } from './submit.ts';
import { measureWire } from './wire.ts';

const SESSIONS = 20;
/** A load that takes longer is hung: the bench ends with an error. */
const LOAD_TIMEOUT_MS = 120_000;
const run = promisify(execFile);

interface Load {
  readonly name: string;
  readonly sizeBytes: number;
  readonly reuse: 'reused' | 'one each';
  readonly mode: 'relay' | 'hold';
  /** Part of --messages that this load sends. */
  readonly part: number;
}

const LOADS: readonly Load[] = [
  { name: 'relay 4 KiB, connections reused', sizeBytes: 4096, reuse: 'reused', mode: 'relay', part: 1 },
  { name: 'relay 4 KiB, a connection each', sizeBytes: 4096, reuse: 'one each', mode: 'relay', part: 1 },
  { name: 'relay 64 KiB, connections reused', sizeBytes: 65_536, reuse: 'reused', mode: 'relay', part: 0.5 },
  { name: 'accept 4 KiB, queue held', sizeBytes: 4096, reuse: 'reused', mode: 'hold', part: 1 },
];

interface Result {
  readonly messagesPerSecond: number;
  readonly cpuMicros: number;
  readonly writtenBytes: number;
}

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    backlog: { type: 'string', default: '1000000' },
    deliveries: { type: 'string', default: '200000' },
    workers: { type: 'string' },
    beside: { type: 'string' },
  },
});

const runs = (part: 'relay' | 'submit' | 'backlog' | 'lab' | 'wire'): boolean =>
  options.only === undefined || options.only === part;
if (runs('relay')) await compare();
if (runs('submit'))
  await measureSubmit({ messages: Number(options.messages), rounds: Number(options.rounds) });
if (runs('backlog')) await measureBacklog(Number(options.backlog));
if (runs('wire')) measureWire(Number(options.rounds));
if (runs('lab'))
  await measureLab({ deliveries: Number(options.deliveries), workers: Number(options.workers ?? 1) });

async function compare(): Promise<void> {
  const sinkPort = await freePort();
  const sink = startSink(sinkPort);
  const counts = options.workers === undefined ? [1, availableParallelism()] : [Number(options.workers)];
  const subjects: Subject[] = [];
  for (const workers of counts)
    subjects.push(await startRelais({ port: await freePort(), to: `127.0.0.1:${sinkPort}`, workers }));
  const base = await startBase(sinkPort, counts[0] as number);
  if (base !== undefined) subjects.push(base);
  try {
    for (const load of LOADS) await table(load, subjects, base);
  } finally {
    for (const subject of subjects) await subject.stop();
    sink.kill();
  }
}

/** What the others are compared with. */
async function startBase(sinkPort: number, workers: number): Promise<Subject | undefined> {
  const port = await freePort();
  if (options.beside === undefined) return startPostfix({ port, settings: tuned(sinkPort) });
  const program = join(options.beside, 'src/main.ts');
  const other = await startRelais({ port, to: `127.0.0.1:${sinkPort}`, workers, program });
  return { ...other, name: `the other, ${workers}` };
}

/** Rounds alternate between the subjects, so that a noisy minute hits them alike. */
async function table(load: Load, subjects: readonly Subject[], base: Subject | undefined): Promise<void> {
  const results = new Map<Subject, Result[]>(subjects.map((subject) => [subject, []]));
  for (const subject of subjects) await subject.setMode(load.mode);
  for (let round = 0; round < Number(options.rounds); round++) {
    const turn = round % 2 === 0 ? subjects : subjects.toReversed();
    for (const subject of turn) results.get(subject)?.push(await measure(subject, load));
  }
  const baseResult = base === undefined ? undefined : summary(results.get(base) ?? []);
  process.stdout.write(`\n${load.name} (${SESSIONS} sessions, median of ${options.rounds})\n`);
  for (const subject of subjects) {
    process.stdout.write(`${row(subject.name, summary(results.get(subject) ?? []), baseResult)}\n`);
  }
  for (const subject of subjects) await subject.setMode('relay');
}

async function measure(subject: Subject, load: Load): Promise<Result> {
  const messages = Math.round(Number(options.messages) * load.part);
  const before: Usage = usageOf(subject.pid);
  const began = performance.now();
  const reuse = load.reuse === 'reused' ? ['-d'] : [];
  const args = ['-s', String(SESSIONS), '-m', String(messages), '-l', String(load.sizeBytes)];
  const envelope = ['-f', 'sender@bench.example', '-t', 'recipient@far.example'];
  await run('smtp-source', [...reuse, ...args, ...envelope, `127.0.0.1:${subject.port}`], {
    timeout: LOAD_TIMEOUT_MS,
  });
  while (load.mode === 'relay' && !subject.isDrained()) await sleep(5);
  const seconds = (performance.now() - began) / 1000;
  const used = since(before, usageOf(subject.pid));
  return {
    messagesPerSecond: messages / seconds,
    cpuMicros: (used.cpuSeconds * 1e6) / messages,
    writtenBytes: used.writtenBytes / messages,
  };
}

function summary(results: readonly Result[]): Result {
  return {
    messagesPerSecond: median(results.map((result) => result.messagesPerSecond)),
    cpuMicros: median(results.map((result) => result.cpuMicros)),
    writtenBytes: median(results.map((result) => result.writtenBytes)),
  };
}

function row(name: string, result: Result, base: Result | undefined): string {
  const ratio =
    base === undefined ? '' : `${(result.messagesPerSecond / base.messagesPerSecond).toFixed(2)}x`;
  const cpu = base === undefined ? '' : `1/${(base.cpuMicros / result.cpuMicros).toFixed(1)}`;
  return [
    `  ${name.padEnd(20)}`,
    `${result.messagesPerSecond.toFixed(0).padStart(6)} msg/s ${ratio.padStart(6)}`,
    `${result.cpuMicros.toFixed(0).padStart(6)} us CPU ${cpu.padStart(7)}`,
    `${(result.writtenBytes / 1024).toFixed(1).padStart(7)} KiB written`,
  ].join('  ');
}
