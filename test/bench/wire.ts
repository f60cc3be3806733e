/** How fast octets become values and values octets: the structure of messages, commands of IMAP, responses to them. */
import { parseCommand } from '../../src/wire/imap/command.ts';
import { InputReader } from '../../src/wire/imap/input.ts';
import { FetchResponse } from '../../src/wire/imap/response/fetch.ts';
import { decodeEnvelope, decodeStructure, encodeStructure } from '../../src/wire/mime/structure-codec.ts';
import { readStructure } from '../../src/wire/mime/structure-reader.ts';
import { LIMITS } from '../imap-line.ts';
import { median } from './measure.ts';

/** Of one round. */
const ROUND_MS = 200;
const LARGE_BYTES = 50_000_000;
const LINE = `${'A'.repeat(76)}\r\n`;

const HEADER = [
  ...Array.from(
    { length: 6 },
    (_, hop) =>
      `Received: from mx${hop}.example.net (mx${hop}.example.net [192.0.2.${hop}])\r\n by relay.example.org with ESMTPS id ${hop}abcdef\r\n for <zoe@example.org>; Mon, 12 Mar 2018 09:00:0${hop} +0100`,
  ),
  `DKIM-Signature: v=1; a=rsa-sha256; d=example.net; b=${'x'.repeat(340)}`,
  'From: =?utf-8?q?Zo=C3=A9?= <zoe@example.net>',
  'To: "Doe, John" <john@example.org>, team@example.org',
  'Subject: =?utf-8?q?Compte_rendu_de_la_r=C3=A9union?=',
  'Date: Mon, 12 Mar 2018 09:00:00 +0100',
  'Message-ID: <20180312080000.12345@example.net>',
  'References: <1@example.net> <2@example.net> <3@example.net>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="outer-boundary"',
  '',
  '',
].join('\r\n');

function message(attachmentBytes: number): Buffer {
  const text = `--outer-boundary\r\nContent-Type: multipart/alternative; boundary="inner-boundary"\r\n\r\n--inner-boundary\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${LINE.repeat(20)}--inner-boundary\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${LINE.repeat(40)}--inner-boundary--\r\n`;
  const attachment =
    '--outer-boundary\r\nContent-Type: application/pdf; name="plan.pdf"\r\nContent-Disposition: attachment; filename="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n';
  return Buffer.concat([
    Buffer.from(HEADER + text + attachment),
    Buffer.alloc(attachmentBytes, LINE),
    Buffer.from('--outer-boundary--\r\n'),
  ]);
}

const COMMANDS = Buffer.from(
  Array.from(
    { length: 250 },
    (_, index) =>
      `a${index} UID FETCH ${index + 1}:* (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (From To Subject Date)])\r\nb${index} UID STORE ${index + 1} +FLAGS.SILENT (\\Seen)\r\nc${index} UID SEARCH RETURN (ALL) UNSEEN SUBJECT {5+}\r\nhello SINCE 1-Mar-2018\r\nd${index} NOOP\r\n`,
  ).join(''),
);
const COMMAND_COUNT = 1_000;

/** Prints it: medians of `rounds` rounds. */
export function measureWire(rounds: number): void {
  const usual = message(10 * LINE.length);
  const large = message(LARGE_BYTES);
  const largeText = Buffer.concat([Buffer.from('From: a@b\r\n\r\n'), Buffer.alloc(LARGE_BYTES, LINE)]);
  const structure = readStructure(usual);
  const stored = encodeStructure(structure);
  const micros = (run: () => void): number => microsOf(run, rounds);
  const rate = (octets: Buffer): string => {
    const each = micros(() => readStructure(octets));
    return `${each.toFixed(0)} us, ${(octets.length / each / 1_000).toFixed(1)} GB/s`;
  };
  process.stdout.write(`
structure of a message of ${usual.length} octets: ${rate(usual)}
  with an attachment of 50 MB: ${rate(large)}; of 50 MB of text: ${rate(largeText)}
  kept in ${stored.length} octets: written ${micros(() => encodeStructure(structure)).toFixed(1)} us, read ${micros(() => decodeStructure(stored)).toFixed(1)} us, its envelope alone ${micros(() => decodeEnvelope(stored)).toFixed(1)} us
commands of IMAP, read and parsed: ${(micros(readCommands) / COMMAND_COUNT).toFixed(2)} us each
responses: FLAGS and UID ${micros(() => new FetchResponse(1, STYLE).uid(1).flags(FLAGS).end()).toFixed(2)} us, ENVELOPE ${micros(() => new FetchResponse(1, STYLE).envelope(structure.envelope).end()).toFixed(1)} us, BODYSTRUCTURE ${micros(() => new FetchResponse(1, STYLE).body('BODYSTRUCTURE', structure.root).end()).toFixed(1)} us
`);
}

const STYLE = { form: 'utf7', uidOnly: false } as const;
const FLAGS = ['\\Seen', '\\Answered'];

function readCommands(): void {
  const reader = new InputReader(LIMITS);
  reader.feed(COMMANDS);
  for (let input = reader.next(); input.kind !== 'need-more'; input = reader.next()) {
    if (input.kind !== 'command' || !parseCommand(input, 'utf7').ok) throw new Error('a command was refused');
  }
}

function microsOf(run: () => void, rounds: number): number {
  run();
  const times = Array.from({ length: rounds }, () => {
    const began = performance.now();
    let runs = 0;
    while (performance.now() - began < ROUND_MS) {
      run();
      runs += 1;
    }
    return ((performance.now() - began) * 1_000) / runs;
  });
  return median(times);
}
