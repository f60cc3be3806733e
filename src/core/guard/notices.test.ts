import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../base/random.ts';
import { decodeWords } from '../../wire/mime/encoded-words.ts';
import { fieldValue, findField, scanHeader } from '../../wire/mime/header.ts';
import type { AccountId, Language } from '../envelope.ts';
import type { IdSupply } from '../queue/ids.ts';
import { type OwnerNotice, type OwnerNoticeAbout, OwnerNotices } from './notices.ts';
import { holdReason, ONLY_WAITED, reasonInWords } from './reasons.ts';
import { SIGNALS } from './signals.ts';

const AT = Date.UTC(2018, 2, 12, 8);
let next = 1;
const ids = { take: () => next++ } as unknown as IdSupply;
const notices = new OwnerNotices({ ids, random: systemRandom }, { hostname: 'mail.x.example' });

function written(
  kind: OwnerNotice,
  language: Language,
  {
    subject = 'Your parcel',
    messages = 12,
    by = notices,
    about = {},
  }: { subject?: string; messages?: number; by?: OwnerNotices; about?: Partial<OwnerNoticeAbout> } = {},
): { head: string; subject: string; text: string } {
  const acceptance = by.compose(kind, {
    account: { id: 7 as AccountId, address: 'ann@x.example', language },
    at: AT,
    groups: [4711],
    subject,
    reason: 'guard: new-country, new-recipients',
    messages,
    since: AT,
    until: AT + 7 * 86_400_000,
    why: 'spam',
    ...about,
  });
  assert.ok(acceptance.content.kind === 'inline');
  const bytes = Buffer.from(acceptance.content.bytes);
  const header = scanHeader(bytes);
  assert.deepEqual(header.problems, []);
  const field = findField(header, 'subject');
  return {
    head: bytes.toString('utf8', 0, header.bodyStart),
    subject: field === undefined ? '' : decodeWords(fieldValue(header, field)),
    text: bytes.toString('utf8', header.bodyStart),
  };
}

for (const language of ['en', 'fr'] as const)
  for (const kind of [
    'held',
    'answerable',
    'released',
    'cleared',
    'stopped',
    'expiring',
    'dropped',
    'full',
  ] as const)
    test(`the owner's notice "${kind}" (${language}) says all of it, in lines that any server takes`, () => {
      const { head, subject, text } = written(kind, language);
      assert.doesNotMatch(subject + text, /[{}]|undefined|guard:/);
      assert.ok(text.includes('ann@x.example') && text.includes('Your parcel'));
      if (kind === 'held' || kind === 'answerable' || kind === 'stopped')
        assert.match(text, language === 'en' ? /nothing\s+is\s+lost/i : /rien\s+n’est\s+perdu/i);
      else assert.ok(text.includes('H4711'));
      assert.match(head, /Auto-Submitted: auto-generated/);
      for (const line of text.split('\r\n'))
        assert.ok(Buffer.byteLength(line) <= 200 && !/[\r\n]/.test(line), line);
      if (language === 'fr')
        assert.doesNotMatch(text, / [:;?!]/, 'a space before a tall mark does not break');
    });

const AGREES = [
  ['expiring', 'en', 1, /^One message of your account ann@x\.example has been paused .* asked for it yet/],
  [
    'expiring',
    'en',
    12,
    /^12 messages of your account ann@x\.example have been paused .* asked for them yet/,
  ],
  ['dropped', 'en', 1, /^One message .* was dropped: spam\. It was not delivered, and its recipients/],
  ['dropped', 'en', 12, /^12 messages .* were dropped: spam\. They were not delivered, and their recipients/],
  ['expiring', 'fr', 1, /^Un message de votre compte ann@x\.example est en pause .* il sera alors supprimé/],
  ['expiring', 'fr', 12, /^12 messages .* sont en pause .* ils seront alors supprimés/],
  [
    'dropped',
    'fr',
    1,
    /^Un message .* a été supprimé : spam\. Il n’a pas été remis, et ses .* renvoyez-le\./,
  ],
  ['dropped', 'fr', 12, /^12 messages .* ont été supprimés : spam\. Ils n’ont pas été .* renvoyez-les\./],
  [
    'cleared',
    'en',
    1,
    /mail that we had paused: one message of .* The message that was paused: .* If it is not yours/,
  ],
  ['cleared', 'en', 12, /: 12 messages of .* The first message that was paused: .* If they are not yours/],
  ['cleared', 'fr', 1, /: un message de .* Le message qui .* S’il n’est pas de vous/],
  ['cleared', 'fr', 12, /: 12 messages de .* Le premier message qui .* S’ils ne sont pas de vous/],
] as const;

