import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMeter, formatSnapshots } from './meter.ts';

test('what was counted and timed is in each snapshot, whole, however often it is asked for', async () => {
  const { meter, snapshot } = createMeter();
  const counter = meter.counter({ name: 'x_total', help: 'X.', labels: ['kind', 'result'] });
  const timer = meter.timer({ name: 'x_seconds', help: 'X.' });
  counter.add({ kind: 'mx', result: 'kept' });
  counter.add({ kind: 'mx', result: 'kept' });
  for (let index = 0; index < 2500; index++) timer.observe(0.002);
  await snapshot();
  counter.add({ kind: 'mx', result: 'kept' });
  counter.add({ kind: 'submission', result: 'kept' });
  timer.observe(700);
  const page = await formatSnapshots([await snapshot()]);
  assert.match(page, /^x_total\{kind="mx",result="kept"\} 3$/m);
  assert.match(page, /^x_total\{kind="submission",result="kept"\} 1$/m);
  assert.match(page, /^x_seconds_bucket\{le="0\.001"\} 0$/m);
  assert.match(page, /^x_seconds_bucket\{le="0\.005"\} 2500$/m);
  assert.match(page, /^x_seconds_bucket\{le="300"\} 2500$/m);
  assert.match(page, /^x_seconds_count 2501$/m);
});
