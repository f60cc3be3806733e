/**
 * Submissions of people: each account logs in once, from its own address, and writes over one connection to the few that it always
 * writes to. Each message is signed with the keys that a domain is given. The same through Relais with its guard and without,
 * round by round. Logging in is not measured.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemRandom } from '../../src/base/random.ts';
import { formatScramKeys, makeCredentials } from '../../src/core/directory/password.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { generateDkimKeys } from '../../src/wire/dkim/keys.ts';
import { Dialogue } from '../dialogue.ts';
import { freePort } from '../server.ts';
import { median, since, usageOf } from './measure.ts';
import { type RelaisSubject, startRelais } from './relais.ts';
import { startSink } from './sink.ts';

const PARTLY = fileURLToPath(new URL('./partly-guarded.ts', import.meta.url));
/** What is compared with the whole guard: that which only looks at each message, that which decides as well and writes nothing, none. */
const PARTS = { looks: 'one that looks', decides: 'that decides as well', none: 'without it' } as const;
const PASSWORD = 'the password of all';
/** Accounts that send in one round, each over a connection of its own; in every round others. */
const AT_ONCE = 100;
const FRIENDS = 5;
const BODY_BYTES = 4096;
/** A round that takes longer is hung: the bench ends with an error. */
const PATIENCE_MS = 120_000;

interface Round {
  readonly messagesPerSecond: number;
  readonly cpuMicros: number;
}

interface Subject {
  readonly name: string;
  readonly submission: number;
  readonly relais: RelaisSubject;
  readonly rounds: Round[];
}

export async function measureSubmit(about: { messages: number; rounds: number }): Promise<void> {
  const sinkPort = await freePort();
  const sink = startSink(sinkPort);
  const subjects: Subject[] = [];
  try {
    // One more than is told: the first warms up.
    const accounts = (about.rounds + 1) * AT_ONCE;
    subjects.push(await startSubject('with the guard', { sinkPort, accounts }));
    for (const [part, name] of Object.entries(PARTS))
      subjects.push(await startSubject(name, { sinkPort, accounts, part }));
    const each = Math.max(1, Math.round(about.messages / AT_ONCE));
    for (let round = 0; round <= about.rounds; round++)
      for (const subject of inTurn(subjects, round))
        subject.rounds.push(await measureRound(subject, { round, each }));
    tell(subjects, each);
    const held = (await (subjects[0] as Subject).relais.command('guard', 'holds', '--json')).trim();
    const groups = held === '' ? 0 : held.split('\n').length;
    process.stdout.write(`  groups that the guard held: ${groups}\n`);
  } finally {
    for (const { relais } of subjects) await relais.stop();
    sink.kill();
  }
}

function tell(subjects: readonly Subject[], each: number): void {
  const about = `${AT_ONCE} accounts at once, ${each} messages each, median of ${(subjects[0]?.rounds.length ?? 1) - 1}`;
  process.stdout.write(`\nsubmit 4 KiB, logged in, signed (${about})\n`);
  const bare = (subjects.at(-1) as Subject).rounds.slice(1);
  for (const { name, rounds } of subjects) {
    const told = rounds.slice(1);
    const rate = median(told.map(({ messagesPerSecond }) => messagesPerSecond)).toFixed(0);
    const micros = told.map(({ cpuMicros }) => cpuMicros);
    const [cpu, least] = [median(micros), Math.min(...micros)].map((one) => one.toFixed(0).padStart(6));
    const beside = pairs(told, bare).map((ratio) => ratio.toFixed(3));
    process.stdout.write(
      `  ${name.padEnd(22)}  ${rate.padStart(6)} msg/s  ${cpu} us CPU (least ${least})  by pairs ${beside.join(' and ')}\n`,
    );
  }
}

/** Each is measured as often right after one as after the other. */
function inTurn(subjects: readonly Subject[], round: number): Subject[] {
  return round % 2 === 0 ? [...subjects] : subjects.toReversed();
}

/** Messages a second and processor time as parts of the other's, round by round: a machine that slows down slows both. */
function pairs(rounds: readonly Round[], others: readonly Round[]): [rate: number, cpu: number] {
  const ratios = (of: (round: Round) => number): number =>
    median(rounds.map((round, index) => of(round) / of(others[index] as Round)));
  return [ratios(({ messagesPerSecond }) => messagesPerSecond), ratios(({ cpuMicros }) => cpuMicros)];
}

