import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { scanHeader } from '../../wire/mime/header.ts';
import { readEvent, type SendEvent, writeEvent } from './event.ts';
import { type Submission, Submissions } from './submission.ts';
import { Whereabouts } from './whereabouts.ts';

const PLACES = `network,asn,country
192.0.2.0/24,64500,FR
192.0.0.0/16,64501,
2001:db8::/32,64502,DE
2001:db8:7::/48,64503,BE
nonsense
10.0.0.0/8,abc,FR
10.1.0.0/16,64504,FR,A Name
`;
const LETTER =
  'We wrote to you last week about the parcel that waits at our depot; please confirm the street, or it goes back.';

function eventOf(message: string, about: Partial<Submission> = {}): SendEvent {
  const head = Buffer.from(message.replaceAll('\n', '\r\n'));
  return new Submissions(new Whereabouts(PLACES), Buffer.alloc(32, 1)).eventOf({
    at: 1_000,
    account: 'ann@x.example',
    recipients: ['bob@far.example'],
    client: '192.0.2.9',
    header: scanHeader(head),
    head,
    sizeBytes: head.length,
    ...about,
  });
}

test('no address and no word of a message is in what is kept of it', () => {
  const event = eventOf(`Subject: Parcel 4711\nX-Mailer: Outlook 16.0\n\n${LETTER}\n`, {
    recipients: ['bob@far.example', 'eve@x.example'],
  });
  const written = JSON.stringify(writeEvent(event));
  for (const word of ['bob', 'eve', 'far.example', 'parcel', 'Parcel', 'depot'])
    assert.ok(!written.includes(word), word);
  assert.match(event.to[1] as string, /@x\.example$/, 'a colleague is known as one');
  assert.deepEqual([event.client, event.asn, event.country], ['outlook', 64_500, 'FR']);
  assert.deepEqual(readEvent(JSON.parse(written)), JSON.parse(JSON.stringify(event)));
});

test('each recipient counts once, and the account itself only where nobody else is written to', () => {
  const reached = (...recipients: string[]): number => eventOf('Subject: x\n\nx\n', { recipients }).to.length;
  assert.equal(reached('bob@far.example', 'Bob@far.example', 'ann@x.example', 'ANN+shop@x.example'), 1);
  assert.equal(reached('bob@far.example', 'eve@x.example', 'annette@x.example'), 3);
  assert.equal(reached('ann@x.example'), 1);
  assert.equal(reached('ann+1@x.example', 'ann+2@x.example'), 1);
  const submissions = new Submissions(new Whereabouts(), Buffer.alloc(32, 1), '-');
  const to = ['ann-1@x.example', 'ann@x.example', 'ann+1@x.example', 'bob@far.example'];
  const event = { at: 1, account: 'ann@x.example', to };
  assert.equal(submissions.recorded(event).to.length, 2, 'of what was recorded as well');
});

test('copies of one letter have one fingerprint, however they are addressed, numbered and encoded', () => {
  const plain = `Hello Bob,\n${LETTER} https://a1.parcels.co.uk/x?id=1\n> quoted from somebody else\n-- \nAnn\n`;
  const base64 = Buffer.from(plain.replaceAll('\n', '\r\n')).toString('base64');
  const html = `<html xmlns="http://www.w3.org/1999/xhtml"><head><style>p { color: red }</style></head><p>Hello Bob,</p>${LETTER.replaceAll(' ', ' <b></b>\n')} <a href="https://a1.parcels.co.uk/">9</a>`;
  const forms = [
    `Subject: a\n\n${plain}`,
    `Subject: b\n\n${plain.replace('Bob', 'Eve').replace('id=1', 'id=2').replace('Hello', 'Hello 17')}`,
    `Content-Transfer-Encoding: base64\n\n${base64}\n`,
    `Content-Transfer-Encoding: quoted-printable\n\n${plain.replaceAll('=', '=3D').replace('week', 'we=\nek')}`,
    `Content-Type: multipart/alternative; boundary="b1"\n\npreamble\n--b1\nContent-Type: text/plain\n\n${plain}\n--b1\nContent-Type: text/html\n\n${html}\n--b1--\n`,
    `Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/related; boundary=b1\n\n--b1\nContent-Type: text/html\n\n${html}\n--b1--\n--b\nContent-Type: application/pdf\n\nJVBERi0\n--b--\n`,
  ];
  const events = forms.map((form) => eventOf(form, { recipients: ['bob.eve@far.example'] }));
  for (const [index, event] of events.entries()) {
    assert.equal(event.fingerprint, events[0]?.fingerprint, `form ${index}`);
    assert.deepEqual(event.linkDomains, ['parcels.co.uk'], `form ${index}`);
  }
});

