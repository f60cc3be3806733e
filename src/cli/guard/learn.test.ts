import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CommandLine } from '../../../test/command-line.ts';
import type { WorkerId } from '../../core/envelope.ts';
import { silentLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import { systemClock } from '../../base/clock.ts';
import { Guard } from '../../core/guard/guard.ts';
import { GuardMemory } from '../../core/guard/memory.ts';
import { Submissions } from '../../core/guard/submission.ts';
import { Whereabouts } from '../../core/guard/whereabouts.ts';
import { scanHeader } from '../../wire/mime/header.ts';

const DAY = 86_400_000;
const [ANN, BEN] = ['ann@here.example', 'ben@here.example'];

async function moved(t: Parameters<typeof CommandLine.open>[0]): Promise<CommandLine> {
  const line = await CommandLine.open(t);
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: Date.now(), keys: [] });
  for (const address of [ANN, BEN])
    await line.store.addAccount({ address, language: 'en', password: 'x', scram: 'x', at: Date.now() });
  return line;
}

/** Sixty days in which Ann wrote to many new people, in two files, by days in turn. */
function files({ folder }: CommandLine): string[] {
  const lines: string[][] = [[], []];
  for (let index = 0; index < 240; index++) {
    const t = Date.now() - 61 * DAY + Math.floor((index / 240) * 60 * DAY);
    const to = [`Customer${index}@far${index % 40}.example`];
    lines[index % 2]?.push(
      JSON.stringify({ t, account: 'Ann@here.example', to, ip: '192.0.2.9', client: 'Mailer/7' }),
    );
  }
  lines[0]?.push(
    JSON.stringify({ t: Date.now() - DAY, account: 'zoe@elsewhere.example', to: ['x@y.example'] }),
  );
  lines[1]?.push(JSON.stringify({ t: Date.now() + DAY, account: ANN, to: ['x@y.example'] }));
  return lines.map((some, index) => {
    const file = join(folder, `past${index}.jsonl`);
    writeFileSync(file, index === 0 ? gzipSync(some.join('\n')) : some.join('\n'));
    return file;
  });
}

/** A worker's guard on the store, and what it makes of a letter to somebody new. */
async function worker({ store }: CommandLine, id: number) {
  const guard = new Guard();
  // It reads and saves when a test says so.
  const clock = { ...systemClock, after: () => ({ cancel: () => undefined }) };
  const ports = { guard, store, clock, log: silentLog, meter: silentMeter };
  const memory = new GuardMemory(id as WorkerId, ports);
  await memory.start();
  const value = Buffer.alloc(32, 1).toString('base64');
  const kept = await store.keepSetting({ name: 'guard-secret', value, ifAbsent: true });
  const secret = Buffer.from(kept, 'base64');
  const submissions = new Submissions(new Whereabouts(), secret);
  const head = Buffer.from('Subject: An offer\r\nX-Mailer: Mailer 8\r\n\r\nhello\r\n');
  const judge = (account: string, to: string, at = Date.now()) =>
    guard.decide(
      submissions.eventOf({
        ...{ at, account, recipients: [to], client: '192.0.2.77', head, sizeBytes: head.length },
        header: scanHeader(head),
      }),
    );
  return { guard, memory, judge };
}

test('an account with a learnt past is not held where a new one is, on a worker that runs and on one that starts', async (t) => {
  const line = await moved(t);
  const running = await worker(line, 7);
  const learnt = await line.run('guard', 'learn', ...files(line));
  assert.equal(learnt.code, 0, learnt.err);
  assert.match(learnt.out, /^Learnt the past of 1 account from 240 messages\.$/m);
  assert.match(learnt.err, /1 message of 1 account that is not here: zoe@elsewhere\.example/);
  assert.match(learnt.err, /1 message of a time that has not come yet/);
  await running.memory.sync();
  const started = await worker(line, 8);
  for (const { judge } of [running, started]) {
    const held = (account: string): number =>
      Array.from({ length: 25 }, (_, index) =>
        judge(account, `new${index}@x${index}.example`, Date.now() + index * 60_000),
      ).filter(({ outcome }) => outcome === 'hold' || outcome === 'stop').length;
    assert.equal(held(ANN), 0);
    assert.ok(held(BEN) > 0, 'who has no past is a new account');
  }
  const [known] = running.judge(ANN, 'customer239@far39.example').terms;
  assert.deepEqual([known?.signal, known?.count], ['new-recipients', 0], 'by the same hashes as live mail');
});