async function startSubject(
  name: string,
  { sinkPort, accounts, part }: { sinkPort: number; accounts: number; part?: string },
): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'relais-bench-'));
  await addAccounts(join(folder, 'data'), accounts);
  const submission = await freePort();
  const relais = await startRelais({
    ...{ port: await freePort(), to: `127.0.0.1:${sinkPort}`, workers: 1, folder },
    toml: `[[listen]]\nkind = "submission"\naddress = "127.0.0.1:${submission}"\ntls = "none"\n[login]\nplainOnLoopback = true\n`,
    ...(part === undefined ? {} : { program: PARTLY, environment: { GUARD_PART: part } }),
  });
  return { name, submission, relais, rounds: [] };
}

/** One password for all, so that none is hashed but the first. */
async function addAccounts(data: string, count: number): Promise<void> {
  const store = await openSqlite(data);
  const at = Date.now();
  const domain = 'bench.example';
  const made = await generateDkimKeys('bench');
  const keys = made.map(({ txt, ...key }) => ({ ...key, domain, publicRecord: txt.join('') }));
  await store.addDomain({ name: domain, language: 'en', createdAt: at, keys });
  const { hash: password, scram } = await makeCredentials(PASSWORD, systemRandom);
  const credentials = { password, scram: formatScramKeys(scram) };
  for (let index = 0; index < count; index++)
    await store.addAccount({ address: nameOf(index), language: 'en', ...credentials, at });
  await store.close();
}

async function measureRound(
  { relais, submission }: Subject,
  { round, each }: { round: number; each: number },
): Promise<Round> {
  const sessions: Session[] = [];
  for (let index = round * AT_ONCE; index < (round + 1) * AT_ONCE; index++)
    sessions.push(await logIn(submission, index));
  const before = usageOf(relais.pid);
  const began = performance.now();
  await Promise.all(sessions.map((session) => sendAll(session, each)));
  while (!relais.isDrained()) {
    if (performance.now() - began > PATIENCE_MS) throw new Error('the queue does not drain');
    await sleep(5);
  }
  const seconds = (performance.now() - began) / 1000;
  const messages = each * AT_ONCE;
  const used = since(before, usageOf(relais.pid));
  for (const { dialogue } of sessions) dialogue.close();
  return { messagesPerSecond: messages / seconds, cpuMicros: (used.cpuSeconds * 1e6) / messages };
}

interface Session {
  readonly index: number;
  readonly dialogue: Dialogue;
}

async function logIn(port: number, index: number): Promise<Session> {
  const from = `127.1.${index >> 8}.${index & 255 || 1}`;
  const dialogue = await Dialogue.open({ port, from, patienceMs: PATIENCE_MS });
  await replied(dialogue, 220);
  const login = Buffer.from(`\0${nameOf(index)}\0${PASSWORD}`).toString('base64');
  for (const [line, code] of [
    ['EHLO client.example', 250],
    [`AUTH PLAIN ${login}`, 235],
  ] as const) {
    await dialogue.send(`${line}\r\n`);
    await replied(dialogue, code);
  }
  return { index, dialogue };
}

async function sendAll({ index, dialogue }: Session, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    const to = `friend${sent % FRIENDS}.of${index}@far.example`;
    await dialogue.send(`MAIL FROM:<${nameOf(index)}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
    for (const code of [250, 250, 354]) await replied(dialogue, code);
    await dialogue.send(letter({ from: nameOf(index), to, number: index * count + sent }));
    await replied(dialogue, 250);
  }
}

async function replied(dialogue: Dialogue, code: number): Promise<void> {
  const reply = await dialogue.reply();
  if (reply === 'closed' || reply.code !== code)
    throw new Error(`not ${code}: ${reply === 'closed' ? reply : reply.lines.join(' ')}`);
}

function nameOf(index: number): string {
  return `user${index}@bench.example`;
}

/** A thousand words: of few, texts that have nothing to do with each other would be alike. */
const WORDS = ['ba', 'co', 'di', 'fu', 'ge', 'lo', 'mi', 'na', 'pe', 'ru'].flatMap((first, _, all) =>
  all.flatMap((second) => all.map((third) => first + second + third)),
);

/** No two have the same text. */
function letter({ from, to, number }: { from: string; to: string; number: number }): string {
  const head = `From: <${from}>\r\nTo: <${to}>\r\nSubject: about ${number}\r\nUser-Agent: Mozilla Thunderbird\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n`;
  const lines: string[] = [];
  for (let [at, state, size] = [0, number + 1, head.length]; size < BODY_BYTES; at++) {
    const line: string[] = [];
    for (let word = 0; word < 11; word++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      line.push(WORDS[(state >>> 16) % WORDS.length] as string);
    }
    lines.push(line.join(' '));
    size += (lines[at] as string).length + 2;
  }
  return `${head}${lines.join('\r\n')}\r\n.\r\n`;
}
