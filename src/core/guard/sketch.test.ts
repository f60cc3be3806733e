import assert from 'node:assert/strict';
import { test } from 'node:test';
import iconv from 'iconv-lite';
import { scanHeader } from '../../wire/mime/header.ts';
import { type Sketch, sketchOf } from './sketch.ts';
import { wordHash } from './text-words.ts';

const OFFER =
  'Dear friend, we offer the very best watches and pens without any waiting: order today and get free shipping to your country, just click on the picture below and tell your friends about this shop';
const OTHER =
  'The committee met last Tuesday evening to discuss the broken fence behind the school; nobody could say who had left the gate open, so the caretaker will look at it again before the holidays begin';
const COPIES = 20;
const MOST = 16;

function sketch(message: string | Buffer): Sketch {
  const head = typeof message === 'string' ? Buffer.from(message) : message;
  return sketchOf(scanHeader(head), head, { own: 'x.example', names: [wordHash('ann', 0, 3)] });
}

function alike(one: Sketch, other: Sketch): boolean {
  if (one.fingerprint !== undefined && one.fingerprint === other.fingerprint) return true;
  return one.bands?.some((band) => other.bands?.includes(band)) === true;
}

/** The same numbers in each run. */
function chance(seed: number): (below: number) => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

/** At one in four places of its words. */
function sprinkled(text: string, copy: number, marks: readonly string[]): string {
  const at = chance(copy);
  return text.replace(/\w(?=\w)/g, (letter) =>
    at(4) === 0 ? `${letter}${marks[at(marks.length)]}` : letter,
  );
}

/** What changes from copy to copy without any purpose. */
function addressed(text: string, copy: number): string {
  return `Hello ann, your number is ${copy}7${copy} (reader${copy}@far.example)\r\n${text}`;
}

function html(body: string, before = ''): string {
  return `Content-Type: text/html; charset=utf-8\r\n\r\n<html>${before}<body>${body}</body></html>`;
}

function alternative(plain: string, body: string): string {
  return `Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n${plain}\r\n--b\r\nContent-Type: text/html\r\n\r\n${body}\r\n--b--\r\n`;
}

function encoded(charset: string, octets: Buffer): string {
  const lines = octets.toString('base64').replace(/(.{76})/g, '$1\r\n');
  return `Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`;
}

const STYLE = `<style>${'.a { color: red }\r\n'.repeat(400)}</style>`;
const UNSEEN = [
  '\u200b',
  '\u200c',
  '\u200d',
  '\u200e',
  '\u200f',
  '\u2060',
  '\u2063',
  '\u2064',
  '\ufeff',
  '\u00ad',
  '\u034f',
];
const REFERENCES = ['&shy;', '&#8203;', '&#x200D;', '&zwnj;', '&ZeroWidthSpace;', '&NoBreak;', '&shy'];
const TAGS = [
  '<i></i>',
  '<b>',
  '</b>',
  '<x-y z="a>b">',
  '<wbr>',
  '<!-- no -->',
  '<span class=a>',
  "<u title='>'>",
];

/** Every letter as one of several references. */
function asReferences(text: string, copy: number): string {
  const at = chance(copy);
  return text.replace(/[a-z]/g, (letter) => {
    const code = letter.charCodeAt(0);
    return [`&#${code};`, `&#x${code.toString(16)};`, `&#0${code}`, letter, `&${letter}opf;`][
      at(5)
    ] as string;
  });
}

type Form = readonly [name: string, of: (text: string, copy: number) => string];

