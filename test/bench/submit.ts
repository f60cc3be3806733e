/**
 * Submissions of people, each from its own address to the few that it always writes to, signed with the keys that a domain is
 * given: through Relais with its guard and without, round by round. As mail programs do it, over TLS with a login for each
 * message; and over one connection, kept and not encrypted, on which everything else is as cheap as it can be.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemRandom } from '../../src/base/random.ts';
import { formatScramKeys, makeCredentials } from '../../src/core/directory/password.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { makeSelfSigned } from '../../src/wire/x509/self-signed.ts';
import { generateDkimKeys } from '../../src/wire/dkim/keys.ts';
import { Dialogue } from '../dialogue.ts';
import { freePort } from '../server.ts';
import { median, since, usageOf } from './measure.ts';
import { type RelaisSubject, startRelais } from './relais.ts';
import { startSink } from './sink.ts';

const UNGUARDED = fileURLToPath(new URL('./unguarded.ts', import.meta.url));
const PASSWORD = 'the password of all';
/** Accounts that send in one round; in every round others. */
const AT_ONCE = 100;
const FRIENDS = 5;
const BODY_BYTES = 4096;
/** A round that takes longer is hung: the bench ends with an error. */
const PATIENCE_MS = 120_000;

interface Load {
  readonly name: string;
  readonly kept: boolean;
  /** Part of --messages that this load sends. */
  readonly part: number;
}

const LOADS: readonly Load[] = [
  { name: 'over TLS, a connection and a login each', kept: false, part: 0.25 },
  { name: 'over a connection that is kept, without TLS, the login not measured', kept: true, part: 1 },
];

interface Round {
  readonly messagesPerSecond: number;
  readonly cpuMicros: number;
}

interface Subject {
  readonly name: string;
  readonly ports: Ports;
  readonly relais: RelaisSubject;
}

interface Ports {
  readonly plain: number;
  readonly tls: number;
}

export async function measureSubmit(about: { messages: number; rounds: number }): Promise<void> {
  const sinkPort = await freePort();
  const sink = startSink(sinkPort);
  const subjects: Subject[] = [];
  try {
    // One more than is told: the first warms up.
    const rounds = about.rounds + 1;
    const accounts = LOADS.length * rounds * AT_ONCE;
    subjects.push(await startSubject('with the guard', { sinkPort, accounts }));
    subjects.push(await startSubject('without it', { sinkPort, accounts, program: UNGUARDED }));
    for (const [index, load] of LOADS.entries()) {
      const each = Math.max(1, Math.round((about.messages * load.part) / AT_ONCE));
      const results = new Map<Subject, Round[]>(subjects.map((subject) => [subject, []]));
      for (let round = 0; round < rounds; round++)
        for (const subject of inTurn(subjects, round))
          results
            .get(subject)
            ?.push(await measureRound(subject, load, { first: (index * rounds + round) * AT_ONCE, each }));
      tell(results, load, each);
    }
    const held = (await (subjects[0] as Subject).relais.command('guard', 'holds', '--json')).trim();
    const groups = held === '' ? 0 : held.split('\n').length;
    process.stdout.write(`  groups that the guard held: ${groups}\n`);
  } finally {
    for (const { relais } of subjects) await relais.stop();
    sink.kill();
  }
}

function tell(results: ReadonlyMap<Subject, readonly Round[]>, load: Load, each: number): void {
  const all = [...results].map(([{ name }, rounds]) => ({ name, rounds: rounds.slice(1) }));
  const bare = all.at(-1)?.rounds ?? [];
  process.stdout.write(
    `\nsubmit 4 KiB, signed, ${load.name} (${AT_ONCE} accounts at once, ${each} messages each, median of ${bare.length})\n`,
  );
  for (const { name, rounds } of all) {
    const rate = median(rounds.map(({ messagesPerSecond }) => messagesPerSecond)).toFixed(0);
    const micros = rounds.map(({ cpuMicros }) => cpuMicros);
    const [cpu, least] = [median(micros), Math.min(...micros)].map((one) => one.toFixed(0).padStart(6));
    const beside = pairs(rounds, bare).map((ratio) => ratio.toFixed(3));
    process.stdout.write(
      `  ${name.padEnd(14)}  ${rate.padStart(6)} msg/s  ${cpu} us CPU (least ${least})  by pairs ${beside.join(' and ')}\n`,
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
  { sinkPort, accounts, program }: { sinkPort: number; accounts: number; program?: string },
): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'relais-bench-'));
  await addAccounts(join(folder, 'data'), accounts);
  const ports = { plain: await freePort(), tls: await freePort() };
  const relais = await startRelais({
    ...{ port: await freePort(), to: `127.0.0.1:${sinkPort}`, workers: 1, folder },
    toml: listeners(ports, folder),
    ...(program === undefined ? {} : { program }),
  });
  return { name, ports, relais };
}

