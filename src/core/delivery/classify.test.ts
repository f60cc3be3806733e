import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Blame, RemoteReply, Stage } from '../envelope.ts';
import type { LastReply } from '../queue/port.ts';
import { classify, type Result, type Verdict } from './classify.ts';

function said(stage: Stage, words: string): RemoteReply {
  const match = /^(\d{3}) (?:(\d\.\d+\.\d+) )?(.*)$/.exec(words);
  if (match === null) return { stage, text: words, afterMs: 5 };
  const [, code, enhanced, text] = match;
  return {
    stage,
    code: Number(code),
    text: text ?? '',
    afterMs: 5,
    ...(enhanced === undefined ? {} : { enhanced }),
  };
}

function verdict(stage: Stage, words: string, before: Partial<Result> = {}): Verdict {
  return classify({ accepted: false, reply: said(stage, words), ...before });
}

/** What was said before, at 1000 ms, and what it came to. */
function before(stage: Stage, words: string, blame: Blame): { last: LastReply } {
  return { last: { ...said(stage, words), blame, at: 1000 } };
}

const REFUSED = before('rcpt', '550 5.7.1 policy', 'unknown');

const short = (result: Verdict): string =>
  result.kind === 'delivered' ? result.kind : `${result.kind} ${result.blame}`;

