import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtIn, scenarioNames } from './catalogue.ts';
import { levelAt, parseScenario, type Scenario } from './scenario.ts';
import { capacitySteps, demandAt, leftForDeliveries } from './shared-line.ts';

const HOUR_MS = 3_600_000;
const HEAD = `title = "A day"\nsummary = "Something happens."\nstarts = "2018-03-12 06:00"\nlength = "12h"\n`;

function scenario(rest: string): Scenario {
  const result = parseScenario('test', HEAD + rest);
  if ('errors' in result) assert.fail(result.errors.map(({ message }) => message).join('\n'));
  return result.scenario;
}

function mistakes(text: string): string[] {
  const result = parseScenario('test', text);
  return 'errors' in result ? result.errors.map(({ message }) => message) : [];
}

test('times are local, and count from the beginning', () => {
  const read = scenario(
    '[[event]]\nat = "2018-03-12 08:30"\nwhat = "provider-down"\nprovider = "orange"\nfor = "90m"\n',
  );
  assert.equal(read.startsAt, Date.parse('2018-03-12T05:00:00Z'));
  assert.deepEqual(
    read.events.map(({ atMs, forMs }) => [atMs, forMs]),
    [[2.5 * HOUR_MS, 1.5 * HOUR_MS]],
  );
  // Everything works again when the last event is over.
  assert.equal(read.backMs, 4 * HOUR_MS);
});

test('every mistake names the option and says what to write instead', () => {
  assert.deepEqual(mistakes('title = "A day"\n').slice(0, 2), [
    'summary is missing: write it.',
    'starts is missing: write it.',
  ]);
  assert.deepEqual(mistakes(`${HEAD}[mail]\nmailbox = 5\n`), [
    'mail.mailbox is not an option: did you mean mail.mailboxes?',
  ]);
  assert.deepEqual(mistakes(`${HEAD}[line]\ncapacity = "fast"\n`), [
    'line.capacity = "fast" cannot be: write a rate such as "80Mbit/s".',
  ]);
  const zeros = Array.from({ length: 24 }, () => 0).join(', ');
  assert.equal(mistakes(`${HEAD}[mail]\nhours = [${zeros}]\n`).length, 1, 'a day without a message');
  assert.deepEqual(mistakes(`${HEAD}[mail]\nhours = [1, 2]\n`), [
    'mail.hours = [1,2] cannot be: write 24 numbers from 0, one for each hour of the local day, not all of them 0.',
  ]);
  assert.deepEqual(
    mistakes(`${HEAD}[[event]]\nat = "2018-03-12 07:00"\nwhat = "provider-down"\nfor = "1h"\n`),
    ['event[0].provider is missing: write whose provider-down it is.'],
  );
  assert.deepEqual(
    mistakes(
      `${HEAD}[[event]]\nat = "2018-03-12 07:00"\nwhat = "provider-blocks"\nprovider = "gogle"\nfor = "1h"\n`,
    ),
    ['event[0].provider = "gogle" cannot be: write "google".'],
  );
  assert.deepEqual(mistakes(`${HEAD}[[event]]\nat = "2018-03-12 07:00"\nwhat = "line-down"\n`), [
    'event[0].for is missing: write how long it lasts, such as for = "2h".',
  ]);
  assert.deepEqual(mistakes(`${HEAD}[[event]]\nat = "2018-03-12 19:00"\nwhat = "line-down"\nfor = "1h"\n`), [
    'event[0].at = "2018-03-12 19:00" cannot be: write a time between starts and its end, which is starts and length.',
  ]);
  assert.deepEqual(mistakes(`${HEAD}back = "14:00"\n`), [
    'back = "14:00" cannot be: write a local date and time such as "2018-03-12 14:00".',
  ]);
  assert.deepEqual(mistakes(`${HEAD}back = "2018-02-30 14:00"\n`), [
    'back = "2018-02-30 14:00" cannot be: write a local date and time such as "2018-03-12 14:00".',
  ]);
  assert.match(mistakes('title = \n')[0] ?? '', /^line 1, column \d+ is not TOML/);
});

test('the scenarios that come with it are right, in both languages, the day itself first', () => {
  const names = scenarioNames();
  assert.equal(names[0], 'gandi-2018');
  for (const name of names) {
    const { title, summary } = builtIn(name);
    assert.notEqual(title.en, title.fr, name);
    assert.notEqual(summary.en, summary.fr, name);
  }
});

test('a level is that of the middle of its hour, and goes evenly to the next', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => (hour === 12 ? 10 : 0));
  const at = (clock: number): number =>
    levelAt({ peakOctets: 100, hours }, (clock - 6) * HOUR_MS, scenario(''));
  assert.deepEqual([at(12.5), at(12), at(13), at(14)], [100, 50, 50, 0]);
});

test('what deliveries have is what the neighbour and the readers leave of the budget, at most their own', () => {
  const read = scenario(`
[line]
capacity = "100Mbit/s"
[budget]
mail = "60Mbit/s"
out = "30Mbit/s"
[neighbour]
peak = "50Mbit/s"
[[event]]
at = "2018-03-12 08:00"
what = "returning"
rate = "40Mbit/s"
for = "2h"
[[event]]
at = "2018-03-12 12:00"
what = "capacity"
rate = "200Mbit/s"
`);
  const megabits = (hours: number): number => (leftForDeliveries(demandAt(read, hours * HOUR_MS)) * 8) / 1e6;
  assert.deepEqual([megabits(0), megabits(3), megabits(5), megabits(7)], [30, 10, 30, 30]);
  assert.deepEqual(
    capacitySteps(read).map(({ fromMs, octetsPerSecond }) => [fromMs / HOUR_MS, (octetsPerSecond * 8) / 1e6]),
    [
      [0, 30],
      [2, 10],
      [4, 30],
    ],
  );
});
