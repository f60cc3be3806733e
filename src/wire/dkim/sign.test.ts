import assert from 'node:assert/strict';
import { createHash, createPrivateKey } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { scanHeader } from '../mime/header.ts';
import { createBodyHash, hashBody } from './body-hash.ts';
import { formatTxt, generateDkimKeys } from './keys.ts';
import { type DkimOptions, type DkimResult, prepareSignatures, signDkim } from './sign.ts';

// The verifier reads the machine's clock, so the signature is good for long.
const SIGNED_AT = Date.UTC(2018, 2, 12);
const EXPIRES_AT = Date.UTC(2999, 0, 1);
const made = await generateDkimKeys('r2018');
const OPTIONS: DkimOptions = {
  keys: made.map(({ algorithm, selector, privatePem }) => ({
    domain: 'example.org',
    selector,
    algorithm,
    privateKey: createPrivateKey(privatePem),
  })),
  signedAtMs: SIGNED_AT,
  expiresAtMs: EXPIRES_AT,
};

/** A resolver that knows our two keys. */
async function resolver(name: string): Promise<string[][]> {
  const key = made.find(({ selector }) => name === `${selector}._domainkey.example.org`);
  if (key === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  return [[...key.txt]];
}

async function signed(message: Buffer): Promise<DkimResult> {
  const header = scanHeader(message);
  return signDkim({ header, bodyHash: hashBody(message.subarray(header.bodyStart)) }, OPTIONS);
}

async function verdicts(message: Buffer): Promise<string[]> {
  const { results } = await dkimVerify(message, { resolver: resolver as never });
  return results.map(({ status }) => `${status.result}${status.comment ? ` (${status.comment})` : ''}`);
}

const BASIC =
  'From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: hello\r\nDate: Mon, 12 Mar 2018 10:00:00 +0100\r\nMessage-ID: <1@example.org>\r\n';

const SAMPLES: Readonly<Record<string, string>> = {
  plain: `${BASIC}\r\nHello\r\n`,
  'empty body': `${BASIC}\r\n`,
  'only blank lines': `${BASIC}\r\n\r\n\r\n \t\r\n\r\n`,
  'trailing blank lines': `${BASIC}\r\nHello\r\n\r\n\r\n`,
  'no last CRLF': `${BASIC}\r\nHello`,
  'white space everywhere': `${BASIC}\r\n  a  \t b \r\n\t\r\n c\t\r\n`,
  'ends in white space': `${BASIC}\r\nHello\r\n  `,
  'folded and long': `${BASIC}References: ${'<a@b>\r\n\t '.repeat(50)}<c@d>\r\nX-Other: 1\r\n\r\nHello\r\n`,
  'odd spacing in fields': `${BASIC}Reply-To :   a@b \t \r\n  , c@d  \r\nCC:\r\n\r\nHello\r\n`,
  'duplicate fields': `${BASIC}List-Post: 1\r\nList-Post: 2\r\nlist-post: 3\r\n\r\nHello\r\n`,
  '8-bit': `${BASIC}Content-Type: text/plain; charset="é"\r\nCc: été <x@y>\r\n\r\nDéjà vu\r\n`,
  'dots and dashes': `${BASIC}\r\n.\r\n..\r\n--x\r\n`,
};

test('an independent verifier accepts both signatures', async () => {
  for (const [what, text] of Object.entries(SAMPLES)) {
    const message = Buffer.from(text);
    const result = await signed(message);
    assert.ok(result.ok, what);
    assert.deepEqual(await verdicts(Buffer.concat([result.fields, message])), ['pass', 'pass'], what);
    assert.ok(
      result.fields
        .toString()
        .split('\r\n')
        .every((line) => line.length <= 78),
      what,
    );
  }
});

test('changes that matter break both signatures, changes that relaxed allows do not', async () => {
  const message = Buffer.from(`${BASIC}\r\nHello  world\r\n`);
  const result = await signed(message);
  assert.ok(result.ok);
  const after = async (from: string, to: string): Promise<boolean> => {
    const text = message.toString();
    assert.ok(text.includes(from));
    const all = await verdicts(Buffer.concat([result.fields, Buffer.from(text.replace(from, to))]));
    return all.every((verdict) => verdict.startsWith('pass'));
  };
  assert.equal(await after('Hello  world', 'Hello \t world  '), true);
  assert.equal(await after('Subject: hello', 'SUBJECT:\r\n hello  '), true);
  assert.equal(await after('To: bob', 'X-Added: 1\r\nTo: bob'), true);
  assert.equal(await after('world', 'World'), false);
  assert.equal(await after('Subject: hello', 'Subject: hullo'), false);
  for (const name of ['From', 'Subject', 'Cc', 'Reply-To', 'Content-Type']) {
    assert.equal(await after('To: bob', `${name}: evil@example.com\r\nTo: bob`), false, name);
  }
});

test('a message without From is not signed, nor one with a key that has no name', async () => {
  assert.equal((await signed(Buffer.from('To: x\r\n\r\n'))).ok, false);
  const message = { header: scanHeader(Buffer.from(`${BASIC}\r\n`)), bodyHash: hashBody(Buffer.alloc(0)) };
  const keys = OPTIONS.keys.map((key) => ({ ...key, selector: 'x; b=' }));
  assert.equal(prepareSignatures(message, { ...OPTIONS, keys }).ok, false);
});

test('keys come as records that fit in DNS', () => {
  for (const { txt } of made) assert.ok(txt.every((string) => string.length <= 255 && string.length > 0));
  assert.match(formatTxt(made[0]?.txt ?? []), /^"v=DKIM1; k=rsa; p=[^"]+" "[^"]+"$/);
  assert.match(formatTxt(made[1]?.txt ?? []), /^"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}="$/);
});

/** RFC 6376 3.4.4, word for word and slowly. */
function slowHash(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.at(-1) === '') lines.pop();
  return createHash('sha256')
    .update(lines.map((line) => `${line}\r\n`).join(''), 'latin1')
    .digest('hex');
}