const CASES: readonly (readonly [stage: Stage, words: string, expected: string])[] = [
  // What is about the connection is never the delivery's fault, whatever the code.
  ['connect', 'connection refused', 'path-trouble path'],
  ['banner', 'timed out', 'path-trouble path'],
  ['rcpt', 'the connection was reset', 'path-trouble path'],
  ['end-of-data', 'no reply in time', 'path-trouble path'],
  ['banner', '554 5.7.1 go away', 'path-trouble path'],
  ['banner', '554 5.7.1 192.0.2.1 is blocked by Spamhaus', 'path-trouble reputation'],
  ['banner', '421 too many connections', 'path-trouble reputation'],
  ['ehlo', '550 5.1.1 no', 'path-trouble path'],
  ['tls', '454 4.7.0 no TLS', 'path-trouble path'],
  ['mail', '421 4.7.0 temporarily deferred due to user complaints', 'path-trouble reputation'],
  ['rcpt', '421 4.3.2 closing', 'path-trouble path'],
  ['end-of-data', '421 4.7.28 unusual rate of mail', 'path-trouble reputation'],
  // Who names the address that it refuses means us, at any stage before the content.
  [
    'mail',
    "550 5.7.1 Unfortunately, messages from [203.0.113.9] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    'path-trouble reputation',
  ],
  [
    'mail',
    '451 4.7.650 The mail server [203.0.113.9] has been temporarily rate limited due to IP reputation. (S3113)',
    'path-trouble reputation',
  ],
  [
    'rcpt',
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    'path-trouble reputation',
  ],
  ['rcpt', '550 5.7.1 this mailbox is blocked', 'deferred unknown'],
  // Codes that say truthfully that no retry will help.
  ['rcpt', '550 5.1.1 no such user', 'failed recipient'],
  ['rcpt', '550 5.1.10 null MX', 'failed recipient'],
  ['rcpt', '552 5.2.2 mailbox full', 'deferred recipient'],
  ['mail', '553 5.1.8 bad sender domain', 'deferred sender'],
  ['mail', '552 5.3.4 too big', 'failed message'],
  ['end-of-data', '550 5.6.0 bad MIME', 'failed message'],
  ['end-of-data', '554 5.7.30 REQUIRETLS', 'failed message'],
  // Words where there is no telling code.
  ['rcpt', '550 User unknown', 'failed recipient'],
  ['rcpt', '550 5.7.1 no such mailbox here', 'failed recipient'],
  ['rcpt', '553 The account does not exist', 'failed recipient'],
  ['end-of-data', '552 too large', 'failed message'],
  // Words about an address that were said about something else prove nothing.
  ['mail', '550 user unknown', 'deferred unknown'],
  ['end-of-data', '550 unknown user agent', 'deferred unknown'],
  // A refusal not understood gets one retry.
  ['rcpt', '550 5.7.1 policy', 'deferred unknown'],
  ['end-of-data', '554 5.7.1 message refused', 'deferred unknown'],
  ['mail', '501 5.5.4 what', 'deferred unknown'],
  ['rcpt', '550 5.1.15 new code', 'deferred unknown'],
  ['rcpt', '550 5.1.11 look-alike of a known code', 'deferred unknown'],
  // What is the sender's, ours or theirs is never sent back for.
  ['rcpt', '550 5.7.1 SPF check failed', 'deferred sender'],
  [
    'end-of-data',
    "550 5.7.26 This mail is unauthenticated, rejected by the domain's DMARC policy",
    'deferred sender',
  ],
  ['rcpt', '550 5.7.1 your IP address has a poor reputation', 'path-trouble reputation'],
  // Vague words after the content may be about it, and are nobody's.
  ['end-of-data', '550 5.7.1 your IP address has a poor reputation', 'deferred unknown'],
  [
    'end-of-data',
    '550 5.7.1 The very low reputation of the sending IP address - gsmtp',
    'path-trouble reputation',
  ],
  ['rcpt', '550 too many connections from your host', 'path-trouble reputation'],
  ['mail', '530 5.7.0 Must issue a STARTTLS command first', 'path-trouble path'],
  // Others behind the same hosts may be taken.
  ['rcpt', '530 5.7.1 Client was not authenticated', 'deferred unknown'],
  ['rcpt', '503 5.5.1 bad sequence of commands', 'deferred unknown'],
  ['mail', '452 4.3.1 Insufficient system storage', 'path-trouble path'],
  ['rcpt', '550 5.3.5 System incorrectly configured', 'deferred unknown'],
  // What a far end closes the connection over may be one customer's.
  ['end-of-data', '421 4.7.27 SPF authentication did not pass - gsmtp', 'deferred sender'],
  ['rcpt', '421 4.7.1 Messages to a@x.example deferred due to excessive volume', 'path-trouble path'],
  // Content is final where there was content.
  ['end-of-data', '554 5.7.1 Spam message rejected', 'failed message'],
  ['rcpt', '554 5.7.1 Spam message rejected', 'deferred unknown'],
  ['end-of-data', '550 5.7.1 virus found', 'failed message'],
  ['rcpt', '550 5.2.1 The email account that you tried to reach is disabled. - gsmtp', 'failed recipient'],
  ['rcpt', '552 5.2.2 over quota', 'deferred recipient'],
  [
    'rcpt',
    '550 5.2.1 receiving mail at a rate that prevents additional messages - gsmtp',
    'deferred recipient',
  ],
  ['rcpt', '550 greylisted, come back later', 'deferred recipient'],
  // Deferrals wait in their own lane.
  ['mail', '451 4.7.1 later', 'deferred sender'],
  ['rcpt', '450 4.2.0 greylisted', 'deferred recipient'],
  // Whenever they say it, it is the recipient's side that wants to see us again.
  ['mail', '450 4.2.0 greylisted', 'deferred recipient'],
  ['end-of-data', '451 4.7.1 Greylisting in action, please come back later', 'deferred recipient'],
  ['data', '451 4.3.0 busy', 'deferred message'],
  ['end-of-data', '452 4.3.1 disk full', 'deferred message'],
];

test('a reply is read by its stage, its code, and few words', () => {
  for (const [stage, words, expected] of CASES)
    assert.equal(short(verdict(stage, words)), expected, `${stage}: ${words}`);
});

test('an accepted recipient is delivered', () => {
  assert.deepEqual(classify({ accepted: true, reply: said('end-of-data', '250 2.0.0 Ok'), ...REFUSED }), {
    kind: 'delivered',
  });
});

