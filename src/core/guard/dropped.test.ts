/** What was dropped of an account does not pass from it again, however long ago it was and whoever gets it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuardLog } from '../../../test/guard-log.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import type { WorkerId } from '../envelope.ts';
import { Dropped, MOST_OF_ONE } from './dropped.ts';
import type { SendEvent } from './event.ts';
import { type Decision, Guard } from './guard.ts';
import { GuardMemory } from './memory.ts';
import { NOBODY } from './port.ts';
import type { GuardStore } from './store.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5, 8);
const ANN = 'ann@x.test';
const TEXTS = ['template', '~1', '~2'];

const isKept = ({ outcome }: Decision): boolean => outcome === 'hold' || outcome === 'stop';

/** A letter of the owner's to a friend, from home. */
function letter(day: number, about: Partial<SendEvent> = {}): SendEvent {
  const where = { ip: '192.0.2.7', country: 'FR', asn: 12_322 };
  return {
    at: START + day * DAY,
    account: ANN,
    to: [`friend${day % 5}`],
    ...where,
    fingerprint: `${day}`,
    ...about,
  };
}

function spam(day: number, index: number, about: Partial<SendEvent> = {}): SendEvent {
  const where = { ip: `203.0.${index}.9`, country: 'BR', asn: 1_000 + index };
  const [fingerprint = '', ...bands] = TEXTS;
  return letter(day, { to: [`victim${day}-${index}`], ...where, fingerprint, bands, ...about });
}

/** An account of a month, of which some spams were held and dropped, and that nobody stopped. */
function guardOf(decision: 'dropped' | 'nothing'): Guard {
  const guard = new Guard();
  for (let day = 0; day < 30; day++) guard.decide(letter(day));
  for (let index = 0; index < 8; index++) guard.decide(spam(30, index));
  if (decision === 'dropped') guard.heed('dropped', { account: ANN, texts: TEXTS });
  return guard;
}

test('without a decision a text passes again when suspicion has faded; dropped, it does not', () => {
  const passes = (guard: Guard): number =>
    Array.from({ length: 8 }, (_, index) => guard.decide(spam(60, index))).filter((one) => !isKept(one))
      .length;
  assert.ok(passes(guardOf('nothing')) > 0);
  assert.equal(passes(guardOf('dropped')), 0);
});

test('a dropped text is held to friends and from home as well, nearly the same too, and says why', () => {
  for (const day of [30.1, 31, 45, 200]) {
    const guard = guardOf('dropped');
    const decision = guard.decide(letter(day, { fingerprint: 'template' }));
    assert.ok(isKept(decision), `day ${day}`);
    assert.ok(decision.terms.some(({ signal }) => signal === 'dropped-text'));
    assert.ok(isKept(guard.decide(letter(day, { fingerprint: 'another', bands: ['~x', '~2'] }))));
    assert.ok(!isKept(guard.decide(letter(day))), 'what else its owner writes passes');
    assert.ok(!isKept(guard.decide(letter(day, { account: 'ben@x.test', fingerprint: 'template' }))));
  }
});

test('a relaxation does not let it out', () => {
  const guard = guardOf('dropped');
  guard.relax([{ scope: { kind: 'account', account: ANN }, factor: 2 }]);
  assert.ok(isKept(guard.decide(letter(45, { fingerprint: 'template' }))));
});

test('it passes again when such mail is released or the account unlocked, not when other mail is released', () => {
  const again = (decision: 'released' | 'unlocked', texts: readonly string[]): boolean => {
    const guard = guardOf('dropped');
    if (decision === 'released') guard.released(letter(40), { recipients: 1 });
    else guard.forgive(ANN);
    guard.heed(decision, { account: ANN, texts });
    return !isKept(guard.decide(letter(45, { fingerprint: 'template' })));
  };
  assert.equal(again('released', ['other']), false);
  assert.equal(again('released', TEXTS), true);
  assert.equal(again('unlocked', []), true);
});

async function started(id: number, log: GuardLog, clock: VirtualClock): Promise<Guard> {
  const guard = new Guard();
  const store = log as unknown as GuardStore;
  await new GuardMemory(id as WorkerId, { guard, store, clock, log: silentLog, meter: silentMeter }).start();
  return guard;
}

test('every worker hears of a drop and of its end, and knows of both after a restart', async () => {
  const [log, clock] = [new GuardLog(), new VirtualClock()];
  const one = await started(1, log, clock);
  const line = { at: clock.now(), worker: NOBODY, account: ANN };
  const holds = (guard: Guard): boolean =>
    guard.saveShared().dropped?.some(([account]) => account === ANN) ?? false;
  await log.noteGuard([{ ...line, kind: 'dropped', data: JSON.stringify({ count: 3, texts: TEXTS }) }]);
  await clock.advance(1_000);
  assert.ok(holds(one));
  assert.ok(holds(await started(2, log, clock)), 'from the log');
  await clock.advance(400_000);
  assert.ok((log.states.get('campaigns')?.upTo ?? 0) >= 1);
  log.lines[0] = { ...log.lines[0], data: '' } as (typeof log.lines)[0];
  assert.ok(holds(await started(3, log, clock)), 'from what was saved');
  await log.noteGuard([{ ...line, kind: 'unlocked', data: '' }]);
  assert.ok(!holds(await started(4, log, clock)));
  await clock.advance(1_000);
  assert.ok(!holds(one));
});

test('of one account the texts dropped last are known, and of all accounts only so many', () => {
  const dropped = new Dropped();
  for (let index = 0; index < 2 * MOST_OF_ONE; index++) dropped.add(ANN, [`${index}`]);
  assert.ok(dropped.has(ANN, [`${2 * MOST_OF_ONE - 1}`]) && !dropped.has(ANN, ['0']));
  for (let index = 0; index < 30_000; index++) dropped.add(`a${index}@x.test`, ['text']);
  assert.ok(!dropped.has(ANN, [`${2 * MOST_OF_ONE - 1}`]) && dropped.has('a29999@x.test', ['text']));
  const again = new Dropped();
  again.restore(dropped.save());
  assert.deepEqual(again.save(), dropped.save());
  assert.equal(dropped.save().length, 20_000);
});
