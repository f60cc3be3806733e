import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import { systemRandom } from '../../base/random.ts';
import { scanHeader } from '../../wire/mime/header.ts';
import type { Account } from '../directory/port.ts';
import type { WorkerId } from '../envelope.ts';
import type { IdSupply } from '../queue/ids.ts';
import { GuardDesk, type Judgement, type Submitted, type Verdict } from './desk.ts';
import { Guard } from './guard.ts';
import { readDecided } from './log-data.ts';
import { OwnerNotices } from './notices.ts';
import { Submissions } from './submission.ts';
import { Whereabouts } from './whereabouts.ts';

const AT = Date.UTC(2026, 0, 5, 8);
const ANN = { id: 7, address: 'ann@x.example', language: 'en' } as Account;

function desk(countPassed = async () => 5): {
  judge(submitted: Submitted): Promise<Verdict>;
  desk: GuardDesk;
  heard: string[];
} {
  let next = 1;
  const heard: string[] = [];
  const ids = { take: () => next++ } as unknown as IdSupply;
  const made = new GuardDesk(
    3 as WorkerId,
    {
      guard: new Guard(),
      submissions: new Submissions(new Whereabouts(), Buffer.alloc(32, 1)),
      notices: new OwnerNotices({ ids, random: systemRandom }, { hostname: 'mail.x.example' }),
      store: { countPassed },
      memory: { judged: (account) => void heard.push(account) },
      relaxations: { decided: () => undefined },
      ids,
      random: systemRandom,
      log: silentLog,
      meter: silentMeter,
    },
    { holdForMs: 1_000, hostname: 'mail.x.example' },
  );
  return { judge: async (submitted) => (await made.judge(submitted, () => 0)).verdict, desk: made, heard };
}

function spam(index: number, text = 'one'): Submitted {
  const head = Buffer.from(
    `Subject: =?utf-8?q?Colis_n=C2=B0_${index}?=\r\n\r\n${text} https://pay.example/\r\n`,
  );
  return {
    at: AT + index * 1_000,
    account: ANN,
    client: `203.0.${index}.9`,
    recipients: [`victim${index}@far.example`],
    header: scanHeader(head),
    head,
    sizeBytes: head.length,
  };
}

test('what is held says why, for how long, and what its owner and an operator read', async () => {
  const { judge, heard } = desk();
  const verdicts: Verdict[] = [];
  for (let index = 0; index < 30; index++) verdicts.push(await judge(spam(index)));
  const [held] = verdicts.filter(({ judged }) => judged.hold !== undefined);
  assert.ok(held !== undefined);
  const { hold } = held.judged;
  assert.equal(hold?.expiresAt, held.judged.at + 1_000);
  assert.match(hold?.subject ?? '', /^Colis n° \d+$/);
  assert.equal(hold?.campaign, 'pay.example');
  assert.match(hold?.reason ?? '', /^guard: [a-z-]+/);
  assert.equal(held.holdNotices?.held.notice.copies[0]?.account, ANN.id);
  const last = verdicts.at(-1);
  assert.match(last?.judged.hold?.stop ?? '', /^mail sent from it looks like a thief's \(.*\)$/);
  assert.ok(last?.holdNotices?.stopped !== undefined);
  assert.ok((readDecided(last?.judged.data ?? '')?.terms.length ?? 0) > 1);
  assert.deepEqual([...new Set(heard)], [ANN.address]);
});

test('a message that cannot be kept counts once, however often its client comes again', async () => {
  const once = desk();
  const scores: unknown[] = [];
  for (const index of [0, 1, 2]) scores.push(readDecided((await once.judge(spam(index))).judged.data)?.score);
  const again = desk();
  const repeated: unknown[] = [];
  for (const index of [0, 1, 2]) {
    const judge = async (at: number): Promise<Judgement> => again.desk.judge({ ...spam(index), at }, () => 0);
    let judgement = await judge(spam(index).at);
    for (let count = 0; count < 20; count++) {
      again.desk.notKept(judgement);
      judgement = await judge(spam(index).at + count);
    }
    repeated.push(readDecided(judgement.verdict.judged.data)?.score);
  }
  assert.deepEqual(repeated, scores);
});

/** The words of the first notice of a stop. */
async function stopNotice(countPassed: () => Promise<number>): Promise<string> {
  const { judge } = desk(countPassed);
  for (let index = 0; index < 40; index++) {
    const { holdNotices } = await judge(spam(index));
    const content = holdNotices?.stopped?.content;
    if (content?.kind === 'inline') return Buffer.from(content.bytes).toString().replace(/\s+/g, ' ');
  }
  assert.fail('nobody was stopped');
}

test('who is stopped reads how much left before; while the store cannot say, that some may have', async () => {
  const five = await stopNotice(async () => 5);
  assert.match(five, /In the last 24 hours 5 messages sent from your account left/);
  assert.match(five, /none of what is paused has been delivered/);
  assert.match(await stopNotice(async () => 1), /one message sent from your account left/);
  assert.match(await stopNotice(async () => 0), /no other message sent from your account left/);
  const away = await stopNotice(() => Promise.reject(new Error('the store is away')));
  assert.match(away, /Messages sent from your account before we noticed may have left/);
});
