import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard } from './guard.ts';
import { heedLine } from './log-line.ts';
import { type LogEntry, NOBODY } from './port.ts';

const AT = Date.UTC(2026, 0, 5, 8);
const ANN = 'ann@x.test';
const LETTER = { at: AT, account: ANN, to: ['friend'], ip: '192.0.2.7', fingerprint: 'text' };

function line(kind: LogEntry['kind'], data: object | string): LogEntry {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return { id: 1, at: AT, worker: NOBODY, account: ANN, kind, data: text };
}

const noMessage = (): void => assert.fail('it is about no message');

test('a judged message goes to whoever asked, with its outcome, and teaches nothing by itself', () => {
  const guard = new Guard();
  const heard: unknown[] = [];
  const data = { t: AT, account: ANN, to: ['friend'] };
  assert.ok(heedLine(line('hold', data), [guard], (...judged) => heard.push(judged)));
  assert.deepEqual(heard, [[{ at: AT, account: ANN, to: ['friend'] }, 'hold']]);
  assert.equal(guard.accounts, 0);
});

test('a remark is heeded by every guard', () => {
  const guards = [new Guard(), new Guard()];
  assert.ok(heedLine(line('dropped', { texts: ['text'] }), guards, noMessage));
  for (const guard of guards) assert.equal(guard.decide(LETTER).outcome, 'hold');
  assert.ok(heedLine(line('unlocked', ''), guards, noMessage));
  for (const guard of guards) assert.equal(guard.decide({ ...LETTER, at: AT + 1 }).outcome, 'pass');
});

test('a release of what only waited in the queue is read, and teaches nothing', () => {
  const guard = new Guard();
  assert.ok(heedLine(line('released', { count: 3, texts: [] }), [guard], noMessage));
  assert.equal(guard.accounts, 0);
});

test('of a damaged line counts what can be read', () => {
  const guard = new Guard();
  heedLine(line('dropped', { texts: ['text'] }), [guard], noMessage);
  assert.equal(heedLine(line('released', { texts: ['text'] }), [guard], noMessage), false);
  assert.equal(guard.decide(LETTER).outcome, 'pass');
  for (const kind of ['pass', 'learnt'] as const)
    assert.equal(heedLine(line(kind, '{"t":'), [guard], noMessage), false, kind);
});
