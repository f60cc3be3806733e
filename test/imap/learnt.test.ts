/**
 * Searches that know what those before learnt find what a search finds that looks into every message. One of few messages asks
 * nothing of what was learnt: so a mailbox that is searched a few at a time says what is right.
 */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { LAYERS } from '../../src/core/mailbox/sketch.ts';
import { type Chance, chance } from '../chance.ts';
import { ALICE, type World } from '../world.ts';
import { loggedIn } from './script.ts';
import { onBothStores } from './stores.ts';
import type { ImapTalk } from './talk.ts';

const MESSAGES = 150;
/** Fewer than the messages of which a search asks what was learnt. */
const FEW = 30;
const NEEDLES = 120;
const WORDS = [
  ...[
    'Réunion',
    'naïve',
    'Straße',
    'ΟΔΟΣ',
    'οδός',
    'ﬁnal',
    'Ünïcode',
    'invoice',
    'number',
    'ab',
    'x',
    'İstanbul',
  ],
  ...[
    '東京都',
    '会議',
    '字',
    '漢字の本',
    'がぎぐ',
    '안녕하세요',
    '각',
    '😀',
    '𠮷野家',
    'переговоры',
    'ｆｕｌｌ',
  ],
];

function someWords(luck: Chance, most: number): string {
  return Array.from({ length: 1 + luck.next(most) }, () => luck.pick(WORDS)).join(
    luck.pick([' ', ' ', '', '-', '\t']),
  );
}

const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n');
const word = (text: string): string => `=?utf-8?b?${Buffer.from(text).toString('base64')}?=`;
const quoted = (text: string, charset: 'utf8' | 'latin1'): string =>
  [...Buffer.from(text, charset)]
    .map((octet, at) => {
      const shown =
        octet < 33 || octet === 61 || octet > 126
          ? `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
          : String.fromCharCode(octet);
      return at % 20 === 19 ? `${shown}=\r\n` : shown;
    })
    .join('');
const percent = (text: string): string =>
  [...Buffer.from(text)].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');

/** A part of a message. */
function aPart(luck: Chance, depth: number): string {
  const text = someWords(luck, 12);
  switch (luck.next(depth > 0 ? 7 : 6)) {
    case 0:
      return `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(text)}\r\n`;
    case 1:
      return `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quoted(text, 'utf8')}\r\n`;
    case 2:
      return `Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quoted('Café réunion à l’été', 'latin1')}\r\n`;
    case 3:
      return `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>${text}<b>bo</b>ld &eacute;t&eacute; <a href="hidden">${someWords(luck, 3)}</a>\r\n`;
    case 4:
      return `Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*0*=utf-8''${percent(text.slice(0, 6))};\r\n filename*1*=${percent(someWords(luck, 2))}.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n`;
    case 5:
      return `Content-Type: image/png; name="${word(someWords(luck, 2))}"\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0=\r\n`;
    default:
      return `Content-Type: message/rfc822\r\n\r\n${aLetter(luck, depth - 1)}`;
  }
}

function aLetter(luck: Chance, depth = 1): string {
  const head = [
    `From: ${word(someWords(luck, 2))} <p${luck.next(20)}@far.example>`,
    `To: "O\\"${luck.next(9)}" <ana@here.example>,\r\n <b${luck.next(99)}@here.example>`,
    ...(luck.next(3) === 0 ? [`Cc: ${word(someWords(luck, 1))} <c@far.example>`] : []),
    `Subject: ${word(someWords(luck, 3))}\r\n ${word(someWords(luck, 2))} number ${luck.next(1000)}\r\n\tfolded`,
    `Message-ID: <${luck.next(1_000_000)}@far.example>`,
    `X-Note: ${word(someWords(luck, 2))} plain ${luck.next(50)}`,
  ].join('\r\n');
  if (luck.next(3) === 0)
    return `${head}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${someWords(luck, 30)}\r\n`;
  const parts = Array.from({ length: 1 + luck.next(4) }, () => `--b${depth}\r\n${aPart(luck, depth)}`);
  return `${head}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b${depth}\r\n\r\n${parts.join('')}--b${depth}--\r\n`;
}

/** More pieces than any sketch holds. */
function hostile(luck: Chance): string {
  const text = Buffer.from(luck.bytes(300_000)).toString('base64').replace(/.{70}/g, '$& \r\n');
  return `Subject: ${'x'.repeat(500)} needle\r\nX-Note: plain 7\r\n\r\n${text}\r\nthe end of it\r\n`;
}

async function append(talk: ImapTalk, letter: string): Promise<void> {
  const bytes = Buffer.byteLength(letter);
  assert.match((await talk.ask(`APPEND INBOX {${bytes}}\r\n${letter}`)).at(-1) ?? '', /^OK/);
}

/** A part of some text that the messages have, or nearly, in another case or without its accents now and then. */
function aNeedle(luck: Chance): string {
  const text =
    luck.next(5) === 0
      ? luck.pick([
          'number 7',
          'far.example',
          'bold',
          'été',
          'folded',
          'plain 1',
          '.pdf',
          'hidden',
          'o"3',
          'the end of',
          '東 京',
          'x-note: ',
        ])
      : someWords(luck, 3);
  const units = [...text];
  const from = luck.next(units.length);
  const part = units
    .slice(from, from + 1 + luck.next(8))
    .join('')
    .replaceAll(/[\t]/g, ' ');
  const odd = luck.next(4);
  if (odd === 0) return part.toUpperCase();
  return odd === 1 ? part.normalize('NFKD').replace(/\p{M}/gu, '') : part;
}