/** How to make copy number n of a text; each is known as the text itself is. */
const ONE_TEXT: readonly Form[] = [
  ['as it is', (text, copy) => `\r\n${addressed(text, copy)}`],
  ['style before', (text, copy) => html(addressed(text, copy), `<head>${STYLE}</head>`)],
  ['a head that is not closed before', (text, copy) => html(addressed(text, copy), `<head>${STYLE}`)],
  [
    'a script before',
    (text, copy) => html(addressed(text, copy), `<script>a${copy}</${'s '.repeat(3_000)}</script>`),
  ],
  [
    'a comment before',
    (text, copy) => html(addressed(text, copy), `<!-- ${`word${copy} <b> `.repeat(700)}-->`),
  ],
  [
    'a title before',
    (text, copy) => html(addressed(text, copy), `<title>${'more words '.repeat(500)}</title>`),
  ],
  [
    'attributes before',
    (text, copy) => html(addressed(text, copy), `<img alt="${`a > b ${copy} `.repeat(700)}">`),
  ],
  ['white space before', (text, copy) => `\r\n${' \r\n'.repeat(3_000 + copy)}${addressed(text, copy)}`],
  [
    'white space before HTML',
    (text, copy) => html(`${' \r\n'.repeat(3_000 + copy)}${addressed(text, copy)}`),
  ],
  ['two words beside it', (text, copy) => alternative('View online', `<p>${addressed(text, copy)}`)],
  [
    'a sentence beside it',
    (text, copy) =>
      alternative(`Please read this letter number ${copy} in your browser`, `<p>${addressed(text, copy)}`),
  ],
  ['UTF-16', (text, copy) => encoded('utf-16', Buffer.from(`\ufeff${addressed(text, copy)}`, 'utf16le'))],
  [
    'UTF-16 that does not say so',
    (text, copy) => encoded('utf-8', Buffer.from(addressed(text, copy), 'utf16le')),
  ],
  ['UTF-7', (text, copy) => encoded('utf-7', Buffer.from(addressed(text, copy).replaceAll('e', '+AGU-')))],
  [
    'quoted-printable',
    (text, copy) =>
      `Content-Transfer-Encoding: quoted-printable\r\n\r\n${addressed(text, copy).replace(/e/g, '=65=\r\n')}`,
  ],
  [
    'base64 in pieces',
    (text, copy) =>
      `Content-Transfer-Encoding: base64\r\n\r\n${addressed(text, copy).replace(/.{1,4}/gs, (some) => `${Buffer.from(some).toString('base64')}\r\n`)}`,
  ],
  ['references', (text, copy) => html(asReferences(addressed(text, copy), copy))],
  ['tags in words', (text, copy) => html(sprinkled(addressed(text, copy), copy, TAGS))],
  ['unseen characters', (text, copy) => `\r\n${sprinkled(addressed(text, copy), copy, UNSEEN)}`],
  ['unseen characters in HTML', (text, copy) => html(sprinkled(addressed(text, copy), copy, UNSEEN))],
  ['unseen references', (text, copy) => html(sprinkled(addressed(text, copy), copy, REFERENCES))],
  [
    'control characters',
    (text, copy) => `\r\n${sprinkled(addressed(text, copy), copy, ['\0', '\x01', '\x7f'])}`,
  ],
  ['accents', (text, copy) => `\r\n${sprinkled(addressed(text, copy), copy, ['\u0301', '\u0323'])}`],
  [
    'letters that look alike',
    (text, copy) => {
      const at = chance(copy);
      const like = new Map([...'aeopcxi'].map((letter, index) => [letter, [...'аеорсхі'][index] as string]));
      return `\r\n${addressed(text, copy).replace(/[aeopcxi]/g, (letter) => (at(2) === 0 ? (like.get(letter) as string) : letter))}`;
    },
  ],
  [
    'wide letters',
    (text, copy) =>
      `\r\n${addressed(text, copy).replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + (copy % 2 === 0 ? 0xfee0 : 0x1d3b9)))}`,
  ],
  ['quoted', (text, copy) => `\r\n${addressed(text, copy).replace(/(^|\r\n|(?:\S+ ){5})/g, '$1\r\n> ')}`],
  ['behind the line of a signature', (text, copy) => `\r\n-- \r\n${addressed(text, copy)}`],
  [
    'part 40',
    (text, copy) =>
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\na\r\n'.repeat(39)}--b\r\n\r\n${addressed(text, copy)}\r\n--b--\r\n`,
  ],
  [
    'part 2001, the others blank',
    (text, copy) =>
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n \r\n'.repeat(2_000)}--b\r\n\r\n${addressed(text, copy)}\r\n--b--\r\n`,
  ],
  [
    'part 400',
    (text, copy) =>
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\na\r\n'.repeat(399)}--b\r\n\r\n${addressed(text, copy)}\r\n--b--\r\n`,
  ],
  [
    'ten messages deep',
    (text, copy) => `${'Content-Type: message/rfc822\r\n\r\n'.repeat(10)}\r\n${addressed(text, copy)}`,
  ],
  [
    'fifty messages deep',
    (text, copy) => `${'Content-Type: message/rfc822\r\n\r\n'.repeat(50)}\r\n${addressed(text, copy)}`,
  ],
  [
    'a boundary with a backslash',
    (text, copy) =>
      `Content-Type: multipart/mixed;\r\n boundary="a\\b"\r\n\r\n--ab\r\n\r\n${addressed(text, copy)}\r\n--ab--\r\n`,
  ],
  [
    'fields that say more than they need',
    (text, copy) =>
      `Content-Type: (x) multipart/mixed; xboundary=z; boundary*0=b; boundary*1=c\r\n\r\n--bc\r\nContent-Type: "text/plain"; x="charset=utf-16"\r\nContent-Transfer-Encoding: base64 (x)\r\n\r\n${Buffer.from(addressed(text, copy)).toString('base64')}\r\n--bc--\r\n`,
  ],
  [
    'parts without a boundary',
    (text, copy) => `Content-Type: multipart/mixed\r\n\r\n${addressed(text, copy)}`,
  ],
];

