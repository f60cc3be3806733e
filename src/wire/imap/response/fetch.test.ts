import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLine } from '../../../../test/imap-line.ts';
import { readStructure } from '../../mime/structure-reader.ts';
import type { FetchItem } from '../grammar/fetch.ts';
import { FetchResponse, formatItem } from './fetch.ts';

const style = { form: 'utf7', uidOnly: false } as const;
const sent = (pieces: readonly (string | Buffer)[]): string =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString();

/** The message of RFC 9051 section 8, in short. */
const MESSAGE = Buffer.from(
  [
    'Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)',
    'From: Terry Gray <gray@cac.washington.edu>',
    'Subject: IMAP4rev2 WG mtg summary and minutes',
    'To: imap@cac.washington.edu',
    'Cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>',
    'Message-ID: <B27397-0100000@cac.washington.edu>',
    'MIME-Version: 1.0',
    'Content-Type: TEXT/PLAIN; CHARSET=US-ASCII',
    '',
    'Hi!',
    '',
  ].join('\r\n'),
);
const GRAY = '(("Terry Gray" NIL "gray" "cac.washington.edu"))';
const ENVELOPE = `("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" ${GRAY} ${GRAY} ${GRAY} ((NIL NIL "imap" "cac.washington.edu")) ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>")`;

test('items one behind the other', () => {
  const { envelope, root } = readStructure(MESSAGE);
  const response = new FetchResponse(12, style)
    .flags(['\\Seen'])
    .internalDate(Date.UTC(1996, 6, 17, 9, 44, 25))
    .sizeBytes(4286)
    .envelope(envelope)
    .body('BODY', root)
    .end();
  assert.equal(
    sent(response),
    `* 12 FETCH (FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 09:44:25 +0000" RFC822.SIZE 4286 ENVELOPE ${ENVELOPE} BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 5 1))\r\n`,
  );
  const rest = new FetchResponse(7, { form: 'utf8', uidOnly: true })
    .uid(7)
    .modSeq(65402)
    .emailId('M1')
    .threadId('T1')
    .threadId(null)
    .preview('été')
    .preview(null)
    .saveDate(0)
    .saveDate(null)
    .end();
  assert.equal(
    sent(rest),
    '* 7 UIDFETCH (UID 7 MODSEQ (65402) EMAILID (M1) THREADID (T1) THREADID NIL PREVIEW "été" PREVIEW NIL SAVEDATE " 1-Jan-1970 00:00:00 +0000" SAVEDATE NIL)\r\n',
  );
});

function item(text: string): Extract<FetchItem, { kind: 'BODY[]' | 'BINARY' | 'BINARY.SIZE' }> {
  const result = parseLine(`FETCH 1 ${text}`);
  assert.ok(result.ok && result.command.verb === 'FETCH');
  return result.command.items[0] as ReturnType<typeof item>;
}

test('an item is called as it was asked for, but for PEEK and how many octets', () => {
  const cases: readonly (readonly [asked: string, answered: string])[] = [
    ['BODY.PEEK[]', 'BODY[]'],
    ['BODY[1.2]<5.10>', 'BODY[1.2]<5>'],
    ['BODY[header]', 'BODY[HEADER]'],
    ['BODY[1.MIME]', 'BODY[1.MIME]'],
    ['BODY[HEADER.FIELDS ("From" To)]', 'BODY[HEADER.FIELDS (From To)]'],
    ['BODY[3.HEADER.FIELDS.NOT ("a b")]', 'BODY[3.HEADER.FIELDS.NOT ("a b")]'],
    ['BINARY.PEEK[1.2]<0.5>', 'BINARY[1.2]<0>'],
    ['BINARY.SIZE[1]', 'BINARY.SIZE[1]'],
  ];
  for (const [asked, answered] of cases) assert.equal(formatItem(item(asked)), answered);
});

test('octets of a message stand as they are', () => {
  const response = new FetchResponse(1, style)
    .section(item('BODY[1]'), Buffer.from('é"\r\n'))
    .section(item('BODY[2]'), undefined)
    .section(item('BINARY[1]'), Buffer.from('a\0'))
    .section(item('BODY[TEXT]'), Buffer.alloc(0))
    .rfc822('RFC822.TEXT', Buffer.from('x'));
  assert.equal(
    sent(response.end()),
    '* 1 FETCH (BODY[1] {5}\r\né"\r\n BODY[2] NIL BINARY[1] ~{2}\r\na\0 BODY[TEXT] {0}\r\n RFC822.TEXT {1}\r\nx)\r\n',
  );
  const streamed = new FetchResponse(1, style).sectionHead(item('BODY[]'), 3, 'literal');
  assert.equal(sent(streamed.take()), '* 1 FETCH (BODY[] {3}\r\n');
  assert.equal(sent(streamed.flags([]).end()), ' FLAGS ())\r\n');
});
