import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuardLog } from '../../../test/guard-log.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import type { WorkerId } from '../envelope.ts';
import { type SendEvent, writeEvent } from './event.ts';
import { type Decision, Guard } from './guard.ts';
import { GuardMemory } from './memory.ts';
import type { GuardStore } from './store.ts';

const EVE = 'eve@x.test';

class Worker {
  readonly id: WorkerId;
  readonly guard = new Guard();
  readonly memory: GuardMemory;
  readonly #log: GuardLog;

  constructor(id: number, log: GuardLog, clock: VirtualClock) {
    this.id = id as WorkerId;
    this.#log = log;
    const store = log as unknown as GuardStore;
    const { guard } = this;
    this.memory = new GuardMemory(this.id, { guard, store, clock, log: silentLog, meter: silentMeter });
  }

  /** As a desk does: decided at once, written with its message. */
  async judge(event: SendEvent): Promise<Decision> {
    const decision = this.guard.decide(event);
    this.memory.judged(event.account);
    const data = JSON.stringify({ ...writeEvent(event), score: decision.score, terms: [] });
    const line = { at: event.at, worker: this.id, account: event.account, kind: decision.outcome, data };
    await this.#log.noteGuard([line]);
    return decision;
  }
}

function spam(at: number, index: number, account = EVE): SendEvent {
  return {
    at,
    account,
    to: [`${account}-${index}`],
    ip: `203.0.${index % 250}.1`,
    country: ['BR', 'CN', 'US'][index % 3] as string,
    asn: index,
    fingerprint: 'template',
    bands: ['~1', '~2'],
  };
}

async function started(id: number, log: GuardLog, clock: VirtualClock): Promise<Worker> {
  const worker = new Worker(id, log, clock);
  await worker.memory.start();
  return worker;
}

const left = (decisions: readonly Decision[]): number =>
  decisions.filter(({ outcome }) => outcome === 'pass' || outcome === 'pool').length;

test('a thief who comes to four workers in turn gets no more out than at one', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const workers = await Promise.all([1, 2, 3, 4].map((id) => started(id, log, clock)));
  const decisions: Decision[] = [];
  for (let index = 0; index < 40; index++) {
    decisions.push(await (workers[index % 4] as Worker).judge(spam(clock.now(), index)));
    await clock.advance(1_000);
  }
  assert.ok(left(decisions) <= 3, `${left(decisions)} left`);
  assert.equal(decisions.at(-1)?.outcome, 'stop');
});

test('a restart forgets nothing, whether it saved last or was killed', async () => {
  for (const end of ['saved', 'killed'] as const) {
    const [log, clock] = [new GuardLog(), new VirtualClock()];
    const first = await started(1, log, clock);
    const decisions: Decision[] = [];
    for (let index = 0; index < 30; index++) {
      decisions.push(await first.judge(spam(clock.now(), index)));
      await clock.advance(10_000);
    }
    if (end === 'saved') await first.memory.stop();
    const second = await started(2, log, clock);
    const next = await second.judge(spam(clock.now(), 100));
    assert.equal(next.outcome, 'stop', end);
    // And what several accounts send alike.
    const other = second.guard.decide(spam(clock.now(), 200, 'ann@y.test'));
    assert.ok(
      other.terms.some(({ signal }) => signal === 'campaign-body'),
      end,
    );
  }
});

test('what a worker had not saved when it was killed is known after a restart, though another saved what it has in common', async () => {
  const [log, clock, until] = [new GuardLog(), new VirtualClock(), new VirtualClock()];
  const [killed, other] = [await started(1, log, until), await started(2, log, clock)];
  await killed.judge(spam(clock.now(), 0));
  for (const one of [until, clock]) await one.advance(239_500);
  await killed.judge(spam(clock.now(), 1));
  for (const one of [until, clock]) await one.advance(1_000);
  // Its clock stands still from here on: it saves no more.
  for (let index = 2; index < 9; index++) await killed.judge(spam(clock.now(), index));
  await clock.advance(120_000);
  assert.ok((log.states.get('campaigns')?.upTo ?? 0) >= 8, 'the other has saved');
  const third = await started(3, log, clock);
  assert.deepEqual(third.guard.save(EVE), other.guard.save(EVE));
});

test('what could not be saved while the store was away is saved when it is back', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const worker = await started(1, log, clock);
  await worker.judge(spam(clock.now(), 0));
  log.away = true;
  await clock.advance(61_000);
  log.away = false;
  await clock.advance(60_000);
  assert.deepEqual(log.states.get('account/eve@x.test')?.bytes, worker.guard.save(EVE));
});

test('when everything is lost, an account is a new one, and no more is borne of it than of a new one', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const worker = await started(1, log, clock);
  const decisions: Decision[] = [];
  for (let index = 0; index < 30; index++) decisions.push(await worker.judge(spam(clock.now(), index)));
  assert.ok(left(decisions) <= 3);
  log.lines.length = 0;
  log.states.clear();
  const cold = await started(2, log, clock);
  const again: Decision[] = [];
  for (let index = 0; index < 30; index++) again.push(await cold.judge(spam(clock.now(), index)));
  assert.ok(left(again) <= 3, `${left(again)} left`);
});

test('a line that is committed late is read all the same, and a line once', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const [writer, reader] = [await started(1, log, clock), await started(2, log, clock)];
  await writer.judge(spam(clock.now(), 0));
  await clock.advance(1_000);
  for (let index = 1; index < 6; index++) {
    log.hidden.add(log.lines.length + 1);
    await writer.judge(spam(clock.now(), index));
    await writer.judge(spam(clock.now(), index, 'ann@y.test'));
    await clock.advance(1_000);
  }
  assert.notDeepEqual(reader.guard.save(EVE), writer.guard.save(EVE));
  log.hidden.clear();
  await clock.advance(1_000);
  assert.deepEqual(reader.guard.save(EVE), writer.guard.save(EVE));
  await clock.advance(5_000);
  assert.deepEqual(reader.guard.save(EVE), writer.guard.save(EVE));
});

