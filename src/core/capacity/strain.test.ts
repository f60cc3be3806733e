import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentMeter } from '../../base/meter.ts';
import { Latency } from './latency.ts';
import { Strain } from './strain.ts';

function aStrain() {
  const clock = new VirtualClock();
  const said: string[] = [];
  const used = { memory: 0, storeLatency: 0 };
  const say = (_: unknown, message: string): void => void said.push(message);
  const strain = new Strain(
    { clock, log: { debug: say, info: say, warn: say, error: say }, meter: silentMeter },
    [
      { name: 'memory', used: () => used.memory },
      { name: 'storeLatency', used: () => used.storeLatency },
    ],
  );
  strain.start();
  return { clock, said, used, strain };
}

test('what sheds comes in its order, by the budget that is nearest to its end, and is said once', async () => {
  const { clock, said, used, strain } = aStrain();
  const levels: number[] = [];
  for (const part of [0.5, 0.79, 0.8, 0.85, 0.9, 1, 1.4, 1.5, 9]) {
    used.storeLatency = part;
    await clock.advance(200);
    levels.push(strain.level);
  }
  assert.deepEqual(levels, [0, 0, 1, 1, 2, 3, 3, 4, 4]);
  assert.deepEqual(strain.state, { level: 4, budget: 'storeLatency', used: 9 });
  assert.deepEqual(said, [
    'near a budget: the backlog drains slowly',
    'near a budget: mail from strangers is put off',
    'near a budget: submissions are slowed',
    'near a budget: all new mail is put off',
  ]);
});

test('it ends by itself, when there has been room for a while', async () => {
  const { clock, said, used, strain } = aStrain();
  used.memory = 0.95;
  await clock.advance(200);
  assert.equal(strain.level, 2);
  used.memory = 0.85;
  await clock.advance(10_000);
  assert.equal(strain.level, 2, 'not far enough below');
  used.memory = 0.5;
  await clock.advance(1_000);
  used.memory = 0.95;
  await clock.advance(1_000);
  used.memory = 0.5;
  await clock.advance(1_500);
  assert.equal(strain.level, 2, 'not for long enough');
  await clock.advance(1_000);
  assert.equal(strain.level, 0);
  assert.equal(said.at(-1), 'further from every budget: nothing is put off');
});

test('latency is what the oldest question without an answer has waited', async () => {
  const clock = new VirtualClock();
  const latency = new Latency(clock);
  const answers: PromiseWithResolvers<void>[] = [];
  const ask = (): Promise<unknown> =>
    latency.measure(() => {
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      return answer.promise;
    });
  assert.equal(latency.ms, 0);
  const asked = [ask()];
  await clock.advance(1_000);
  asked.push(ask());
  await clock.advance(2_000);
  assert.equal(latency.ms, 3_000);
  answers[0]?.resolve();
  await asked[0];
  assert.equal(latency.ms, 2_000);
  answers[1]?.resolve();
  await asked[1];
  assert.equal(latency.ms, 0);
});

test('a question that others overtake waits for something of its own; one that fails overtakes none', async () => {
  const clock = new VirtualClock();
  const latency = new Latency(clock);
  const waits = Promise.withResolvers<void>();
  const stuck = latency.measure(() => waits.promise);
  await clock.advance(5_000);
  await assert.rejects(latency.measure(() => Promise.reject(new Error('no'))));
  assert.equal(latency.ms, 5_000);
  await latency.measure(async () => undefined);
  assert.equal(latency.ms, 0);
  const later = latency.measure(() => waits.promise);
  await clock.advance(1_000);
  waits.resolve();
  await Promise.all([stuck, later]);
  assert.equal(latency.ms, 0);
});
