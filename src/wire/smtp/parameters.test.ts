import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import {
  decodeXtext,
  encodeXtext,
  type MailParameters,
  parseMailParameters,
  parseRcptParameters,
  type RcptParameters,
} from './parameters.ts';

const MAIL: readonly (readonly [text: string, value: MailParameters])[] = [
  ['', {}],
  ['   ', {}],
  [' SIZE=0', { size: 0 }],
  [' size=12345678901234567890', { size: Number.MAX_SAFE_INTEGER }],
  [' BODY=7bit', { body: '7BIT' }],
  [' BODY=BINARYMIME SMTPUTF8', { body: 'BINARYMIME', smtpUtf8: true }],
  [' REQUIRETLS', { requireTls: true }],
  [' RET=FULL ENVID=QQ+2B1', { ret: 'FULL', envid: 'QQ+1' }],
  [' AUTH=<>', {}],
  [' AUTH=u+40x', {}],
];

const MAIL_BAD: readonly (readonly [text: string, kind: 'bad' | 'unknown'])[] = [
  [' SIZE', 'bad'],
  [' SIZE=', 'bad'],
  [' SIZE=-1', 'bad'],
  [' SIZE=1e9', 'bad'],
  [' SIZE=1=1', 'bad'],
  [` SIZE=${'9'.repeat(21)}`, 'bad'],
  [' BODY', 'bad'],
  [' BODY=9BIT', 'bad'],
  [' SMTPUTF8=1', 'bad'],
  [' REQUIRETLS=', 'bad'],
  [' RET=ALL', 'bad'],
  [' ENVID=', 'bad'],
  [' ENVID=a+b', 'bad'],
  [' ENVID=+0A', 'bad'],
  [` ENVID=${'a'.repeat(101)}`, 'bad'],
  [' AUTH=', 'bad'],
  [' AUTH', 'bad'],
  [' SMTPUTF8 SMTPUTF8', 'bad'],
  [' RET=FULL ret=HDRS', 'bad'],
  [' SIZE=1 '.repeat(17), 'bad'],
  [' X=1', 'unknown'],
  [' =', 'unknown'],
  [' __proto__=1', 'unknown'],
  [' BY=1;R', 'unknown'],
  [' ORCPT=rfc822;u@x', 'unknown'],
  ['\tSIZE=1', 'unknown'],
];

const RCPT: readonly (readonly [text: string, value: RcptParameters])[] = [
  [' NOTIFY=SUCCESS,failure,DELAY', { notify: ['SUCCESS', 'FAILURE', 'DELAY'] }],
  [' NOTIFY=DELAY,DELAY', { notify: ['DELAY'] }],
  [' NOTIFY=NEVER', { notify: ['NEVER'] }],
  [' ORCPT=rfc822;u+2Bt@x.example', { orcpt: 'rfc822;u+t@x.example' }],
  [' ORCPT=utf-8;\\x{E9}@x', { orcpt: 'utf-8;é@x' }],
  [' ORCPT=UTF-8;é@x NOTIFY=DELAY', { orcpt: 'UTF-8;é@x', notify: ['DELAY'] }],
];

const RCPT_BAD: readonly (readonly [text: string, kind: 'bad' | 'unknown'])[] = [
  [' NOTIFY', 'bad'],
  [' NOTIFY=', 'bad'],
  [' NOTIFY=NEVER,SUCCESS', 'bad'],
  [' NOTIFY=SUCCESS,', 'bad'],
  [' NOTIFY=ALL', 'bad'],
  [' NOTIFY=DELAY NOTIFY=DELAY', 'bad'],
  [' ORCPT=u@x', 'bad'],
  [' ORCPT=rfc822;', 'bad'],
  [' ORCPT=;u@x', 'bad'],
  [' ORCPT=rfc822;u+0D+0A@x', 'bad'],
  [' ORCPT=rfc822;é@x', 'bad'],
  [' ORCPT=utf-8;\\x{A}', 'bad'],
  [' ORCPT=utf-8;\\x{D800}', 'bad'],
  [' ORCPT=utf-8;\\x{110000}', 'bad'],
  [` ORCPT=rfc822;${'a'.repeat(500)}`, 'bad'],
  [' RET=FULL', 'unknown'],
];

test('the parameters of MAIL', () => {
  for (const [text, value] of MAIL) assert.deepEqual(parseMailParameters(text), { ok: true, value }, text);
  for (const [text, kind] of MAIL_BAD) {
    const result = parseMailParameters(text);
    assert.ok(!result.ok, `taken: ${text}`);
    assert.equal(result.kind, kind, text);
  }
});

test('the parameters of RCPT', () => {
  for (const [text, value] of RCPT) assert.deepEqual(parseRcptParameters(text), { ok: true, value }, text);
  for (const [text, kind] of RCPT_BAD) {
    const result = parseRcptParameters(text);
    assert.ok(!result.ok, `taken: ${text}`);
    assert.equal(result.kind, kind, text);
  }
});

test('xtext comes back as it went, and never carries a control character', () => {
  const { next } = chance(3);
  for (let run = 0; run < 2_000; run++) {
    const text = String.fromCharCode(...Array.from({ length: next(30) }, () => 32 + next(95)));
    assert.match(encodeXtext(text), /^[!-~]*$/);
    assert.ok(!encodeXtext(text).includes('='));
    assert.equal(decodeXtext(encodeXtext(text)), text);
  }
  for (const text of ['+', '+0', '+zz', '+0a', 'a b', 'a=b', 'é', '+00', '+7F', '+E9']) {
    assert.equal(decodeXtext(text), undefined, text);
  }
});

test('random parameters never throw and give only known keys', () => {
  const { next, pick } = chance(4);
  const pieces = [
    'SIZE',
    'ORCPT',
    'NOTIFY',
    '=',
    ' ',
    ',',
    ';',
    'rfc822',
    '+',
    '2B',
    '\\x{',
    'E9',
    '}',
    'NEVER',
    '\0',
    'é',
    '1',
  ];
  for (let run = 0; run < 20_000; run++) {
    let text = ' ';
    for (let length = next(12); length > 0; length--) text += pick(pieces);
    const results = [parseMailParameters(text), parseRcptParameters(text)];
    for (const result of results) {
      if (result.ok)
        for (const key of Object.keys(result.value)) assert.match(key, /^(size|orcpt|notify)$/, text);
      else assert.ok(result.why.length < 200, text);
    }
  }
});
