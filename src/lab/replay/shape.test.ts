/** The shape of the day is that of the data, where the data is there. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { builtIn } from './catalogue.ts';

const FILE = '../shared/data/traffic/email-eu.jsonl.gz';
/** The first working day after two quiet ones: the dates of the data are shifted, the hours are not. */
const MONDAY = 6;

test('gandi-2018 has the Monday of data/traffic/email-eu', {
  skip: !existsSync(FILE) && `${FILE} is not there`,
}, () => {
  const rows = gunzipSync(readFileSync(FILE)).toString().trim().split('\n');
  const hours = new Array<number>(24).fill(0);
  for (const row of rows) {
    const at = new Date((JSON.parse(row) as { t: number }).t);
    const hour = at.getUTCHours();
    if (at.getUTCDay() === MONDAY) hours[hour] = (hours[hour] as number) + 1;
  }
  const sum = hours.reduce((a, b) => a + b, 0);
  const written = builtIn('gandi-2018').mail.hours;
  for (const [hour, count] of hours.entries())
    assert.ok(Math.abs((100 * count) / sum - (written[hour] ?? 0)) < 0.2, `${hour}: ${(100 * count) / sum}`);
});