test("the recipients' own words are left out, each counted once and sixty-four in all", () => {
  const words = Array.from(
    { length: 80 },
    (_, index) => `name${'abcdefghij'[index % 10]}${'klmnopqr'[Math.trunc(index / 10)]}`,
  );
  const copy = (to: string, recipients: readonly string[]): string | undefined =>
    eventOf(`\n${to} ${LETTER}\n`, { recipients }).fingerprint;
  const plain = copy('', ['bob@far.example']);
  const many = [words.join('.'), 'x'].map((name) => `${name}@far.example`);
  assert.equal(copy(words.slice(0, 64).join(' '), many), plain);
  assert.notEqual(copy(words[79] as string, many), plain);
  const again = [
    ...Array.from({ length: 19 }, () => `${'ann.ben.'.repeat(9)}x@far.example`),
    'eve@far.example',
  ];
  assert.equal(copy('Ann Ben Eve', again), plain);
});

test('a letter with other words here and there shares a band, another letter none', () => {
  const words = (seed: number): string[] =>
    Array.from(
      { length: 120 },
      (_, index) =>
        `w${'abcdefghijklmnop'.charAt((index * seed) % 16)}${'qrstuvwxyz'.charAt((index * 7 + seed) % 10)}${'aeiou'.charAt(index % 5)}`,
    );
  const letter = words(3);
  const shares = (one: readonly string[], other: readonly string[]): boolean => {
    const [a, b] = [one, other].map((text) => eventOf(`\n${text.join(' ')}\n`).bands ?? []);
    return a?.some((band) => b?.includes(band)) === true;
  };
  let shared = 0;
  for (let at = 0; at < 100; at++) if (shares(letter, letter.with(at, 'other'))) shared++;
  assert.ok(shared >= 80, `${shared} of 100`);
  assert.equal(shares(letter, words(5)), false);
});

test('what says nothing has no fingerprint; what has only an attachment is known by that', () => {
  assert.equal(eventOf('Subject: x\n\nThanks, see you!\n').fingerprint, undefined);
  const image = (data: string): string =>
    `Content-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n${data}\n--q--\n`;
  assert.equal(eventOf(image('AAAA')).fingerprint, eventOf(image('AAAA')).fingerprint);
  assert.notEqual(eventOf(image('AAAA')).fingerprint, eventOf(image('BBBB')).fingerprint);
});

test("List-* fields say that it is bulk, and links to one's own domain are none", () => {
  assert.equal(eventOf('List-Unsubscribe: <mailto:x>\n\nx\n').list, true);
  assert.equal(eventOf('Listen: x\n\nx\n').list, undefined);
  const event = eventOf('\nhttps://www.x.example/ and http://far.example:80/\n');
  assert.deepEqual([event.linkDomains, event.links], [['far.example'], 2]);
});

test('the most specific place counts, and what is not listed is not known', () => {
  const bad: number[] = [];
  const places = new Whereabouts(PLACES, (line) => bad.push(line));
  assert.deepEqual(bad, [6, 7]);
  assert.deepEqual(places.of('10.1.2.3'), { asn: 64_504, country: 'FR' });
  assert.deepEqual(places.of('192.0.2.200'), { asn: 64_500, country: 'FR' });
  assert.deepEqual(places.of('192.0.3.1'), { asn: 64_501 });
  assert.deepEqual(places.of('198.51.100.1'), {});
  assert.deepEqual(places.of('2001:db8:7::1'), { asn: 64_503, country: 'BE' });
  assert.deepEqual(places.of('2001:db8:8::1'), { asn: 64_502, country: 'DE' });
  assert.deepEqual(places.of('unknown'), {});
});

test('a message of any size and form costs the same few reads', () => {
  const random = (length: number): string =>
    Array.from({ length }, (_, index) => String.fromCharCode(33 + ((index * 7919) % 90))).join('');
  for (const message of [
    `Content-Type: multipart/mixed; boundary=x\n\n${'--x\n'.repeat(20_000)}`,
    `Content-Type: text/html\n\n${'<'.repeat(200_000)}`,
    `Content-Type: text/html\n\n${'http://'.repeat(30_000)}`,
    `Subject: ${'=?utf-8?b?'.repeat(10_000)}\n\n${random(200_000)}`,
    '',
  ]) {
    const begun = systemClock.monotonic();
    eventOf(message);
    assert.ok(
      systemClock.monotonic() - begun < 100,
      `${systemClock.monotonic() - begun} ms for ${message.slice(0, 30)}`,
    );
  }
});
