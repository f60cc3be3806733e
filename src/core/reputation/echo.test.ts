/** Whoever sends mail chooses the addresses that a reply says back: they decide nothing about us. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLabelled } from '../../../test/bench/replies/labelled.ts';
import { readAll, shareOf } from '../../../test/bench/replies/score.ts';
import { systemClock } from '../../base/clock.ts';
import { classifyWith } from '../delivery/classify.ts';
import type { Stage } from '../envelope.ts';
import { Classifier } from './classifier.ts';
import { withoutEchoes } from './echo.ts';
import { ownRules } from './own.ts';
import { particularsOf } from './particulars.ts';

const classifier = new Classifier();
const TOKENS = [
  'TSS04 deferred complaints',
  'blocked using zen.spamhaus.org',
  'S3150 blocked',
  'client host 192.0.2.1 blocked',
];

function blameOf(text: string, about: { said?: readonly string[]; stage?: Stage; provider?: string } = {}) {
  return classifier.classify({ provider: 'yahoo', ...about, text }).blame;
}

test('a local part in quotes is not read, wherever it is said back and whoever is told of it', () => {
  for (const token of TOKENS)
    for (const domain of ['yahoo.com', '[192.0.2.1]', 'foo'])
      for (const text of [
        `550 5.1.1 <"${token}"@${domain}>: Recipient address rejected: User unknown`,
        `550 5.1.1 "${token}"@${domain}... User unknown`,
        `550 No such user: "${token}"@${domain}`,
        `550-5.1.1 <"${token.replace(' ', '\n')}"\n@${domain}> User unknown`,
        `550 5.1.1 <a."${token}".b@${domain}> User unknown`,
        `550 5.1.1 <"${token.slice(0, -3)}...: User unknown`,
        `550 5.1.1 <${token}@${domain}> User unknown`,
      ])
        for (const stage of [undefined, 'rcpt'] as const)
          assert.equal(blameOf(text, stage === undefined ? {} : { stage }), 'recipient', text);
});

test('an unquoted local part is not read either, whatever marks it has', () => {
  for (const mark of [...'!#$%&*+-./=?^_`{|}~'])
    assert.equal(blameOf(`550 5.0.0 tss04${mark}deferred@yahoo.com: rejected`), 'message', mark);
});

test('what was said in the session is known again without its quotes, cut off, folded, encoded and in other letters', () => {
  const said = ['"TSS04 deferred complaints"@tss05.example', '"blocked using zen.spamhaus.org"@here.example'];
  for (const text of [
    '550 TSS04 deferred complaints@tss05.example is not here',
    '550 mailbox tss04 DEFERRED complaints is not here',
    '550 mailbox TSS04%20deferred%20complaints%40tss05.example is not here',
    '550 mailbox &quot;TSS04 deferred comp... is not here',
    '550 mailbox TSS04 deferred\ncomplaints is not here',
    '550 mailbox TSS04_deferred_complaints is not here',
    '550 ...red complaints@tss05.example is not here',
    '550 the domain tss05.example is not here',
    '550 mail of blocked using zen.spamhaus.org is not here',
    '550 mail of blocked using zen.spamh',
  ])
    for (const stage of ['mail', 'rcpt', 'end-of-data'] as const)
      assert.ok(!['reputation', 'sender'].includes(blameOf(text, { said, stage })), `${stage} ${text}`);
});

test('of a local part that is one word, or of which one is left, that word is taken out where it would tell something', () => {
  for (const said of ['spamhaus@yahoo.com', '"spamhaus listed you"@yahoo.com', 'TSS04@yahoo.com'])
    for (const word of ['spamhaus', 'tss04'].filter((one) => said.toLowerCase().includes(one)))
      assert.notEqual(
        blameOf(`550 5.7.1 ${word} refused`, { said: [said], stage: 'rcpt' }),
        'reputation',
        said,
      );
  const text = '550 5.7.1 mail from 192.0.2.1 refused, see user list: user unknown';
  for (const said of ['mail@here.example', 'user@yahoo.com'])
    assert.equal(blameOf(text, { said: [said] }), blameOf(text), 'a word that tells nothing alone stays');
});

test('what they say of us is read beside an echo', () => {
  const said = ['"some body"@yahoo.com', 'news@here.example'];
  const text = '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred <"some body"@yahoo.com>';
  assert.equal(blameOf(text, { said, stage: 'rcpt' }), 'reputation');
  assert.equal(
    blameOf('550 5.7.1 <"a b"@foo.example>: blocked using zen.spamhaus.org', { said, stage: 'rcpt' }),
    'reputation',
  );
});

test('a subject in quotes is not read', () => {
  assert.equal(
    blameOf('554 5.0.0 Message with Subject: "TSS04 deferred" was refused', { stage: 'end-of-data' }),
    'message',
  );
});

test('at RCPT 5.1.1, or words that say the same, are about the recipient and never about us; their own rules come first', () => {
  for (const text of [
    '550 5.1.1 TSS04 deferred',
    '550 TSS04 S3150: user unknown',
    '551 5.1.1 blocked using zen.spamhaus.org',
  ])
    assert.equal(blameOf(text, { stage: 'rcpt' }), 'recipient', text);
  assert.equal(
    blameOf('550 5.1.1 TSS04 deferred', { stage: 'mail' }),
    'reputation',
    'no recipient was named yet',
  );
  assert.equal(
    blameOf('550 5.1.1 192.0.2.1 has sent to too many recipients this hour. IB607', { stage: 'rcpt' }),
    'reputation',
  );
  const own = ownRules([
    {
      name: 'mine',
      says: ['tss04'],
      class: 'ip-blocked',
      provider: undefined,
      stage: 'any',
      code: undefined,
    },
  ]);
  assert.equal(new Classifier(own).classify({ text: '550 5.1.1 TSS04', stage: 'rcpt' }).rule, 'own/mine');
});

test('an attempt knows what was said for it', () => {
  const reply = {
    stage: 'mail',
    code: 550,
    text: 'mail of TSS04 deferred complaints is not wanted',
    afterMs: 1,
  } as const;
  const said = ['"tss04 deferred complaints"@here.example'];
  const classify = classifyWith([]);
  assert.equal(
    classify({ accepted: false, reply: { ...reply, remote: 'mta5.am0.yahoodns.net [192.0.2.1]:25' } }).kind,
    'path-trouble',
  );
  assert.equal(classify({ accepted: false, reply, said }).kind, 'deferred');
});

test('neither a page, nor a list, nor a time to wait is taken from an echo', () => {
  assert.deepEqual(particularsOf('450 <"try https://evil.example/ in 2 days spamhaus"@yahoo.com> busy'), {});
  assert.deepEqual(particularsOf('450 spamhaus@yahoo.com busy'), {});
  assert.deepEqual(
    particularsOf('450 try again in 2 days@yahoo.com', ['"try again in 2 days"@yahoo.com']),
    {},
  );
  assert.equal(
    particularsOf('550 see https://a.example/?r=user@yahoo.com').url,
    'https://a.example/?r=user@yahoo.com',
  );
});

test('ordinary addresses cost no reply its meaning', () => {
  const rows = readLabelled('test/bench/replies/seen.jsonl');
  const rightOf = (said?: readonly string[]): number =>
    shareOf(readAll(rows.map((row) => ({ ...row, reply: { ...row.reply, said } })))).right;
  for (const said of [
    ['user@example.com', 'mail@here.example'],
    ['john.smith1984@gmail.com', 'bounces+12-ab=x@news.here.example'],
    ['postmaster@orange.fr', 'no-reply@example.org'],
  ])
    assert.ok(rightOf(said) >= rightOf(), said.join(' '));
});

test('nothing bounces because a mailbox is called by one word that a far end says of us', () => {
  const ours = new Set(['ip', 'rate', 'local', 'remote-outage', 'account-domain']);
  const final = new Set(['recipient', 'content', 'message']);
  const kept = readLabelled('test/bench/replies/seen.jsonl').filter(({ reply }) =>
    ours.has(classifier.classify(reply).scope),
  );
  assert.ok(kept.length > 100);
  for (const name of ['spam', 'spamhaus', 'blocked', 'policy', 'reputation', 'listed'])
    for (const { reply } of kept) {
      const { scope, rule } = classifier.classify({
        ...reply,
        said: [`${name}@far.example`, 'me@here.example'],
      });
      assert.ok(!final.has(scope), `${name}: ${rule} for ${reply.text}`);
    }
});

test('quotes without end cost no more than their length', () => {
  const pieces = [`${'a'.repeat(56)}"`, `${'a'.repeat(60)}"${'\\a'.repeat(150)}"`, '\\"', 'a"b"', '"'];
  for (const piece of pieces) {
    const text = `550 no @${piece.repeat(65_536 / piece.length)}`;
    const begun = process.cpuUsage();
    withoutEchoes(text);
    const { user, system } = process.cpuUsage(begun);
    assert.ok(user + system < 100_000, `${piece.slice(0, 4)}: ${user + system} µs`);
  }
});

test('an address with quotes is found with all that belongs to it, and nothing more', () => {
  const long = 'q'.repeat(320);
  for (const [text, left] of [
    ['to a."b c".d@e.example now', 'to x@x now'],
    ['to "a" @ e.example now', 'to x@x now'],
    ['to "a\\"b"@[192.0.2.1] now', 'to x@x now'],
    ['"no" to "a b"@e.example and "c"@d', '"no" to x@x and x@x'],
    ['"a""b"c@d', 'x@x'],
    [`"${long}"@e`, 'x@x'],
    [`"${long}q"@e`, `"${long}q"@e`],
    ['"a"b c@d', '"a"b c@d'],
    ['"a b@c', '"a b@c'],
  ] as const)
    assert.equal(withoutEchoes(text), left, text);
});

test('what only looks like an echo stays, and long ones take no long time', () => {
  for (const text of [
    'the "user" <the destination mailbox <user@example.com> is full>',
    'said "no" to us',
    'see <https://a.example/x@y>',
  ])
    assert.equal(withoutEchoes(text).replaceAll('x@x', 'user@example.com'), text);
  const begun = systemClock.monotonic();
  for (const piece of ['"', '\\"', '<', '<"', 'a"b', '<a@', '"a"@', 'subject:"'])
    classifier.classify({ text: piece.repeat(65_536 / piece.length), said: ['"a b c d"@e.example'] });
  assert.ok(systemClock.monotonic() - begun < 2_000);
});
