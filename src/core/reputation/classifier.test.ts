/** The traps that replies set, each by its name and with words that were really said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLabelled } from '../../../test/bench/replies/labelled.ts';
import { bouncedWrongly, readAll, shareOf } from '../../../test/bench/replies/score.ts';
import type { Stage } from '../envelope.ts';
import { classifyWith } from '../delivery/classify.ts';
import { Classifier, type Reply } from './classifier.ts';
import { blameOf, CLASSES, type ReplyClass, type Scope } from './meaning.ts';
import { ownRules } from './own.ts';
import { providerNamed } from './providers.ts';
import { TABLES } from './rules/all.ts';

const classifier = new Classifier();

function read(text: string, about: Partial<Reply> = {}) {
  return classifier.classify({ text, ...about });
}

function scopes(cases: readonly (readonly [text: string, scope: Scope, about?: Partial<Reply>])[]): void {
  for (const [text, scope, about] of cases) {
    const meaning = read(text, about);
    assert.equal(meaning.scope, scope, `${text}: ${meaning.class} by ${meaning.rule}`);
    assert.equal(meaning.blame, blameOf(meaning.class, meaning.scope));
  }
}

/** What becomes of a delivery that is answered so, first and again. */
function outcomes(text: string, stage: Stage): string[] {
  const [, code = ''] = /^(\d{3})/.exec(text) ?? [];
  const reply = { stage, code: Number(code), text, afterMs: 1 };
  const last = { ...reply, blame: 'unknown', at: 0 } as const;
  const classify = classifyWith([]);
  return [{}, { last }].map((before) => classify({ accepted: false, reply, ...before }).kind);
}

test('trap 1: a 5xx is not a bounce', () => {
  const held = [
    '550 5.7.28 There is an unusual rate of unsolicited email originating from your IP address. To protect our users from spam, email sent from your IP address has been blocked. - gsmtp',
    "550 5.7.1 Unfortunately, messages from [203.0.113.9] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    '550 jane@example.com - 203.0.113.222 has sent to too many recipients this hour. IB607',
    '554 Service currently unavailable',
    '550 5.7.26 This email has been blocked because the sender is unauthenticated. - gsmtp',
  ];
  for (const text of held) {
    for (const stage of ['mail', 'rcpt', 'end-of-data'] as const)
      assert.ok(!outcomes(text, stage).includes('failed'), `${stage}: ${text}`);
  }
});

test('trap 2: 5.7.1 alone says nothing; 5.1.1, 5.2.2 and 5.3.4 can be believed', () => {
  const said: readonly (readonly [enhanced: string, scope: Scope, name: ReplyClass])[] = [
    ['5.7.1', 'unknown', 'unknown'],
    ['5.7.0', 'unknown', 'unknown'],
    ['5.1.1', 'recipient', 'recipient-unknown'],
    ['5.2.2', 'recipient', 'mailbox-full'],
    ['5.3.4', 'message', 'message-too-big'],
  ];
  for (const [enhanced, scope, name] of said) {
    const meaning = read(`550 ${enhanced} xyzzy`);
    assert.deepEqual([meaning.scope, meaning.class], [scope, name], enhanced);
  }
});

test('trap 3: of what says hold, pace or wait, nothing goes back, whatever its code', () => {
  const waits = [
    '553 Mail from 192.0.2.1 not allowed - VS98-IP0 deferred',
    '554 This IP has been temporarily blocked for attempting to send too many messages containing content judged to be spam by the Internet community. IB110',
    '550 Ip frequency limited [V2VkIEFw Blocked IP 192.0.2.22].',
    '550 This IP has sent too many messages this hour. IB504',
    '421 Too many concurrent SMTP connections; please try again later.',
  ];
  for (const text of waits) {
    assert.ok(['ip', 'rate'].includes(read(text).scope), text);
    assert.ok(!outcomes(text, 'rcpt').includes('failed'), text);
  }
});

test('trap 4: the same words mean our address at the banner and the message at its end', () => {
  const refused = '550 Service refuse. Veuillez essayer plus tard. Service refused, please try later.';
  scopes([
    [refused, 'ip', { provider: 'orange', stage: 'banner' }],
    ['550 5.5.0 Service refuse. LPN005_510', 'content', { provider: 'laposte', stage: 'end-of-data' }],
    ['554 Reject due to policy restrictions.', 'ip', { provider: 'gmx', stage: 'banner' }],
    ['554 Reject due to policy restrictions.', 'message', { provider: 'gmx', stage: 'end-of-data' }],
    [
      '554 For explanation visit https://postmaster.gmx.net/en/case?c=hd&i=ip&v=192.0.2.1',
      'message',
      { provider: 'gmx' },
    ],
  ]);
});

test('trap 5: a list that is named may list nothing: the receiver asks it wrongly', () => {
  const misconfigured = [
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/192.0.2.53/',
    '554 5.7.1 Service unavailable; Client host [mail.example.com] blocked using multi.uribl.com; 127.0.0.1 -> Query Refused. See http://uribl.com/refused.shtml for more information',
  ];
  for (const text of misconfigured) {
    assert.equal(read(text).class, 'remote-misconfig', text);
    assert.ok(!outcomes(text, 'rcpt').includes('failed'), text);
  }
  assert.equal(
    read('554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org').class,
    'ip-dnsbl',
  );
});