test('learnt again, the same changes nothing, and says so', async (t) => {
  const line = await moved(t);
  const all = files(line);
  assert.equal((await line.run('guard', 'learn', ...all, '--dry-run')).code, 0);
  assert.equal(await line.store.endOfGuardLog(), 0, 'a dry run writes nothing');
  await line.run('guard', 'learn', ...all);
  const end = await line.store.endOfGuardLog();
  const [object] = (await line.run('guard', 'learn', ...all, '--json')).objects;
  assert.deepEqual([object?.['learnt'], object?.['known'], object?.['accounts']], [0, 1, 1]);
  assert.equal(await line.store.endOfGuardLog(), end);
  const running = await worker(line, 7);
  const before = Buffer.from(running.guard.save(ANN) ?? []);
  const [entry] = await line.store.guardLog({ account: ANN, limit: 1 });
  await line.store.noteGuard([{ ...entry, at: Date.now(), worker: 0 as WorkerId } as never]);
  await running.memory.sync();
  assert.deepEqual(Buffer.from(running.guard.save(ANN) ?? []), before);
});

test('what is thought of an account now is not forgiven by its past', async (t) => {
  const line = await moved(t);
  const running = await worker(line, 7);
  for (let index = 0; index < 40; index++) running.judge(ANN, `victim${index}@z${index}.example`);
  await line.run('guard', 'learn', ...files(line));
  await running.memory.sync();
  assert.equal(running.judge(ANN, 'victim99@z.example').outcome, 'stop');
});

test('a Postfix log has logins, addresses and recipients; other lines are passed over, what is no log is told', async (t) => {
  const line = await moved(t);
  const at = (days: number): string => new Date(Date.now() - days * DAY).toISOString();
  const log = [
    ...[20, 10, 5].flatMap((days, index) => [
      `${at(days)} mx postfix/submission/smtpd[1]: ABC${index}DEF0: client=home[192.0.2.9], sasl_method=PLAIN, sasl_username=ann@here.example`,
      `${at(days)} mx postfix/qmgr[2]: ABC${index}DEF0: from=<ann@here.example>, size=500, nrcpt=2 (queue active)`,
      `${at(days)} mx postfix/smtp[3]: ABC${index}DEF0: to=<bob${index}@far.example>, relay=mx[1.2.3.4]:25, status=sent (250 ok)`,
      `${at(days)} mx postfix/smtp[3]: ABC${index}DEF0: to=<nobody@far.example>, relay=none, status=bounced (no)`,
      `${at(days)} mx postfix/qmgr[2]: ABC${index}DEF0: removed`,
    ]),
    `${at(4)} mx postfix/smtpd[1]: FFFF0: client=other[198.51.100.1]`,
    `${at(4)} mx postfix/qmgr[2]: FFFF0: removed`,
    `${at(4)} mx dovecot: imap-login: Login: user=<ann>`,
  ];
  const file = join(line.folder, 'mail.log');
  writeFileSync(file, log.join('\n'));
  const learnt = await line.run('guard', 'learn', file);
  assert.match(learnt.out, /^Learnt the past of 1 account from 3 messages\.$/m);
  assert.equal(learnt.code, 0, learnt.err);
  const running = await worker(line, 7);
  assert.equal(running.judge(ANN, 'bob1@far.example').terms[0]?.count, 0);
  assert.equal(running.judge(ANN, 'nobody@far.example').terms[0]?.count, 1);
  assert.ok(running.guard.hasUsedForLong(ANN, '192.0.2.200', Date.now()));
  writeFileSync(file, 'what is this\n');
  const bad = await line.run('guard', 'learn', file);
  assert.deepEqual([bad.code, /neither JSON nor a line of a log/.test(bad.err)], [1, true]);
});