const KEYS = [
  'TEXT',
  'TEXT',
  'BODY',
  'SUBJECT',
  'FROM',
  'TO',
  'CC',
  'HEADER X-Note',
  'HEADER Message-ID',
  'HEADER Subject',
];

/** A key for each of the texts, and one that has several. */
function aSearch(luck: Chance): string {
  const key = (): string => {
    const needle = aNeedle(luck);
    return `${luck.pick(KEYS)} {${Buffer.byteLength(needle)}}\r\n${needle}`;
  };
  const kind = luck.next(6);
  if (kind === 0) return `OR ${key()} ${key()}`;
  if (kind === 1) return `NOT ${key()}`;
  return kind === 2 ? `NOT (${key()} NOT ${key()})` : key();
}

async function uids(talk: ImapTalk, what: string): Promise<number[]> {
  const heard = await talk.ask(`UID SEARCH CHARSET UTF-8 ${what}`);
  assert.match(heard.at(-1) ?? '', /^OK/, what);
  const line = heard.find((response) => response.startsWith('* SEARCH')) ?? '';
  return line.split(' ').slice(2).map(Number);
}

/** As a search that looks into every message says. */
async function looked(talk: ImapTalk, what: string): Promise<number[]> {
  const found: number[] = [];
  const all = await uids(talk, 'ALL');
  for (let at = 0; at < all.length; at += FEW)
    found.push(...(await uids(talk, `UID ${all.slice(at, at + FEW).join(',')} ${what}`)));
  return found;
}

async function check(talk: ImapTalk, luck: Chance, needles: number): Promise<number> {
  let found = 0;
  for (let look = 0; look < needles; look++) {
    const what = aSearch(luck);
    const [known, right] = [await uids(talk, what), await looked(talk, what)];
    assert.deepEqual(known, right, what);
    found += known.length;
  }
  return found;
}

/** Messages of which each layer is known. */
async function learnt(world: World): Promise<number[]> {
  const account = await world.store.account(ALICE);
  assert.ok(account !== undefined);
  const heads = (await world.store.sketchHeads({ account: account.id, layers: LAYERS, most: 10_000 })) ?? [];
  return LAYERS.map((layer) =>
    heads
      .filter((head) => head.layer === layer)
      .reduce(
        (sum, { messages }) =>
          sum +
          ((messages[1] as number) % 128) +
          128 * ((messages[1] as number) > 127 ? (messages[2] as number) : 0),
        0,
      ),
  );
}

onBothStores({}, (world) => {
  const luck = chance(77);
  let talk: ImapTalk;

  before(async () => {
    talk = await loggedIn(world(), ALICE);
    for (let at = 0; at < MESSAGES; at++) await append(talk, at === 70 ? hostile(luck) : aLetter(luck));
    await talk.ask('SELECT INBOX');
  });

  it('learns of each message by the first search of its kind, and by none of few messages', async () => {
    await uids(talk, `1:${FEW} TEXT anything`);
    assert.deepEqual(await learnt(world()), [0, 0, 0]);
    await uids(talk, 'SUBJECT anything');
    assert.deepEqual(await learnt(world()), [MESSAGES, 0, 0]);
    await uids(talk, 'HEADER X-Note anything');
    assert.deepEqual(await learnt(world()), [MESSAGES, MESSAGES, 0]);
    await uids(talk, 'TEXT anything');
    await uids(talk, 'TEXT anything SUBJECT else');
    assert.deepEqual(await learnt(world()), [MESSAGES, MESSAGES, MESSAGES]);
  });

  it('finds the same as without', async () => {
    assert.ok((await check(talk, luck, NEEDLES)) > NEEDLES);
  });

  it('finds what came since, few or many, and what was moved, copied, expunged and had back', async () => {
    for (let at = 0; at < 10; at++) await append(talk, aLetter(luck));
    assert.ok((await check(talk, luck, 20)) > 20);
    for (let at = 0; at < 40; at++) await append(talk, aLetter(luck));
    await talk.ask('COPY 100:140 INBOX');
    await talk.ask('CREATE Other');
    await talk.ask('MOVE 20:60 Other');
    await talk.ask('STORE 1:20 +FLAGS.SILENT (\\Deleted)');
    await talk.ask('EXPUNGE');
    assert.ok((await check(talk, luck, 30)) > 30);
    const account = await world().store.account(ALICE);
    const inbox = account && (await world().store.mailboxNamed({ account: account.id, name: 'INBOX' }));
    assert.ok(account !== undefined && inbox !== undefined);
    await world().store.undeleteItems({
      account: account.id,
      mailbox: inbox.id,
      uids: [[1, 20]],
      at: Date.now(),
    });
    await talk.ask('SELECT Other');
    assert.ok((await check(talk, luck, 20)) > 20);
    await talk.ask('SELECT INBOX');
    assert.ok((await check(talk, luck, 20)) > 20);
  });

  it('a search whose client is gone leaves what it had learnt, and the next learns the rest', async () => {
    await talk.ask('CREATE Third');
    await talk.ask('COPY 1:* Third');
    const leaving = await loggedIn(world(), ALICE);
    await leaving.ask('SELECT Third');
    leaving.send('z SEARCH TEXT anything\r\n');
    leaving.close();
    await talk.ask('SELECT Third');
    assert.ok((await check(talk, luck, 20)) > 20);
    talk.close();
  });
});