for (const [kind, language, messages, words] of AGREES)
  test(`the words of "${kind}" (${language}) agree with ${messages === 1 ? 'one message' : 'many'}`, () =>
    assert.match(written(kind, language, { messages }).text.trim().replace(/\s+/g, ' '), words));

test('every notice says whom to turn to; who cannot send writes from elsewhere', () => {
  const kinds = ['held', 'answerable', 'released', 'cleared', 'unreleased', 'expiring', 'dropped'] as const;
  const named = (contact: string): OwnerNotices =>
    new OwnerNotices({ ids, random: systemRandom }, { hostname: 'mail.x.example', contact });
  const last = (kind: OwnerNotice, language: Language, by = notices): string =>
    (written(kind, language, { by }).text.trim().split('\r\n\r\n').at(-1) ?? '').replace(/\s+/g, ' ');
  for (const kind of kinds) {
    assert.equal(last(kind, 'en'), 'To reach whoever runs your mail service: postmaster@x.example');
    assert.match(last(kind, 'fr', named('aide@x.example')), /^Pour joindre .* : aide@x\.example$/);
  }
  for (const kind of ['stopped', 'full'] as const) {
    assert.match(last(kind, 'en'), /, write from another address to postmaster@x\.example$/);
    assert.match(last(kind, 'fr', named('aide@x.example')), /, écrivez depuis une autre adresse à aide@/);
    assert.match(last(kind, 'fr', named('https://x.example/@aide')), / : https:\/\/x\.example\/@aide$/);
  }
});

test('what only waited and is dropped with the rest is named, and who still cannot send is told', () => {
  const said = (language: Language, about: Partial<OwnerNoticeAbout>): string =>
    written('dropped', language, { about }).text.replace(/\s+/g, ' ');
  const waited = { deliveries: 3, recipients: ['bob@far.example', 'eve@far.example'] };
  assert.match(
    said('en', { waited }),
    /What was to bob@far\.example, eve@far\.example and 1 more only waited here/,
  );
  assert.match(
    said('fr', { waited }),
    /Ce qui était pour bob@far\.example, .* et 1 de plus attendait seulement ici/,
  );
  assert.doesNotMatch(said('en', { waited: { deliveries: 0, recipients: [] } }), /only waited/);
  const expiring = (language: Language): string =>
    written('expiring', language, { about: { reason: ONLY_WAITED } }).text.replace(/\s+/g, ' ');
  assert.match(expiring('en'), /since .*: they waited here when your account was stopped\./);
  assert.match(expiring('fr'), /: ils attendaient ici quand votre compte a été bloqué\./);
  assert.doesNotMatch(expiring('en') + expiring('fr'), /Your parcel|no subject|sans objet/);
  assert.match(
    said('en', { isStopped: true }),
    /still cannot send\..* write from another address to postmaster@/,
  );
  assert.match(said('fr', { isStopped: true }), /ne peut toujours pas envoyer\./);
});

test('what a message calls itself cannot end a line or become a field', () => {
  const { head, text } = written('held', 'en', { subject: 'x\r\nBcc: evil@far.example\r\n\r\nHTML' });
  assert.doesNotMatch(head, /Bcc/);
  assert.doesNotMatch(text, /^Bcc/m);
  assert.match(written('held', 'fr', { subject: '' }).text, /\(sans objet\)/);
});

test('every signal can be said in both languages, the strongest first, three at most', () => {
  for (const signal of SIGNALS)
    for (const language of ['en', 'fr'] as const)
      assert.ok(reasonInWords(`guard: ${signal}`, language).length > 20, `${signal} in ${language}`);
  const reason = holdReason([
    { signal: 'past', weight: 9 },
    { signal: 'rate', weight: 1 },
    { signal: 'known-network', weight: -1 },
    { signal: 'new-country', weight: 4 },
    { signal: 'new-recipients', weight: 3 },
    { signal: 'same-body', weight: 0.5 },
  ]);
  assert.equal(reason, 'guard: new-country, new-recipients, rate');
  assert.match(reasonInWords(reason, 'en'), / new for this account, it goes to .* and there is far more/);
  assert.equal(reasonInWords('ticket 4711', 'fr'), 'ce n’est pas ce que ce compte envoie d’habitude');
});