/** Each in a form of its own, whose copies have something in common: the plain text of the same words may not. */
const EACH_FOR_ITSELF: readonly Form[] = [
  ['a figure in every word', (text, copy) => `\r\n${figured(addressed(text, copy), copy)}`],
  ['a figure in half of the words', (text, copy) => `\r\n${someOf(addressed(text, copy), copy, [2, '7'])}`],
  [
    'a figure in a quarter of the words',
    (text, copy) => `\r\n${someOf(addressed(text, copy), copy, [4, '7'])}`,
  ],
  ['an @ in half of the words', (text, copy) => `\r\n${someOf(addressed(text, copy), copy, [2, '@'])}`],
  ['a figure in every word of HTML', (text, copy) => html(figured(addressed(text, copy), copy))],
  ['every word an address', (text, copy) => `\r\n${addressed(text, copy).replace(/\w+/g, '$&@')}`],
  ['an @ somewhere in every word', (text, copy) => `\r\n${marked(addressed(text, copy), copy, '@')}`],
  ['every word a link', (text, copy) => `\r\n${addressed(text, copy).replace(/\w+/g, 'http:$&')}`],
  ['a space after every letter', (text, copy) => `\r\n${addressed(text, copy).replace(/\w/g, '$& ')}`],
  [
    'quoted, with figures',
    (text, copy) => `\r\n> ${figured(addressed(text, copy), copy).replaceAll('\r\n', '\r\n> ')}`,
  ],
];

function figured(text: string, copy: number): string {
  const at = chance(copy);
  return marked(text, copy, () => String(at(10)));
}

/** Behind one word in so many; which of them changes from copy to copy. */
function someOf(text: string, copy: number, [of, mark]: readonly [number, string]): string {
  const at = chance(copy);
  return text.replace(/[a-z]+/gi, (word) => (at(of) === 0 ? `${word}${mark}` : word));
}

/** In each word, somewhere. */
function marked(text: string, copy: number, mark: string | (() => string)): string {
  const at = chance(copy + 1_000);
  return text.replace(/[a-z]+/gi, (word) => {
    const place = at(word.length + 1);
    return word.slice(0, place) + (typeof mark === 'string' ? mark : mark()) + word.slice(place);
  });
}

/** How many of the copies have something in common with it. */
function known(copies: readonly Sketch[], by: Sketch | undefined): number {
  return copies.filter((copy) => by !== undefined && alike(copy, by)).length;
}

function copiesOf(text: string, of: Form[1]): Sketch[] {
  return Array.from({ length: COPIES }, (_, copy) => sketch(of(text, copy)));
}

for (const [name, of] of [...ONE_TEXT, ...EACH_FOR_ITSELF])
  test(`copies are known again, and another text is not: ${name}`, () => {
    const copies = copiesOf(OFFER, of);
    assert.ok(known(copies, copies[0]) >= MOST, `${known(copies, copies[0])} of ${COPIES} are alike`);
    for (const other of copiesOf(OTHER, of)) assert.equal(known(copies, other), 0);
  });

test('most forms make no difference: a text is known as the plain text is', () => {
  const plain = sketch(`\r\n${OFFER}`);
  for (const [name, of] of ONE_TEXT) assert.ok(known(copiesOf(OFFER, of), plain) >= MOST, name);
});