function listeners({ plain, tls }: Ports, folder: string): string {
  const about = { hostname: 'relais.bench.example', nowMs: Date.now(), days: 2 };
  const { cert, key } = makeSelfSigned({ ...about, serial: systemRandom.bytes(8) });
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  return `[tls]
cert = "${join(folder, 'cert.pem')}"
key = "${join(folder, 'key.pem')}"
[login]
plainOnLoopback = true
[[listen]]
kind = "submission"
address = "127.0.0.1:${plain}"
tls = "none"
[[listen]]
kind = "submission"
address = "127.0.0.1:${tls}"
tls = "implicit"
`;
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

/** `first`: of the accounts that send. */
async function measureRound(
  { relais, ports }: Subject,
  { kept }: Load,
  { first, each }: { first: number; each: number },
): Promise<Round> {
  const accounts = Array.from({ length: AT_ONCE }, (_, index) => first + index);
  const open = kept ? await Promise.all(accounts.map((account) => logIn(ports, { account, kept }))) : [];
  const before = usageOf(relais.pid);
  const began = performance.now();
  await Promise.all(
    accounts.map(async (account, index) => {
      for (let number = account * each; number < (account + 1) * each; number++) {
        const dialogue = open[index] ?? (await logIn(ports, { account, kept }));
        await sendOne(dialogue, { account, number });
        if (!kept) await leave(dialogue);
      }
    }),
  );
  while (!relais.isDrained()) {
    if (performance.now() - began > PATIENCE_MS) throw new Error('the queue does not drain');
    await sleep(5);
  }
  const seconds = (performance.now() - began) / 1000;
  const messages = each * AT_ONCE;
  const used = since(before, usageOf(relais.pid));
  for (const dialogue of open) dialogue.close();
  return { messagesPerSecond: messages / seconds, cpuMicros: (used.cpuSeconds * 1e6) / messages };
}

async function logIn(
  { plain, tls }: Ports,
  { account, kept }: { account: number; kept: boolean },
): Promise<Dialogue> {
  const from = `127.1.${account >> 8}.${account & 255 || 1}`;
  const dialogue = await Dialogue.open({ port: kept ? plain : tls, from, patienceMs: PATIENCE_MS });
  if (!kept) await dialogue.secure();
  await replied(dialogue, 220);
  const login = Buffer.from(`\0${nameOf(account)}\0${PASSWORD}`).toString('base64');
  for (const [line, code] of [
    ['EHLO client.example', 250],
    [`AUTH PLAIN ${login}`, 235],
  ] as const) {
    await dialogue.send(`${line}\r\n`);
    await replied(dialogue, code);
  }
  return dialogue;
}

async function sendOne(
  dialogue: Dialogue,
  { account, number }: { account: number; number: number },
): Promise<void> {
  const to = `friend${number % FRIENDS}.of${account}@far.example`;
  await dialogue.send(`MAIL FROM:<${nameOf(account)}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
  for (const code of [250, 250, 354]) await replied(dialogue, code);
  await dialogue.send(letter({ from: nameOf(account), to, number }));
  await replied(dialogue, 250);
}

async function leave(dialogue: Dialogue): Promise<void> {
  await dialogue.send('QUIT\r\n');
  await replied(dialogue, 221);
  dialogue.close();
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
