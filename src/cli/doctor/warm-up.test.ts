import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';
import { keepFirstSeen } from '../../core/reputation/first-seen.ts';
import { formatDay, utcDay } from '../../base/calendar.ts';
import { WARM_UP_DAYS } from '../../core/reputation/warm-up.ts';
import { parseConfig } from '../../core/config/parse.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { Finding, Patient } from './finding.ts';
import { warmUpFindings } from './warm-up.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 24, 12);
const ADDRESS = '192.0.2.9';

test('an address that is new here, by its first day and by what is written', async (t) => {
  const { data } = await CommandLine.open(t, '');
  const store = await openSqlite(data);
  t.after(() => store.close());
  const look = async (now: number, since?: string): Promise<Finding[]> => {
    const result = parseConfig(
      `[[egress]]\nname = "a"\naddress = "${ADDRESS}"\n${since === undefined ? '' : `since = "${since}"\n`}`,
    );
    assert.ok('config' in result);
    return warmUpFindings(store, { config: result.config as Patient['config'], now });
  };
  const [never] = await look(NOW);
  assert.equal(never?.state, 'note');
  assert.match(never?.remedy ?? '', /write since = "2026-11-24"/);

  await keepFirstSeen(store, { addresses: [ADDRESS], now: NOW });
  await keepFirstSeen(store, { addresses: [ADDRESS], now: NOW + 3 * DAY_MS });
  const [lately] = await look(NOW + 5 * DAY_MS);
  assert.match(lately?.fact ?? '', /since 2026-11-24/);
  assert.match(lately?.remedy ?? '', /write since = "2026-11-24"/, 'the day it was first seen');
  assert.deepEqual(await look(NOW + WARM_UP_DAYS * DAY_MS), []);

  const written = async (days: number): Promise<Finding | undefined> =>
    (await look(NOW, formatDay(utcDay(NOW) - days)))[0];
  assert.match((await written(2))?.fact ?? '', /day 3 of 28$/);
  await store.noteWarmUpRefusal({ egress: 'a', provider: 'yahoo', day: utcDay(NOW) - 1 });
  assert.match((await written(2))?.fact ?? '', /day 2 of 28, where it was refused most/);
  assert.match((await written(-2))?.fact ?? '', /begins on 2026-11-26/);
  assert.match((await written(WARM_UP_DAYS + 1))?.remedy ?? '', /remove "since"/);
});