test('where only quotations and what is signed are left, addresses and numbers make no difference still', () => {
  for (const before of ['> ', '-- \r\n']) {
    const [one, two] = [1, 2].map(
      (copy) => sketch(`\r\n${before}${addressed(OFFER, copy).replace('\r\n', ' ')}`).fingerprint,
    );
    assert.equal(one, sketch(`\r\n${before}Hello, your number is 3 ${OFFER}`).fingerprint);
    assert.equal(one, two);
  }
});

test('links alone do not make two messages alike', () => {
  const [one, two] = ['x', 'y'].map((document) =>
    sketch(
      `\r\nHere: ${`https://docs.far.example/document/d/${document.repeat(20)}/edit?usp=sharing\r\n`.repeat(3)}`,
    ),
  );
  assert.ok(one !== undefined && two !== undefined && !alike(one, two));
  assert.equal(one.bands, undefined);
});

test('identical copies of what has no words are alike', () => {
  const signs = sketch(`\r\n${'*-+/= '.repeat(40)}`);
  assert.equal(signs.fingerprint, sketch(`\r\n${'*-+/= '.repeat(40)}`).fingerprint);
  assert.notEqual(signs.fingerprint, sketch(`\r\n${'*-=/+ '.repeat(40)}`).fingerprint);
  assert.ok(signs.fingerprint !== undefined);
});

/** By language: two texts, and the charsets that they are sent in besides UTF-8. */
const LANGUAGES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'L’été dernier, nous étions à la montagne où les élèves préféraient la forêt à la rivière, même sous la pluie',
    'Vous trouverez ci-joint le relevé des dépenses engagées à la fin du mois précédent, déjà vérifié par nos équipes',
    ['iso-8859-1', 'windows-1252', 'iso-8859-15', 'utf-16'],
  ],
  [
    'На прошлой неделе мы писали вам о посылке, которая ждёт на складе; подтвердите улицу, иначе она вернётся обратно',
    'Собрание жильцов состоится в четверг вечером, просим принести показания счётчиков и ключи от подвала',
    ['koi8-r', 'windows-1251', 'iso-8859-5', 'utf-16'],
  ],
  [
    '我们上周给您写信，关于在仓库等待的包裹；请确认街道，否则它将被退回。谢谢您的配合。',
    '周四晚上召开业主大会，请携带水表读数和地下室的钥匙，会后有茶点招待大家。',
    ['gb18030', 'utf-16'],
  ],
  [
    '先週、倉庫でお待ちしている荷物についてご連絡いたしました。住所をご確認ください。返送される場合があります。',
    '木曜日の夜に住民の集まりがあります。水道の検針票と地下室の鍵をお持ちください。',
    ['shift_jis', 'euc-jp', 'utf-16'],
  ],
  [
    '지난주에 창고에서 기다리는 소포에 대해 편지를 드렸습니다. 주소를 확인해 주시지 않으면 반송됩니다.',
    '목요일 저녁에 주민 회의가 열리니 수도 계량기 숫자와 지하실 열쇠를 가져오시기 바랍니다.',
    ['euc-kr', 'utf-16'],
  ],
];

test('a text of any language has a fingerprint and bands, the same in each charset', () => {
  for (const [text, another, charsets] of LANGUAGES) {
    const known = sketch(encoded('utf-8', Buffer.from(text)));
    assert.ok(known.fingerprint !== undefined && known.bands?.length === 2, text);
    const other = sketch(encoded('utf-8', Buffer.from(another)));
    assert.ok(other.fingerprint !== undefined && !alike(known, other), another);
    for (const charset of charsets) {
      const same = sketch(encoded(charset, iconv.encode(text.replaceAll('’', "'"), charset)));
      assert.equal(same.fingerprint, known.fingerprint, `${charset}: ${text}`);
    }
  }
});

test('short texts are not known, and what is there for nothing does not make them long', () => {
  for (const message of [
    '\r\nThanks, see you tomorrow\r\n',
    '\r\nThanks, see you tomorrow\r\n\r\n-- \r\nBen\r\n',
    `\r\nThanks, see you tomorrow\r\n${' \r\n'.repeat(9)}`,
    html('<p>Thanks, see you&nbsp;tomorrow</p>', `<head>${STYLE}<title>Message</title></head>`),
    alternative('Thanks, see you tomorrow', `${STYLE}<p>Thanks, see you tomorrow</p>`),
    encoded('utf-8', Buffer.from('谢谢，明天见')),
    encoded('utf-8', Buffer.from('Спасибо, до завтра')),
    html('<img src="https://far.example/a.png">', STYLE),
  ]) {
    const { fingerprint, bands } = sketch(message);
    assert.deepEqual([fingerprint, bands], [undefined, undefined], message.slice(-80));
  }
});

