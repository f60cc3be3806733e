import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import { systemRandom } from '../../base/random.ts';
import { scanHeader } from '../../wire/mime/header.ts';
import type { Account } from '../directory/port.ts';
import type { WorkerId } from '../envelope.ts';
import type { IdSupply } from '../queue/ids.ts';
import { GuardDesk, type Submitted, type Verdict } from './desk.ts';
import { Guard } from './guard.ts';
import { readDecided } from './log-data.ts';
import { OwnerNotices } from './notices.ts';
import { Submissions } from './submission.ts';
import { Whereabouts } from './whereabouts.ts';

const AT = Date.UTC(2026, 0, 5, 8);
const ANN = { id: 7, address: 'ann@x.example', language: 'en' } as Account;

function desk(): { judge(submitted: Submitted): Verdict; desk: GuardDesk; heard: string[] } {
  let next = 1;
  const heard: string[] = [];
  const ids = { take: () => next++ } as unknown as IdSupply;
  const made = new GuardDesk(
    3 as WorkerId,
    {
      guard: new Guard(),
      submissions: new Submissions(new Whereabouts(), Buffer.alloc(32, 1)),
      notices: new OwnerNotices({ ids, random: systemRandom }, { hostname: 'mail.x.example' }),
      memory: { judged: (account) => void heard.push(account) },
      relaxations: { decided: () => undefined },
      ids,
      random: systemRandom,
      log: silentLog,
      meter: silentMeter,
    },
    { holdForMs: 1_000, hostname: 'mail.x.example' },
  );
  return { judge: (submitted) => made.judge(submitted, () => 0), desk: made, heard };
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

test('what is held says why, for how long, and what its owner and an operator read', () => {
  const { judge, heard } = desk();
  const verdicts = Array.from({ length: 30 }, (_, index) => judge(spam(index)));
  const [held] = verdicts.filter(({ judged }) => judged.hold !== undefined);
  assert.ok(held !== undefined);
  const { hold } = held.judged;
  assert.equal(hold?.expiresAt, held.judged.at + 1_000);
  assert.match(hold?.subject ?? '', /^Colis n° \d+$/);
  assert.equal(hold?.campaign, 'pay.example');
  assert.match(hold?.reason ?? '', /^guard: [a-z-]+/);
  assert.equal(held.holdNotices?.held.notice.copies[0]?.account, ANN.id);
  const last = verdicts.at(-1);
  assert.match(last?.judged.hold?.stop ?? '', /looks like a thief's .*change the password/);
  assert.ok(last?.holdNotices?.stopped !== undefined);
  assert.ok((readDecided(last?.judged.data ?? '')?.terms.length ?? 0) > 1);
  assert.deepEqual([...new Set(heard)], [ANN.address]);
});

test('a message that cannot be kept counts once, however often its client comes again', () => {
  const once = desk();
  const scores = [0, 1, 2].map((index) => readDecided(once.judge(spam(index)).judged.data)?.score);
  const again = desk();
  const repeated = [0, 1, 2].map((index) => {
    let verdict = again.judge(spam(index));
    for (let count = 0; count < 20; count++) {
      again.desk.notKept(verdict);
      verdict = again.judge({ ...spam(index), at: spam(index).at + count });
    }
    return readDecided(verdict.judged.data)?.score;
  });
  assert.deepEqual(repeated, scores);
});
