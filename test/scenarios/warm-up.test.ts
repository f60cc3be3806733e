/**
 * Two egresses over real sockets, one of them new. What it may send to a provider in a day leaves by it; what is more leaves
 * by the warm one, and where there is none waits, as it is, while other mail goes on. A crash gives nothing of the day twice.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { egressFor } from '../../src/core/delivery/egress.ts';
import { PROVIDER_ALLOWANCES } from '../../src/core/reputation/warm-up.ts';
import { type DeskOptions, DeskWorld } from '../desk.ts';

const ALLOWANCE = PROVIDER_ALLOWANCES[0] as number;
/** `e0`, `e1`… at 127.0.0.2 and what follows; those with a date are new. */
const egresses = (since: readonly (string | undefined)[]): string =>
  since
    .map((day, index) => {
      const about = `name = "e${index}"\naddress = "127.0.0.${index + 2}"\n`;
      return `[[egress]]\n${about}${day === undefined ? '' : `since = "${day}"\n`}`;
    })
    .join('');

/** Today, which must not end within the test. */
function today(t: TestContext): string | undefined {
  const now = new Date();
  if (now.getUTCHours() === 23 && now.getUTCMinutes() >= 56)
    return void t.skip('the day (UTC) is about to end');
  return now.toISOString().slice(0, 10);
}

const world = (t: TestContext, toml: DeskOptions['toml'] & {}): Promise<DeskWorld> =>
  DeskWorld.begin(t, { provider: 'yahoo', domain: 'yahoo.com', refuses: () => undefined, toml });

test('a new egress sends what it may, waits without ageing, and a crash gives nothing twice', {
  timeout: 180_000,
}, async (t) => {
  const day = today(t);
  if (day === undefined) return;
  const one = await world(t, egresses([day]));
  const { received } = one.provider;
  for (let index = 0; index < ALLOWANCE + 10; index++)
    await one.send(`u@c${index % 7}.example`, `r${index}@yahoo.com`);
  await one.until(() => received.length === ALLOWANCE, 'the allowance is sent');
  await one.send('u@c1.example', 'other@elsewhere.example');
  await one.until(() => one.others.received.length === 1, 'no other mail is held up');
  await one.until(async () => ((await one.show())['freezes'] as unknown[]).length === 1, 'the stop');
  const shown = await one.show();
  const [stop] = shown['freezes'] as Record<string, unknown>[];
  assert.deepEqual(
    [stop?.['scope'], stop?.['cause'], stop?.['blame'], stop?.['canary'], 'until' in (stop ?? {})],
    ['provider:yahoo>e0', 'warm-up', 'local', undefined, true],
  );
  const [stand] = shown['warmUps'] as Record<string, unknown>[];
  assert.deepEqual([stand?.['day'], stand?.['taken'], stand?.['allowance']], [1, ALLOWANCE, ALLOWANCE]);
  const said = (await one.desk('show', 'yahoo')).out;
  assert.match(said, new RegExp(`day 1 of 28: ${ALLOWANCE} of ${ALLOWANCE} today`));
  await one.desk('retry', 'yahoo');
  await one.server.killAll();
  await one.server.start();
  await one.send('u@c1.example', 'late@yahoo.com');
  await one.send('u@c1.example', 'last@elsewhere.example');
  await one.until(() => one.others.received.length === 2, 'the mail after it');
  await one.until(async () => (await waiting(one)) === 11, 'it all waits');
  assert.equal(received.length, ALLOWANCE);
});

test('what is more leaves by an egress that is warm', { timeout: 180_000 }, async (t) => {
  const day = today(t);
  if (day === undefined) return;
  for (const isNew of [true, false]) {
    let fresh = '';
    // Which of the two serves the provider is decided by a hash of its site.
    const one = await world(t, (site) => {
      const at = isNew ? servedBy(site) : 1 - servedBy(site);
      fresh = `127.0.0.${at + 2}`;
      return egresses([0, 1].map((index) => (index === at ? day : undefined)));
    });
    const { received } = one.provider;
    for (let index = 0; index < ALLOWANCE + 10; index++) await one.send('u@c.example', `r${index}@yahoo.com`);
    await one.until(() => received.length === ALLOWANCE + 10, 'all of it leaves');
    const byFresh = received.filter(({ client }) => client === fresh).length;
    assert.equal(byFresh, isNew ? ALLOWANCE : 0, isNew ? 'what it may' : 'a warm egress hands nothing to it');
  }
});

/** Which of the two egresses it is. */
function servedBy(site: string): number {
  const both = ['e0', 'e1'].map((name) => ({ name, ehlo: name }));
  const served = egressFor(site, [{ host: site, port: 25, address: '127.0.0.1' }], both);
  return both.findIndex(({ name }) => name === served?.egress.name);
}

async function waiting(one: DeskWorld): Promise<number> {
  const { objects } = await one.path('list', '--json');
  return objects
    .filter(({ provider }) => provider === 'yahoo')
    .reduce((sum, path) => sum + Number(path['ready']) + Number(path['waiting']), 0);
}