test('an answer is known by its own words, whatever it quotes in the HTML beside it', () => {
  const own = 'I would rather come on Friday, if that is not too late for you';
  const quoted = OTHER.replace(/(\S+ ){6}/g, '$&\r\n> ');
  const answer = alternative(`${own}\r\n\r\n> ${quoted}`, `<p>${own}</p><blockquote>${OTHER}</blockquote>`);
  assert.equal(sketch(answer).fingerprint, sketch(`\r\n${own}`).fingerprint);
});

function keysOf(message: string): readonly string[] {
  const { fingerprint, bands = [] } = sketch(message);
  return fingerprint === undefined ? bands : [fingerprint, ...bands];
}

const INTRODUCTION = 'On Monday, 3 March, the good old Ann Smith of our house (host@far.example) wrote:';

test('short answers to one letter, and letters with one footer, are not alike', () => {
  const quoted = OTHER.replace(/(\S+ ){6}/g, '$&\r\n> ');
  const quotation = `<blockquote type="cite"><p>${OTHER}</p><blockquote>${OFFER}</blockquote></blockquote>`;
  const plainly = (written: string): string => `Content-Type: text/plain; charset=utf-8\r\n\r\n${written}`;
  for (const answer of ['Yes', '+1', '👍', '7', 'I will come', "Yes, I'll come"])
    for (const message of [
      plainly(`${answer}\r\n\r\n> ${quoted}`),
      plainly(`> ${quoted}\r\n\r\n${answer}`),
      plainly(`${answer}\r\n-- \r\n${OTHER}`),
      plainly(`${answer}\r\n\r\n${INTRODUCTION}\r\n\r\n> ${quoted}`),
      plainly(`${answer}\r\n\r\n${INTRODUCTION.replace('(', '<\r\n')}\r\n> ${quoted}`),
      plainly(`${answer}\r\n\r\n${INTRODUCTION.replace('wrote', '\r\nwrote')}\r\n> ${quoted}`),
      html(`<p>${answer}</p>${quotation}`),
      html(`<p>${answer}</p><div>${INTRODUCTION}</div>${quotation}`),
      html(`${quotation}<div>${answer}`),
      html(`<p>${answer}</p>${quotation}`, `<head>${STYLE}</head>`),
      html(`<p>${answer}<br>-- <br>${OTHER}`),
      alternative(`${answer}\r\n\r\n> ${quoted}`, `<p>${answer}</p>${quotation}`),
      alternative(answer, `<p>${answer}</p>${quotation}`),
    ])
      assert.deepEqual(keysOf(message), [], message);
});

test('where nothing else is written, quotations and footers are a text', () => {
  const quoted = OTHER.replace(/(\S+ ){6}/g, '$&\r\n> ');
  const known = sketch(`\r\n${OTHER}`);
  for (const message of [
    `\r\n> ${quoted}`,
    `\r\n${INTRODUCTION}\r\n> ${quoted}`,
    `\r\n-- \r\n${OTHER}`,
    html(`<blockquote>${OTHER}</blockquote>`),
    html(`<blockquote><p>&nbsp;</p>${OTHER}`),
    html(`&nbsp;<br>&#8203;<blockquote>${OTHER}</blockquote><br>`),
    alternative('', `<blockquote>${OTHER}</blockquote>`),
    alternative('View online', `<blockquote>${OTHER}</blockquote>`),
  ])
    assert.ok(alike(sketch(message), known), message);
});

test('what only a browser makes out in HTML is tried before its octets', () => {
  const known = sketch(`\r\n${OTHER}`);
  assert.ok(alike(sketch(html(`<iframe>${OTHER}</iframe>`)), known));
  assert.ok(alike(sketch(html(`Hi <a title="${OTHER.slice(0, 9)}>${OTHER}`)), known));
  const plain = `Content-Type: text/html\r\n\r\n<a href=x>${'1 2 3 4 '.repeat(30)}`;
  assert.equal(sketch(plain).fingerprint, sketch(plain).fingerprint);
  assert.ok(sketch(plain).fingerprint?.startsWith('o'));
});