test('trap 6: our own words about a reply that never came are not read as a reply', () => {
  for (const text of ['connect ETIMEDOUT 192.0.2.1:25', 'user unknown', 'blocked using zen.spamhaus.org']) {
    const classify = classifyWith(
      ownRules([
        {
          name: 'all',
          says: ['user', 'connect', 'blocked'],
          class: 'recipient-unknown',
          provider: undefined,
          stage: 'any',
          code: undefined,
        },
      ]),
    );
    const verdict = classify({ accepted: false, reply: { stage: 'rcpt', text, afterMs: 1 } });
    assert.deepEqual(verdict, { kind: 'path-trouble', blame: 'path' }, text);
  }
});

test('trap 7: words about a recipient that mean a rate do not mark the address dead', () => {
  const busy = [
    '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. For more information, please visit https://support.google.com/mail/?p=ReceivingRatePerm - gsmtp',
    '450 4.2.1 The user you are trying to contact is receiving email too quickly. - gsmtp',
    "550 5.2.121 Recipient's per hour message receive limit from specific sender exceeded",
    '554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour.',
    '550 5.1.1 <kijitora@example.com> - 203.0.113.222 has sent to too many recipients this hour. IB607',
    '550 5.7.1 Recipients Domain Hourly Quota Exceeded',
    '450 4.2.1 The recipient has exceeded message rate limit. Try again later.',
    '421 4.7.1 Messages to user@example.com deferred due to excessive volume. Try again later',
  ];
  for (const text of busy) {
    assert.ok(['recipient-rate', 'rate-limit'].includes(read(text).class), `${text}: ${read(text).class}`);
    assert.ok(!outcomes(text, 'rcpt').includes('failed'), text);
  }
});

test('trap 8: words of a block that mean the recipient go back at once', () => {
  const gone = [
    '550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [PR2FRA01FT009.eop-fra01.prod.protection.outlook.com]',
    '550 5.7.1 No such user!',
    '554 5.7.1 <user@example.com>: Recipient address rejected: Invalid-Recipient.',
    '554 5.7.1 <user@example.com>: Recipient address rejected: NO-DOMAIN.',
    '550 5.7.1 <user@example.com>: Recipient address rejected: Inactive MailBox, not poped for more than 6 months',
    '550 5.7.1 <user@example.com>: Recipient address rejected: User email address is marked as invalid.',
  ];
  for (const text of gone) {
    assert.equal(read(text).scope, 'recipient', text);
    assert.equal(outcomes(text, 'rcpt')[0], 'failed', text);
  }
});

test('trap 9: a 4xx that says permanent and a 5xx that says temporary both wait', () => {
  scopes([
    [
      '421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.',
      'ip',
    ],
    [
      '553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.',
      'ip',
    ],
    ['553 Mail from 192.0.2.1 not allowed - VS98-IP0 deferred', 'ip'],
    ['554 p00-mail.example ESMTP not accepting connections', 'remote-outage', { stage: 'banner' }],
  ]);
  assert.ok(
    !outcomes('553 5.7.2 [TSS11] All messages from 192.0.2.1 will be permanently deferred', 'mail').includes(
      'failed',
    ),
  );
});

test('trap 10: what common lists of hard bounces would suppress is nobody’s bounce', () => {
  const ours = [
    'No route to host',
    'Connection timed out',
    'Name server timeout',
    'host name lookup failure',
  ];
  for (const text of ours) {
    assert.ok(['remote-outage', 'local'].includes(read(text).scope), text);
    assert.ok(!outcomes(`550 ${text}`, 'rcpt').includes('failed'), text);
  }
  for (const text of ['554 Client host rejected: Access denied', '554 client host [192.0.2.1] blocked'])
    assert.equal(read(text).scope, 'ip', text);
});

test('the words of a large provider are known without its name', () => {
  assert.equal(read('550 5.7.26 Your email has been blocked. - gsmtp').rule, 'google/authentication');
  assert.equal(
    read(
      '550 5.7.511 Access denied, banned sender[192.0.2.1] [AM6EUR05FT064.eop-eur05.prod.protection.outlook.com]',
    ).rule,
    'microsoft/banned-address',
  );
});

test('what is said of our address stays that, whichever recipients are named as the reason', () => {
  const rcpt = { stage: 'rcpt' } as const;
  scopes([
    ['554 Your IP address has been temporarily blocked due to excessive bad recipients', 'ip', rcpt],
    ['550 Rejected; too many unknown users, your IP was blocked', 'ip', rcpt],
    ['550 no valid recipients; your host reputation is poor', 'ip', rcpt],
    ['550 Requested action not taken: mailbox unavailable (DNSBL)', 'ip', rcpt],
    ["550 SC-001 Unfortunately, messages from 192.0.2.1 weren't sent.", 'ip', rcpt],
  ]);
});