test('property: the body hash equals the slow one, however the body is cut', () => {
  let seed = 9;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const pieces = ['a', ' ', '\t', '\r\n', '\r\n', '\r', '\n', 'bc', '\u00e9', '  '];
  for (let run = 0; run < 20_000; run += 1) {
    let text = '';
    for (let length = next(16); length > 0; length -= 1) text += pieces[next(pieces.length)];
    const body = Buffer.from(text, 'latin1');
    const hash = createBodyHash();
    for (let at = 0; at < body.length; ) {
      const end = at + 1 + next(6);
      hash.update(body.subarray(at, end));
      at = end;
    }
    assert.equal(hash.digest().toString('hex'), slowHash(text), JSON.stringify(text));
  }
  const long = `${'\r\n'.repeat(100_000)}${'a '.repeat(50_000)}${' \r\n'.repeat(50_000)}end\r${' '.repeat(100_000)}\r\n\r\n`;
  assert.equal(hashBody(Buffer.from(long)).toString('hex'), slowHash(long));
});

const MESSAGES = '../shared/data/vectors/mime-mime4j';

test('messages of all shapes are signed', {
  skip: existsSync(MESSAGES) ? false : `needs ${MESSAGES}`,
}, async () => {
  let count = 0;
  for (const path of globSync(`${MESSAGES}/**/*.msg`)) {
    // As SMTP would bring them: every line ends in CRLF, and there is a From.
    const text = readFileSync(path, 'latin1').replace(/\r\n|\r|\n/g, '\r\n');
    const message = Buffer.from(/^from:/im.test(text) ? text : `From: x@example.org\r\n${text}`, 'latin1');
    if (scanHeader(message).problems.length > 0) continue;
    const result = await signed(message);
    if (!result.ok) continue;
    assert.deepEqual(await verdicts(Buffer.concat([result.fields, message])), ['pass', 'pass'], path);
    count += 1;
  }
  assert.ok(count > 20, `${count} messages`);
});