/** Of nothing but such parts. */
function mixed(...parts: readonly string[]): string {
  return `Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
}

test('no message is known by a part that is the same for everybody', () => {
  const calendar = `BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nPRODID:a program\r\nSUMMARY:${OTHER}\r\nEND:VCALENDAR`;
  const encrypted = 'Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n';
  for (const part of [
    encrypted,
    'Content-Type: message/disposition-notification\r\n\r\nReporting-UA: here\r\n',
    'Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; here\r\n',
    `Content-Type: text/calendar; charset=utf-8\r\n\r\n${calendar}`,
    `Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(calendar).toString('base64')}`,
    `Content-Type: application/ics\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(calendar).toString('base64')}`,
  ])
    assert.deepEqual(keysOf(mixed(part)), [], part);
  const asked = calendar.replace('REPLY', 'REQUEST');
  assert.notDeepEqual(keysOf(mixed(`Content-Type: text/calendar\r\n\r\n${asked}`)), []);
  const [one, two] = ['x', 'y'].map((letter) =>
    keysOf(mixed(encrypted, `Content-Type: application/octet-stream\r\n\r\n${letter}`)),
  );
  assert.equal(one?.length, 1);
  assert.notDeepEqual(one, two);
});

test('the recipients own names are left out however they are written', () => {
  const named = (name: string): string | undefined =>
    sketch(`Content-Type: text/plain; charset=utf-8\r\n\r\nDear ${name}, ${OFFER}`).fingerprint;
  assert.equal(named('Ann'), named('4711'));
  assert.equal(named('\u200bA\u0301nn'), named('ANN'));
  assert.notEqual(named('Ben'), named('Ann'));
});

/** What leads to pills.example: attributes of HTML, and text. */
const LINKS = [
  '<a href="http://pills.example/">x</a>',
  '<a href=https://www.pills.example>x</a>',
  '<a href="http:&#47;&#47;pills.example/">x</a>',
  '<a href="http&colon;&sol;&sol;pills&period;example/">x</a>',
  '<a href="&#104;ttp:&#x2f;/pills.example/">x</a>',
  "<a href='  ht\ntp://pills.example/'>x</a>",
  '<a href="HTTP:\\\\pills.example\\">x</a>',
  '<a href="//pills.example/">x</a>',
  '<a href="http://good.example@pills.example/">x</a>',
  '<a href="http://pills。example/">x</a>',
  '<a title="a > b" href="http://pills.example/">x</a>',
  '<area alt=x href = "http://pills.example:80/">',
  `${STYLE}<a href="http://pills.example/">x</a>`,
  `<!-- ${'x'.repeat(9_000)} --><a href="http://pills.example/">x</a>`,
  `${'<p>many words</p>'.repeat(1_000)}<a href="http://pills.example/">x</a>`,
  '<p>http://pills.example/</p>',
  '<p>ht<b></b>tp:&#47;/pills.example/</p>',
];

test('links are found however they are written', () => {
  for (const link of LINKS)
    assert.deepEqual(sketch(html(link)).linkDomains, ['pills.example'], link.slice(-60));
});

test('a link to a host that is longer than hosts are is one to its beginning, written plainly or not', () => {
  for (const length of [250, 2_700, 10_000]) {
    const long = `https://${'a'.repeat(length)}.example/`;
    for (const link of [`<a href="${long}">x</a>`, `<a href=" ${long}">x</a>`])
      assert.deepEqual(sketch(html(link)).linkDomains, ['a'.repeat(200)], `${length}`);
  }
});

test('what is not shown links nowhere beside what is', () => {
  const shown = '<a href="https://good.example">x</a>';
  for (const none of [
    '<!-- <a href="http://pills.example/">x</a> -->',
    '<style>@import "http://pills.example/";</style>',
  ]) {
    assert.deepEqual(sketch(html(none)).linkDomains, ['pills.example'], none);
    assert.deepEqual(sketch(html(none + shown)).linkDomains, ['good.example'], none);
    assert.deepEqual(sketch(html(`${none} http://good.example`)).linkDomains, ['good.example'], none);
  }
  const none =
    '<a href="/here">x</a> <a href="mailto:x@pills.example">x</a> <html xmlns="http://www.w3.org/1999/xhtml">';
  assert.equal(sketch(html(none)).linkDomains, undefined);
});
