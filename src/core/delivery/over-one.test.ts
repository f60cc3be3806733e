import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Blame, RemoteReply } from '../envelope.ts';
import { goesAside, isCut, isItsOwn } from './over-one.ts';

const STAGES: readonly RemoteReply['stage'][] = ['banner', 'mail', 'rcpt', 'data', 'end-of-data'];
const BLAMES = ['local', 'path', 'reputation'] as const;
const CODES = [undefined, 421, 450, 550] as const;

/** Every stage, blame and code for which it holds, as `stage blame code`. */
function where(holds: (reply: RemoteReply, blame: (typeof BLAMES)[number]) => boolean): string[] {
  return STAGES.flatMap((stage) =>
    BLAMES.flatMap((blame) =>
      CODES.filter((code) => holds(replyOf(stage, code), blame)).map(
        (code) => `${stage} ${blame} ${code ?? 'silent'}`,
      ),
    ),
  );
}

function replyOf(stage: RemoteReply['stage'], code: number | undefined): RemoteReply {
  return { stage, text: '', afterMs: 0, ...(code === undefined ? {} : { code }) };
}

const AFTER_RCPT = ['rcpt', 'data', 'end-of-data'];
const CODE_WORDS = ['silent', '421', '450', '550'];

test('a path goes on when the failure came after a recipient was named, and a reputation did not close it', () => {
  const expected = AFTER_RCPT.flatMap((stage) => [
    ...CODE_WORDS.map((code) => `${stage} path ${code}`),
    ...['silent', '450', '550'].map((code) => `${stage} reputation ${code}`),
  ]);
  assert.deepEqual(where(isCut), expected);
});

test('a canary goes aside when it was broken off over, or refused by name', () => {
  const expected = [
    ...['silent', '421'].map((code) => `mail path ${code}`),
    ...AFTER_RCPT.flatMap((stage) => [
      ...['silent', '421'].map((code) => `${stage} path ${code}`),
      ...CODE_WORDS.map((code) => `${stage} reputation ${code}`),
    ]),
  ];
  assert.deepEqual(
    where((reply, blame) => goesAside({ reply, blame, canary: true })),
    expected,
  );
});

test('another goes aside only when it was so before, and by no fault of ours', () => {
  const twice = (blame: Blame) => (reply: RemoteReply, now: Blame) =>
    goesAside({ reply, blame: now, last: { ...replyOf('data', undefined), at: 1, blame } });
  assert.deepEqual(where(twice('local')), []);
  assert.deepEqual(
    where(twice('path')),
    where((reply, blame) => goesAside({ reply, blame, canary: true })),
  );
  assert.deepEqual(
    where((reply, blame) => goesAside({ reply, blame })),
    [],
  );
});

test('it is the message itself when others were taken between two breaks', () => {
  const last = { ...replyOf('data', undefined), at: 10, blame: 'path' as const };
  const about = { reply: replyOf('rcpt', 421), blame: undefined, last, pathGoodAt: 11 };
  assert.equal(isItsOwn(about), true);
  for (const other of [
    { pathGoodAt: 10 },
    { trouble: 'local' as const },
    { blame: 'reputation' as const },
    { reply: replyOf('rcpt', 450) },
    { reply: replyOf('banner', 421) },
    { last: { ...last, blame: 'reputation' as const } },
    { last: { ...last, code: 450 } },
  ])
    assert.equal(isItsOwn({ ...about, ...other }), false, JSON.stringify(other));
});
