import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import type { AccountId, MessageId } from '../envelope.ts';
import type { Acceptance } from '../queue/port.ts';
import { encodeReference } from '../trace/reference.ts';
import type { FeedbackEvent } from './feedback.ts';
import type { KeptReport } from './port.ts';
import { Reports } from './reports.ts';

const SECRET = Buffer.alloc(32, 7);
const OURS = encodeReference(99 as MessageId, SECRET);

function report(type: string, fields: string, reference = OURS): string {
  const original = `Received: from a by b with SMTP id X1\r\nReceived: from c ([192.0.2.7])\r\n\tby mail.here.example with ESMTPA id ${reference};\r\n\tMon\r\nSubject: x\r\n\r\n`;
  return `From: <fbl@far.example>\r\nContent-Type: multipart/report; report-type=${type}; boundary=B\r\n\r\n--B\r\n\r\nhello\r\n--B\r\nContent-Type: message/${type}\r\n\r\n${fields}\r\n--B\r\nContent-Type: text/rfc822-headers\r\n\r\n${original}\r\n--B--\r\n`;
}

const COMPLAINT = 'Feedback-Type: abuse\r\nReporting-MTA: dns; far.example\r\n';
const FAILED =
  'Reporting-MTA: dns; far.example\r\n\r\nFinal-Recipient: rfc822; bob@far.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n';

async function told(text: string, copies = 1, times = 1) {
  const kept: [MessageId, KeptReport][] = [];
  const events: FeedbackEvent[] = [];
  const reports = new Reports({
    store: {
      async keepReport({ message, report: one }) {
        kept.push([message, one]);
        return { account: 5 as AccountId, customer: 'here.example/5' };
      },
    },
    clock: new VirtualClock(),
    log: silentLog,
    feedback: { told: (event) => events.push(event) },
    secret: SECRET,
  });
  for (let time = 0; time < times; time++)
    reports.arrived({
      content: { kind: 'inline', bytes: Buffer.from(text), hash: Buffer.alloc(32) },
      copies: Array.from({ length: copies }, () => ({})),
      prefix: Buffer.from('Received: x\r\n'),
    } as unknown as Acceptance);
  await settled();
  return { kept, events };
}

test('a complaint about a message of ours is kept with it, and told with the account', async () => {
  const { kept, events } = await told(report('feedback-report', COMPLAINT));
  assert.deepEqual(kept, [[99, { kind: 'complained', reason: 'abuse, by far.example' }]]);
  assert.deepEqual(
    events.map((event) => [event.kind, event.message, event.account]),
    [['complaint', 99, 5]],
  );
});

test('what came back later is kept with it', async () => {
  const { kept, events } = await told(report('delivery-status', FAILED));
  const reason = 'far.example: failed 5.1.1, 550 no such user';
  assert.deepEqual(kept, [[99, { kind: 'reported', reason, recipient: 'bob@far.example' }]]);
  assert.equal(events[0]?.kind, 'late-failure');
});

test('a report that does not carry our reference, or is for nobody here, says nothing', async () => {
  const forged = `${OURS.slice(0, -1)}${OURS.endsWith('0') ? '1' : '0'}`;
  for (const { kept, events } of [
    await told(report('feedback-report', COMPLAINT, forged)),
    await told(report('feedback-report', COMPLAINT), 0),
    await told('Subject: multipart/report\r\n\r\nhello\r\n'),
    await told(report('feedback-report', 'Feedback-Type: not-spam\r\n')),
  ])
    assert.deepEqual([kept, events], [[], []]);
});

test('whoever got a message may report it as often as they like: so many are kept', async () => {
  const recipient = '\r\n\r\nFinal-Recipient: rfc822; bob@far.example\r\nAction: failed';
  const many = report('delivery-status', `Reporting-MTA: dns; far.example${recipient.repeat(90)}`);
  assert.equal((await told(many, 1, 30)).kept.length, 100);
  assert.equal((await told(report('feedback-report', COMPLAINT), 1, 300)).kept.length, 100);
});
