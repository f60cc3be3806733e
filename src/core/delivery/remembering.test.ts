import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { DnsAnswer, Resolver } from './dns.ts';
import { RememberingResolver } from './remembering.ts';

const FAILED = { kind: 'failed', why: 'SERVFAIL', trouble: 'remote' } as const;
const NO_NAME = { kind: 'no-name' } as const;

/** A resolver that gives every question the same answer, and counts. */
function aWorld(answer: DnsAnswer<never>) {
  const clock = new VirtualClock();
  const world = { answer, asked: 0, clock };
  const ask = async (): Promise<DnsAnswer<never>> => {
    world.asked++;
    return world.answer;
  };
  const inner: Resolver = { mx: ask, addresses: ask };
  return Object.assign(world, { resolver: new RememberingResolver(inner, clock) });
}

test('a question is asked once while its answer is under way, and again after it', async () => {
  const world = aWorld(NO_NAME);
  await Promise.all(Array.from({ length: 10 }, () => world.resolver.addresses('a.example')));
  assert.equal(world.asked, 1);
  await world.resolver.addresses('a.example');
  assert.equal(world.asked, 2);
});

test('MX and addresses of one name are two questions', async () => {
  const world = aWorld(FAILED);
  await world.resolver.mx('x.example');
  await world.resolver.addresses('x.example');
  assert.equal(world.asked, 2);
});

test('each further failure is remembered twice as long, up to two minutes', async () => {
  const world = aWorld(FAILED);
  for (const rememberedMs of [30_000, 60_000, 120_000, 120_000]) {
    const before = world.asked;
    assert.deepEqual(await world.resolver.mx('x.example'), FAILED);
    await world.clock.advance(rememberedMs - 1);
    assert.deepEqual(await world.resolver.mx('x.example'), FAILED);
    assert.equal(world.asked, before + 1);
    await world.clock.advance(1);
  }
});

test('a failure long ago, or before an answer, does not count', async () => {
  const world = aWorld(FAILED);
  const countsAsFirst = async (): Promise<void> => {
    await world.resolver.mx('x.example');
    await world.clock.advance(30_000);
    const before = world.asked;
    world.answer = NO_NAME;
    assert.deepEqual(await world.resolver.mx('x.example'), NO_NAME);
    assert.equal(world.asked, before + 1);
    world.answer = FAILED;
  };
  await countsAsFirst();
  await countsAsFirst();
  await world.resolver.mx('x.example');
  await world.clock.advance(150_000);
  await countsAsFirst();
});

test('what is remembered is bounded: the oldest failure is forgotten', async () => {
  const world = aWorld(FAILED);
  for (let index = 0; index <= 20_000; index++) await world.resolver.mx(`${index}.example`);
  const before = world.asked;
  await world.resolver.mx('20000.example');
  await world.resolver.mx('1.example');
  assert.equal(world.asked, before);
  await world.resolver.mx('0.example');
  assert.equal(world.asked, before + 1);
});

test('when nothing was answered at all, the first answer ends what is remembered', async () => {
  for (const [failed, askedAgain] of [
    [2, 0],
    [3, 3],
  ] as const) {
    const world = aWorld(FAILED);
    const domains = Array.from({ length: failed }, (_, index) => `x${index}.example`);
    for (const domain of domains) await world.resolver.mx(domain);
    world.answer = NO_NAME;
    await world.resolver.mx('fine.example');
    const before = world.asked;
    for (const domain of domains) await world.resolver.mx(domain);
    assert.equal(world.asked - before, askedAgain, `${failed} failures in a row`);
  }
});
