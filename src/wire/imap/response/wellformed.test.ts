/** Whatever is in mailboxes and messages, what is written of it is responses of the grammar, one behind the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../../test/chance.ts';
import { readStructure } from '../../mime/structure-reader.ts';
import { NumberSet } from '../number-set.ts';
import { FetchResponse } from './fetch.ts';
import { formatList, formatMetadata, formatNamespace, formatQuota, formatStatusResponse } from './mailbox.ts';
import { formatEsearch } from './search.ts';
import { formatId } from './session.ts';
import { formatStatus } from './status.ts';

const WORD = /^(?:[^\0-\x20(){"\\\x7f-\xff]|\\(?=[A-Za-z*]))+/;
const QUOTED = /^"(?:[^"\\\r\n\0]|\\["\\])*"/;
const LITERAL = /^~?\{(\d+)\}\r\n/;

/** Reads responses from octets; throws where the grammar ends. Returns how many lines there were. */
function responses(octets: Buffer): number {
  let text = octets.toString('latin1');
  let count = 0;
  let depth = 0;
  const take = (length: number): void => void (text = text.slice(length));
  while (text !== '') {
    const quoted = QUOTED.exec(text)?.[0];
    const literal = LITERAL.exec(text);
    const word = WORD.exec(text)?.[0];
    if (quoted !== undefined) take(quoted.length);
    else if (literal !== null) {
      const length = literal[0].length + Number(literal[1]);
      assert.ok(length <= text.length, 'the literal is longer than what there is');
      take(length);
    } else if (text.startsWith('\r\n')) {
      assert.equal(depth, 0, 'the line ends within parentheses');
      count += 1;
      take(2);
    } else if (text.startsWith('(') || text.startsWith(')')) {
      depth += text.startsWith('(') ? 1 : -1;
      assert.ok(depth >= 0, 'a parenthesis too many');
      take(1);
    } else if (text.startsWith(' ')) take(1);
    else {
      assert.ok(word !== undefined, `neither word nor string: ${JSON.stringify(text.slice(0, 40))}`);
      take(word.length);
    }
  }
  return count;
}

const { next, pick } = chance(9);
const LETTERS = [
  'a',
  'B',
  ' ',
  '"',
  '\\',
  '\r',
  '\n',
  '\r\n',
  '\0',
  '(',
  ')',
  '{3}',
  '{3}\r\n',
  'é',
  '台',
  '😀',
  '\ud800',
  '&',
  ']',
  '[',
  'NIL',
  '\t',
  '*',
  '%',
];
const some = (): string => Array.from({ length: next(7) }, () => pick(LETTERS)).join('');
const octets = (pieces: string | readonly (string | Buffer)[]): Buffer =>
  Buffer.concat([pieces].flat().map((piece) => Buffer.from(piece)));

/** One of each kind, of whatever comes. */
function anything(form: 'utf7' | 'utf8'): (string | readonly (string | Buffer)[])[] {
  const header = `From: ${some()} <${some()}@${some()}>\nTo: ${some()}: ${some()};\nSubject: ${some()}\nDate: ${some()}\n`;
  const content = `Content-Type: ${pick(['text/plain', 'message/rfc822', 'multipart/mixed; boundary=b', some()])}; name="${some()}"; x=${some()}\nContent-Disposition: ${some()}; filename="${some()}"\nContent-Id: ${some()}\nContent-Language: ${some()}, ${some()}\nContent-Transfer-Encoding: ${some()}\n`;
  const bytes = Buffer.from(`${header}${content}\n--b\n${content}\n--b\n${header}\n${some()}`);
  const { envelope, root } = readStructure(bytes);
  const name = some();
  const whole = {
    kind: 'BODY[]',
    peek: true,
    section: { kind: 'fields', path: [1], names: [some(), 'x'], not: true },
  } as const;
  const fetch = new FetchResponse(1, { form, uidOnly: false })
    .envelope(envelope)
    .body('BODYSTRUCTURE', root)
    .body('BODY', root)
    .preview(some())
    .section(whole, bytes)
    .end();
  return [
    fetch,
    formatList('LIST', { attributes: ['\\Sent'], delimiter: '/', mailbox: name, oldName: some() }, form),
    formatStatusResponse(name, [['MESSAGES', 1]], form),
    formatNamespace({ personal: [{ prefix: name, delimiter: '\\' }], others: [], shared: [] }, form),
    formatQuota(name, [], form),
    formatMetadata(
      name,
      [
        ['/private/x', Buffer.from(some())],
        ['/private/y', null],
      ],
      form,
    ),
    formatEsearch({ tag: 'a', uid: true, all: NumberSet.of([next(5) + 1, 9]) }),
    formatId(new Map([[some(), some()]])),
  ];
}

test('anything that is written is one response', () => {
  for (let run = 0; run < 3_000; run++) {
    for (const response of anything(pick(['utf7', 'utf8'])))
      assert.equal(responses(octets(response)), 1, JSON.stringify(response));
  }
});

test('a status response is one line whatever its text is', () => {
  for (let run = 0; run < 3_000; run++) {
    const line = formatStatus({
      tag: 'a',
      condition: 'NO',
      code: { kind: 'BADURL', url: some() },
      text: some(),
    });
    assert.match(line, /^a NO \[BADURL "(?:[ -\x5c\x5e-~])*"\] [^\r\n\0]+\r\n$/u);
  }
});
