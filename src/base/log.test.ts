import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type LogLevel } from './log.ts';

function capture(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level,
    fields: { worker: 3 },
    sink: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  return { log, lines };
}

test('a line has its time, level, sentence and fields', () => {
  const { log, lines } = capture('info');
  log.warn({ path: 'a|example.org', delayMs: 5 }, 'The path is slow.');
  const { time, ...rest } = lines[0] ?? {};
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, {
    level: 'warn',
    worker: 3,
    path: 'a|example.org',
    delayMs: 5,
    msg: 'The path is slow.',
  });
});

test('lines below the level are dropped', () => {
  const { log, lines } = capture('warn');
  log.info({}, 'Nothing to see.');
  log.debug({}, 'Nothing to see.');
  log.error({}, 'Something broke.');
  assert.equal(lines.length, 1);
});

test('secrets never reach the log, however deep a field holds them', () => {
  const { log, lines } = capture('debug');
  log.info(
    { password: 'hunter2', login: { token: 'hunter2' }, request: { headers: { authorization: 'hunter2' } } },
    'x',
  );
  assert.doesNotMatch(JSON.stringify(lines), /hunter2/);
});

test('a cause is told with its own causes', () => {
  const { log, lines } = capture('debug');
  log.error({ cause: new Error('outer', { cause: new Error('inner') }) }, 'It failed.');
  assert.match(JSON.stringify(lines[0]), /outer.*inner/s);
});