test('a line that is committed while a worker starts is read all the same', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const writer = await started(1, log, clock);
  await writer.judge(spam(clock.now(), 0, 'ann@y.test'));
  log.hidden.add(log.lines.length + 1);
  await writer.judge(spam(clock.now(), 1));
  for (let index = 2; index < 6; index++) await writer.judge(spam(clock.now(), index, 'ann@y.test'));
  const reader = await started(2, log, clock);
  assert.equal(reader.guard.save(EVE), undefined);
  log.hidden.clear();
  await clock.advance(1_000);
  assert.deepEqual(reader.guard.save(EVE), writer.guard.save(EVE));
});

test('a number that never comes has nothing counted again, however soon each start is followed by a stop', async () => {
  const [log, clock, own] = [new GuardLog(), new VirtualClock(), new VirtualClock()];
  const writer = await started(1, log, own);
  await writer.judge(spam(clock.now(), 0));
  log.hidden.add(log.lines.length + 1);
  for (let index = 1; index < 12; index++) await writer.judge(spam(clock.now(), index, 'ann@y.test'));
  await clock.advance(60_000);
  const messages: Uint8Array[] = [];
  for (let start = 2; start < 6; start++) {
    const worker = await started(start, log, clock);
    await clock.advance(10_000);
    messages.push(worker.guard.save('ann@y.test') as Uint8Array);
    await worker.memory.stop();
  }
  for (const profile of messages) assert.deepEqual(profile, messages[0]);
});

test('a line that is committed late is read, however many numbers before it will never come', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const [writer, reader] = [await started(1, log, clock), await started(2, log, clock)];
  await writer.judge(spam(clock.now(), 0, 'ann@y.test'));
  await clock.advance(1_000);
  const burnt = log.lines.length + 1;
  for (let index = 0; index < 1_500; index++) {
    log.hidden.add(log.lines.length + 1);
    await log.noteGuard([{ at: 0, worker: writer.id, account: 'nobody@y.test', kind: 'pass', data: '{}' }]);
  }
  await writer.judge(spam(clock.now(), 1, 'ann@y.test'));
  await clock.advance(1_000);
  const late = log.lines.length + 1;
  log.hidden.add(late);
  await writer.judge(spam(clock.now(), 2));
  await writer.judge(spam(clock.now(), 3, 'ann@y.test'));
  await clock.advance(1_000);
  assert.ok(log.hidden.has(burnt) && reader.guard.save(EVE) === undefined);
  log.hidden.delete(late);
  await clock.advance(1_000);
  assert.deepEqual(reader.guard.save(EVE), writer.guard.save(EVE));
});

test('lines that never come cost nothing, however many are between them', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const writer = await started(1, log, clock);
  await started(2, log, clock);
  await writer.judge(spam(clock.now(), 0));
  await clock.advance(1_000);
  log.hidden.add(log.lines.length + 1);
  for (let index = 1; index < 2_500; index++) await writer.judge(spam(clock.now(), index));
  log.hidden.add(log.lines.length);
  await writer.judge(spam(clock.now(), 2_500));
  await clock.advance(1_000);
  const before = log.asked;
  await clock.advance(10_000);
  assert.ok(log.asked - before < 100, `${log.asked - before} lines and questions in ten seconds`);
});

test('while the store is away nothing waits, and what is remarked is told when it is back', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const [one, two] = [await started(1, log, clock), await started(2, log, clock)];
  log.away = true;
  for (let index = 0; index < 30; index++) one.guard.decide(spam(clock.now(), index));
  assert.equal(one.guard.decide(spam(clock.now(), 31)).outcome, 'stop');
  for (let count = 0; count < 5; count++)
    one.memory.remark('unknown-recipient', { account: 'ann@y.test', at: clock.now(), count: 2 });
  await clock.advance(10_000);
  log.away = false;
  await clock.advance(1_000);
  const stranger = { ...spam(clock.now(), 1, 'ann@y.test'), fingerprint: 'own' };
  const terms = two.guard.decide(stranger).terms.filter(({ signal }) => signal === 'unknown-users');
  assert.equal(terms[0]?.count, 10);
});

test('damaged state and damaged lines make nobody worse off than a new account', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const at = clock.now();
  log.states.set('campaigns', { name: 'campaigns', upTo: 0, bytes: Buffer.from('{'), at });
  log.states.set('account/eve@x.test', {
    name: 'account/eve@x.test',
    upTo: 0,
    bytes: Buffer.from([9, 9]),
    at,
  });
  const nowhere = new Guard();
  nowhere.decide(spam(at, 0, 'ann@x.test'));
  const bytes = nowhere.save('ann@x.test') ?? new Uint8Array();
  new DataView(bytes.buffer).setFloat64(1 + 3 * 8, Number.NaN, true);
  log.states.set('account/ann@x.test', { name: 'account/ann@x.test', upTo: 0, bytes, at });
  const line = { at, worker: 9 as WorkerId, account: EVE, kind: 'pass' as const };
  await log.noteGuard([
    { ...line, data: '{"t":' },
    { ...line, data: '[]' },
  ]);
  const worker = await started(1, log, clock);
  assert.equal(worker.guard.decide(spam(at, 0)).outcome, 'pass');
  const ann = { ...spam(at, 0, 'ann@x.test'), fingerprint: 'own', bands: [] };
  assert.equal(worker.guard.decide(ann).outcome, 'pass');
});
