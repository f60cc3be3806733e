/**
 * PostgreSQL stops answering, dies and comes back. While it is away every answer is a 4xx and comes in bounded time;
 * nobody is told that an address does not exist; nothing accepted is lost; it goes on by itself.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { Dialogue } from '../dialogue.ts';
import { Outage } from '../outage.ts';
import { requirePeer } from '../peers.ts';
import { startPostgres } from '../postgres.ts';

/** The statement timeout (30 s), a wait for a connection (5 s), and some. */
const ANSWER_WITHIN_MS = 45_000;
const AWAY_FOR_MS = 3_000;

test('PostgreSQL hangs, dies and comes back', async (t) => {
  const peer = requirePeer(t, 'postgres');
  if (peer === undefined) return;
  const postgres = await startPostgres(peer);
  const url = await postgres.database();
  const options = { storeLine: `store = "${url}"`, open: () => openPostgres(url) };
  let pids: number[] = [];
  const outage = await Outage.begin(t, options, async () => {
    for (const pid of pids) signal(pid, 'SIGCONT');
    await postgres.stop();
  });

  pids = processesOf(url);
  for (const pid of pids) signal(pid, 'SIGSTOP');
  const asked = Date.now();
  const codes = await Promise.all(
    Array.from({ length: 5 }, (_, n) => ask(outage.port, `probe${n}@far.example`)),
  );
  t.diagnostic(`hanging: ${JSON.stringify(codes)} after ${Date.now() - asked} ms`);
  for (const all of codes) assertPutOff(all);

  for (const pid of pids) signal(pid, 'SIGKILL');
  await postgres.crash();
  const gone = await ask(outage.port, 'probe@far.example');
  t.diagnostic(`dead: ${JSON.stringify(gone)}`);
  assertPutOff(gone);
  await outage.refuses(20);
  await sleep(AWAY_FOR_MS);

  await postgres.restart();
  await outage.keeps(50);
  assert.deepEqual((await ask(outage.port, 'probe@far.example')).at(-1), '250/2.0.0');
  await outage.losesNothing(t);
});

/** Sends one message; every code from MAIL on. */
async function ask(port: number, recipient: string): Promise<string[]> {
  const client = await Dialogue.open({ port, patienceMs: ANSWER_WITHIN_MS });
  try {
    const [greeting = 'closed'] = await client.codes(1);
    if (greeting !== '220') return [greeting];
    await client.send('EHLO probe.example\r\n');
    const seen = await client.codes(1);
    for (const line of [`MAIL FROM:<probe@here.example>`, `RCPT TO:<${recipient}>`, 'DATA']) {
      await client.send(`${line}\r\n`);
      seen.push(...(await client.codes(1)));
      if (!/^[23]/.test(seen.at(-1) ?? '')) return seen;
    }
    await client.send('Subject: probe\r\n\r\n.\r\n');
    return [...seen, ...(await client.codes(1))];
  } finally {
    client.close();
  }
}

/** The last answer is temporary trouble of ours, or the connection was given up with as much. */
function assertPutOff(codes: readonly string[]): void {
  assert.match(codes.at(-1) ?? '', /^(451\/4\.3\.0|421\/4\.3\.\d)$/, JSON.stringify(codes));
}

/** The server and all that it started, by its own file. */
function processesOf(url: string): number[] {
  const folder = new URL(url).searchParams.get('host') ?? '';
  const [first = ''] = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
  const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ');
  return [first, ...children].map(Number);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself meanwhile.
  }
}
