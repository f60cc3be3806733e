/**
 * The move of a large account from Debian's Dovecot, killed twice on its way: messages a second, what memory it took, and
 * whether each message is here once, with its octets, date and flags.
 *
 *     npm run bench:import -- [--messages 50000] [--connections 3]
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openSqlite } from '../../../src/store/sqlite/open.ts';
import type { SqlStore } from '../../../src/store/store.ts';
import { flagNames } from '../../../src/core/mailbox/flags.ts';
import { Dovecot, type OldMessage, SECRET } from '../../interop/dovecot.ts';
import { findPeer } from '../../peers.ts';

const RELAIS = fileURLToPath(new URL('../../../bin/relais', import.meta.url));
const ANA = 'ana@here.example';
const AT = 1_520_841_600_000;
const KINDS = ['', 'S', 'S', 'FS', 'RS', 'RS', 'D', 'ST'];
const FLAGS: Readonly<Record<string, string>> = {
  S: '\\Seen',
  F: '\\Flagged',
  R: '\\Answered',
  D: '\\Draft',
  T: '\\Deleted',
};

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '50000' }, connections: { type: 'string', default: '3' } },
});
const total = Number(values.messages);

/** A fifth in the INBOX, the rest in folders nine levels deep. */
function folderOf(index: number): string {
  if (index % 5 === 0) return '';
  const year = 2009 + (index % 10);
  return index % 2 === 0
    ? `Projets/Clients/Été ${year}/Équipe/Réunions/Comptes rendus/Archives/Vieux/Fin`
    : `日本語/会議/${year}`;
}

function messageOf(index: number): OldMessage {
  const lines = 20 + ((index * 7919) % 100) + (index % 500 === 0 ? 20_000 : 0);
  const head = `From: bob@far.example\nSubject: number ${index}\nMessage-ID: <${index}@far.example>\n\n`;
  const bytes = Buffer.from(head + `line ${index} of some text that is long enough\n`.repeat(lines));
  return { bytes, at: AT + 1000 * index, flags: KINDS[index % KINDS.length] as string };
}

/** Octets, date and flags of a message, in few octets. */
function printOf(octets: Buffer, { at, flags }: { at: number; flags: readonly string[] }): string {
  return hash('sha256', `${hash('sha256', octets)} ${at} ${flags.toSorted().join(' ')}`).slice(0, 24);
}

interface Ran {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly signal: string | null;
}

async function countOf(store: SqlStore): Promise<number> {
  return (await store.listAccounts(undefined))[0]?.messages ?? 0;
}

/** `killAt`: when so many messages are there. */
async function run(store: SqlStore, words: readonly string[], killAt?: number): Promise<Ran> {
  const begun = performance.now();
  const child = spawn(RELAIS, words, { stdio: ['pipe', 'inherit', 'inherit'] });
  const over = new Promise<string | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  child.stdin.end(`${SECRET}\n`);
  let peakMiB = 0;
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It is over.
    }
    if (killAt !== undefined && (await countOf(store)) >= killAt) child.kill('SIGKILL');
    await sleep(100);
  }
  const signal = await over;
  return { seconds: (performance.now() - begun) / 1000, peakMiB, signal };
}

async function fill(dovecot: Dovecot): Promise<Map<string, number>> {
  const prints = new Map<string, number>();
  for (let index = 0; index < total; index++) {
    const message = messageOf(index);
    dovecot.put('old', folderOf(index), [message]);
    const octets = Buffer.from(message.bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
    const flags = [...message.flags].map((flag) => FLAGS[flag] as string);
    const key = `${folderOf(index) || 'INBOX'} ${printOf(octets, { at: message.at, flags })}`;
    prints.set(key, (prints.get(key) ?? 0) + 1);
  }
  return prints;
}

/** Takes each message that is here from those that were there; what is here too often. */
async function compare(store: SqlStore, prints: Map<string, number>): Promise<number> {
  const account = await store.account(ANA);
  assert.ok(account !== undefined);
  let extra = 0;
  for (const { id: mailbox, name, keywords, uidNext } of await store.mailboxes(account.id))
    for (let uid = 1; uid < uidNext; uid += 500) {
      const items = await store.items({ account: account.id, mailbox, uids: [[uid, uid + 499]], limit: 500 });
      for (const { message, contentBytes, internalAt: at, flags } of items) {
        const octets = await store.readContent({ message, offset: 0, limit: contentBytes });
        const print = printOf(Buffer.from(octets), { at, flags: flagNames(flags, keywords) });
        const left = prints.get(`${name} ${print}`) ?? 0;
        if (left === 0) extra++;
        else if (left === 1) prints.delete(`${name} ${print}`);
        else prints.set(`${name} ${print}`, left - 1);
      }
    }
  return extra;
}

const peer = findPeer('dovecot');
if (peer === undefined) throw new Error('there is no Dovecot: install the package dovecot-imapd');
const folder = mkdtempSync(join(tmpdir(), 'relais-bench-import-'));
const dovecot = await Dovecot.run(peer.program);
const store = await openSqlite(join(folder, 'data'));
try {
  await store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  await store.addAccount({ address: ANA, language: 'en', password: 'p', scram: 's', at: 0 });
  const config = join(folder, 'relais.toml');
  writeFileSync(config, `hostname = "mail.here.example"\ndata = "${join(folder, 'data')}"\n`);
  const prints = await fill(dovecot);
  const there = [
    '--host',
    'localhost',
    '--port',
    `${dovecot.port}`,
    '--ca',
    join(dovecot.folder, 'cert.pem'),
  ];
  const login = ['--user', 'old', '--password-stdin', '--connections', values.connections];
  const words = ['import', 'imap', ANA, ...there, ...login, '--config', config];
  for (const share of [0.2 + 0.2 * Math.random(), 0.5 + 0.3 * Math.random()]) {
    const { signal } = await run(store, words, Math.round(share * total));
    process.stdout.write(`killed (${signal}) when ${await countOf(store)} of ${total} messages were there\n`);
  }
  const before = await countOf(store);
  const last = await run(store, words);
  const came = (await countOf(store)) - before;
  process.stdout.write(
    `${came} messages in ${last.seconds.toFixed(1)} s: ${Math.round(came / last.seconds)} a second; ${Math.round(last.peakMiB)} MiB resident at most\n`,
  );
  const again = await run(store, words);
  process.stdout.write(
    `again, nothing new: ${again.seconds.toFixed(1)} s, ${Math.round(again.peakMiB)} MiB\n`,
  );
  const verified = await run(store, [...words, '--verify']);
  process.stdout.write(`--verify: ${verified.seconds.toFixed(1)} s, ${Math.round(verified.peakMiB)} MiB\n`);
  const extra = await compare(store, prints);
  const missing = [...prints.values()].reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `${await countOf(store)} messages here; ${missing} missing or otherwise, ${extra} too many\n`,
  );
  process.exitCode = missing + extra === 0 ? 0 : 1;
} finally {
  await store.close();
  await dovecot.stop();
  rmSync(folder, { recursive: true, force: true });
}
