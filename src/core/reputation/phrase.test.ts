import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { PhraseBook, PhraseError, phraseMistake, wordsOf } from './phrase.ts';

/** Whether a text says a phrase. */
function says(text: string, phrase: string): boolean {
  const book = new PhraseBook();
  const wanted = new Set(book.add(phrase));
  let is = false;
  book.find(wordsOf(text), (found) => {
    is ||= wanted.has(found);
  });
  return is;
}

test('a reply is read as words: case, accents, apostrophes and marks between them fall away', () => {
  const read: readonly (readonly [text: string, words: string])[] = [
    ['User UNKNOWN', 'user unknown'],
    ["doesn't exist; it’s «fermé»", 'doesnt exist its ferme'],
    ['Boîte du destinataire pleine', 'boite du destinataire pleine'],
    ['<a.b-c@x.example>: no such user', '@ no such user'],
    ['RCPT TO:<user@x.example>... User unknown', 'rcpt to @ user unknown'],
    ['host [192.0.2.1] and 2001:db8::25 and fe80::1', 'host # and # and #'],
    ['[TSS04] OFR006_103 AUP#CXBL (RTR:BL)', 'tss04 ofr006 103 aup cxbl rtr bl'],
    ['see https://www.spamhaus.org/query/bl?ip=192.0.2.1', 'see https www spamhaus org query bl ip #'],
    ['用户不存在', '用 户 不 存 在'],
    ['at 10:15:20 it is 1.5 times', 'at 10 15 20 it is 1 5 times'],
    ['', ''],
  ];
  for (const [text, words] of read) assert.equal(wordsOf(text).words.join(' '), words, text);
});

test('after an elided article an apostrophe parts two words, and within an English one it does not', () => {
  const read: readonly (readonly [text: string, words: string])[] = [
    ["L'adresse de l’expéditeur n'existe pas", 'l adresse de l expediteur n existe pas'],
    ["d'où, s'il, qu'une, j'ai, c'est, m'a, t'en, jusqu'à", 'd ou s il qu une j ai c est m a t en jusqu a'],
    ["dell'utente, all'indirizzo", 'dell utente all indirizzo'],
    ["qu'l'l'a", 'qu l l a'],
    ["doesn't isn't can't won't it's we're I'm", 'doesnt isnt cant wont its were im'],
    ["recipient's o'neil aujourd'hui", 'recipients oneil aujourdhui'],
  ];
  for (const [text, words] of read) assert.equal(wordsOf(text).words.join(' '), words, text);
});

test('the reply’s own codes are left out of a reply of several lines', () => {
  const text = '550-5.7.1 this message has\n550-5.7.1 been\n550 5.7.1 blocked';
  assert.deepEqual(wordsOf(text, '550'), {
    words: ['this', 'message', 'has', 'been', 'blocked'],
    enhanced: '5.7.1',
  });
});

test('phrases: either word, any ending, a word that may be missing, a gap', () => {
  const cases: readonly (readonly [text: string, phrase: string, is: boolean])[] = [
    ['user unknown', 'user|mailbox unknown', true],
    ['mailbox unknown', 'user|mailbox unknown', true],
    ['alias unknown', 'user|mailbox unknown', false],
    ['it was blacklisted', 'black*', true],
    ['back', 'black*', false],
    ['user is unknown', 'user is? unknown', true],
    ['user unknown', 'user is? unknown', true],
    ['user was unknown', 'user is? unknown', false],
    ['user (bob@x.example) is unknown', 'user … unknown', true],
    ['user unknown', 'user … unknown', true],
    ['user a b c d e f g h unknown', 'user … unknown', true],
    ['user a b c d e f g h i unknown', 'user … unknown', false],
    ['user user a unknown user', 'user … unknown user', true],
    ['a b a c', 'a b … a c', true],
    ['a b c', 'c … a', false],
    ['from 192.0.2.1', 'from #', true],
    ['to bob@x.example', 'to @', true],
    ["l'adresse n’existe pas", "l'adresse n'existe pas", true],
    ["l'adresse n’existe pas", 'adresse n existe', true],
    ["it doesn't exist", "doesn't exist", true],
  ];
  for (const [text, phrase, is] of cases) assert.equal(says(text, phrase), is, `${text} / ${phrase}`);
});

test('a phrase that cannot be says why', () => {
  for (const wrong of [
    'User unknown',
    'user, unknown',
    '',
    '…',
    'is?',
    'a|b?',
    'x*',
    'abcdefghijklmnopqrs*',
  ]) {
    assert.throws(() => new PhraseBook().add(wrong), PhraseError, wrong);
    assert.match(phraseMistake(wrong) ?? '', /./, wrong);
  }
  assert.equal(phraseMistake('listed … here'), undefined);
});

test('of a long reply the beginning and the end are read', () => {
  const middle = 'so it goes on '.repeat(200);
  assert.equal(says(`user unknown ${middle}`, 'user unknown'), true);
  assert.equal(says(`${middle} user unknown`, 'user unknown'), true);
  assert.equal(says(`${middle} user unknown ${middle}`, 'user unknown'), false);
});

test('whatever the octets, reading them ends soon', () => {
  const random = chance(20180312);
  const pieces = [
    '@',
    '.',
    ':',
    '::',
    'a',
    '0',
    '192.0.2.',
    '<',
    '5.7.1 ',
    'é',
    '\0',
    '…',
    "'",
    '用',
    '\ud800',
  ];
  for (let round = 0; round < 2_000; round++) {
    const length = random.next(300);
    const text = Array.from({ length }, () => pieces[random.next(pieces.length)]).join('');
    const { words } = wordsOf(text, '550');
    assert.ok(
      words.every((word) => word.length > 0 && word.length <= 41 && !/\s/.test(word)),
      text,
    );
  }
  const begun = process.cpuUsage();
  for (const piece of pieces) wordsOf(piece.repeat(1_000_000), '550');
  const { user, system } = process.cpuUsage(begun);
  assert.ok(user + system < 2_000_000, `${user + system} µs`);
});