test('what is not understood fails only when it was refused before', () => {
  assert.equal(short(verdict('rcpt', '550 5.7.1 policy', REFUSED)), 'failed unknown');
  assert.equal(short(verdict('rcpt', '450 4.2.0 greylisted', REFUSED)), 'deferred recipient');
  assert.equal(short(verdict('banner', '554 no', REFUSED)), 'path-trouble path');
  const others = [
    before('data', 'the connection was reset', 'path'),
    before('rcpt', '450 4.2.0 greylisted', 'recipient'),
    before('rcpt', '421 4.7.28 unusual rate of mail', 'reputation'),
  ];
  for (const other of others)
    assert.equal(short(verdict('rcpt', '550 5.7.1 policy', other)), 'deferred unknown', other.last.text);
});

test('what is ours, theirs or the sender’s waits until its lifetime ends, however often it is refused', () => {
  for (const words of [
    '550 5.3.5 System incorrectly configured',
    '503 5.5.1 bad sequence of commands',
    '550 sender refused',
  ])
    assert.notEqual(verdict('rcpt', words, REFUSED).kind, 'failed', words);
});

test('a reply is read by whose host answered, and says which rule read it', () => {
  const reply = { ...said('rcpt', '550 spam detected'), remote: 'mx1.free.fr [192.0.2.1]:25' };
  assert.deepEqual(classify({ accepted: false, reply }).reading, {
    class: 'content-spam',
    rule: 'free/spam',
  });
  assert.equal(verdict('connect', 'connection refused').reading, undefined);
});

test('a far end that breaks off over one message again, and took others since, is not understood', () => {
  const CUT = 'the connection was reset';
  const cut = before('data', CUT, 'path');
  assert.equal(short(verdict('data', CUT, cut)), 'path-trouble path', 'nobody knows how others fare');
  assert.equal(short(verdict('data', CUT, { ...cut, pathGoodAt: 999 })), 'path-trouble path');
  assert.equal(short(verdict('data', CUT, { ...cut, pathGoodAt: 1001 })), 'deferred unknown');
  assert.equal(short(verdict('rcpt', '421 closing', { ...cut, pathGoodAt: 1001 })), 'deferred unknown');
  assert.equal(short(verdict('data', CUT, { pathGoodAt: 1001 })), 'path-trouble path', 'the first time');
  const elsewhere = before('connect', 'connection refused', 'path');
  assert.equal(short(verdict('data', CUT, { ...elsewhere, pathGoodAt: 1001 })), 'path-trouble path');
  const throttled = { ...before('mail', '421 unusual rate', 'reputation'), pathGoodAt: 1001 };
  assert.equal(short(verdict('mail', '421 unusual rate', throttled)), 'path-trouble reputation');
  assert.equal(
    short(verdict('data', CUT, { ...cut, pathGoodAt: 1001, trouble: 'local' })),
    'path-trouble local',
  );
});

test('our own trouble is ours', () => {
  const reply = said('connect', 'the network is unreachable');
  const result = classify({ accepted: false, reply, trouble: 'local' });
  assert.equal(short(result), 'path-trouble local');
});

test('no banner, no silence and no lookup ever fails a delivery', () => {
  for (const stage of [
    'route',
    'connect',
    'banner',
    'tls',
    'ehlo',
    'auth',
    'mail',
    'rcpt',
    'data',
    'end-of-data',
  ] as const) {
    for (const refused of [{}, REFUSED]) {
      assert.notEqual(verdict(stage, 'nothing came', refused).kind, 'failed', stage);
      assert.notEqual(verdict(stage, '421 user unknown', refused).kind, 'failed', stage);
    }
  }
});

test('words of a rate limit, however they end', () => {
  for (const words of ['Messages from you are rate limited', 'you are throttled', 'throttling in effect']) {
    assert.equal(short(verdict('end-of-data', `421 4.7.0 ${words}`)), 'path-trouble reputation', words);
  }
});