test('replies in other languages and scripts', () => {
  scopes([
    ['550 Indirizzo non valido', 'recipient'],
    ['550 該用戶不存在', 'recipient'],
    ['550 收件人邮箱已满', 'recipient'],
    // Letters that Unicode takes for no letter with a mark.
    ['550 Skrzynka pocztowa jest przepełniona', 'recipient'],
    ['550 Le message a été rejeté car il contient un fichier dangereux', 'content'],
    ['550 Ваше письмо отклонено как спам', 'content'],
    ['550 收件者不存在', 'recipient'],
  ]);
});

test('in other languages as well, what is about the sender, our server or theirs is not the recipient’s, nor the message’s', () => {
  for (const text of [
    '550 发件人地址不存在',
    '550 寄件人不存在',
    '550 發件人信箱不存在',
    '550 发件人邮箱已满',
    '452 服务器磁盘空间不足',
    '552 系统空间不足',
    '550 La dirección del remitente no existe',
    '550 Dirección de remitente inexistente',
    '550 Indirizzo del mittente non esiste',
    '550 Ваш сервер рассылает спам',
    '550 Домен отправителя рассылает спам',
    '550 拒绝来自垃圾邮件服务器的连接',
    '550 服务器发送垃圾邮件过多',
  ]) {
    const { scope, rule } = read(text, { stage: 'rcpt' });
    assert.ok(!['recipient', 'content'].includes(scope), `${text}: ${scope} by ${rule}`);
  }
});

test('a reply that another server repeats is read from where it begins', () => {
  const meaning = read(
    'host mx.example.org[192.0.2.1] said: 550 5.1.1 <a@example.org>: User unknown (in reply to RCPT TO command)',
  );
  assert.equal(meaning.class, 'recipient-unknown');
  assert.equal(read('host mx.example.org[192.0.2.1] refused to talk to me: 554 blocked').scope, 'ip');
});

test('codes are read from the text when they are not given', () => {
  assert.equal(read('552 5.2.2 sorry').class, 'mailbox-full');
  assert.equal(read('sorry (#5.2.2)', { code: 552 }).class, 'mailbox-full');
  assert.equal(read('530 sorry').class, 'auth-required');
});

test('what no rule knows is unknown, and nobody guesses', () => {
  assert.deepEqual(read('550 xyzzy plugh'), {
    class: 'unknown',
    scope: 'unknown',
    blame: 'unknown',
    confidence: 'low',
    rule: 'none',
  });
});

test('an operator’s own rule comes first', () => {
  const own = ownRules([
    {
      name: 'desk',
      says: ['refused by our desk'],
      class: 'ip-blocked',
      provider: 'gmail',
      stage: 'rcpt',
      code: '55',
    },
    {
      name: 'old',
      says: ['no such user'],
      class: 'greylist',
      provider: undefined,
      stage: 'any',
      code: '5.1.1',
    },
  ]);
  const ours = new Classifier(own);
  const said = { text: '550 5.7.1 Refused by our desk', provider: 'google', stage: 'rcpt' } as const;
  assert.equal(ours.classify(said).rule, 'own/desk');
  assert.notEqual(ours.classify({ ...said, provider: 'yahoo' }).rule, 'own/desk');
  assert.notEqual(ours.classify({ ...said, stage: 'mail' }).rule, 'own/desk');
  assert.notEqual(ours.classify({ ...said, text: '450 4.7.1 Refused by our desk' }).rule, 'own/desk');
  assert.equal(ours.classify({ text: '550 5.1.1 No such user' }).class, 'greylist');
  assert.equal(ours.classify({ text: '550 5.7.1 No such user' }).class, 'recipient-unknown');
});

test('every rule has a name of its own, a class, a source, and providers that there are', () => {
  const rules = TABLES.flat();
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
  for (const { id, class: name, source, provider = [] } of rules) {
    assert.match(id, /^[a-z0-9-]+\/[a-z0-9-]+$/);
    assert.ok(name in CLASSES, id);
    assert.notEqual(source, '', id);
    for (const one of provider) assert.equal(providerNamed(one), one, id);
  }
});

test('replies collected elsewhere are read right, and none of them bounces wrongly', () => {
  const reads = readAll(readLabelled('test/bench/replies/seen.jsonl'), classifier);
  const { right, of } = shareOf(reads);
  assert.ok(right / of >= 0.95, `${right} of ${of}`);
  assert.deepEqual(bouncedWrongly(reads), []);
});

test('whatever is said, reading it never throws and ends soon', () => {
  const begun = process.cpuUsage();
  for (const piece of ['user ', 'a@b.c ', '192.0.2.1', 'spam … ', ':', '\ud800', '5.7.1-', 'unknown user '])
    classifier.classify({ text: piece.repeat(200_000), code: 550 });
  for (let code = -1; code < 1_000; code += 7) classifier.classify({ text: '', code });
  const { user, system } = process.cpuUsage(begun);
  assert.ok(user + system < 2_000_000, `${user + system} µs`);
});
