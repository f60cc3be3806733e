import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, CommandLine } from '../../../test/command-line.ts';
import type { PathKey } from '../../core/envelope.ts';
import { formatDay, utcDay } from '../../base/calendar.ts';
import { openSqlite } from '../../store/sqlite/open.ts';

const YAHOO = 'mx-eu.mail.am0.yahoodns.net>a' as PathKey;
const SMALL = 'mx.small.example>a' as PathKey;
const WARM = 'mx.small.example>b' as PathKey;

test('where a warm-up stands is told of a path and of a provider, in words and in objects', async (t) => {
  const today = utcDay(Date.now());
  const line = await CommandLine.open(
    t,
    `[[egress]]\nname = "a"\naddress = "127.0.0.2"\nsince = "${formatDay(today - 3)}"\n[[egress]]\nname = "b"\naddress = "127.0.0.3"\n`,
  );
  for (const path of [YAHOO, SMALL, WARM]) await accepted(line, { recipients: ['x@far.example'], path });
  const store = await openSqlite(line.data);
  const stream = { egress: 'a', provider: 'yahoo' };
  await store.noteWarmUpRefusal({ ...stream, day: today - 1 });
  await store.takeWarmUp({ ...stream, day: today, since: today - 3, count: 120 });
  await store.close();

  const shown = await line.run('path', 'show', YAHOO);
  assert.match(shown.out, /^Warm-up {3}day 3 of 28: 120 of 200 today; 1 day with refusals did not count$/m);
  const others = await line.run('path', 'show', SMALL);
  assert.match(
    others.out,
    /^Warm-up {3}day 4 of 28: 0 of 1200 today, to all hosts of no known provider together$/m,
  );
  assert.doesNotMatch((await line.run('path', 'show', WARM)).out, /Warm-up/);
  assert.match(
    (await line.run('provider', 'show', 'yahoo')).out,
    /^Warm-up {3}a is new: day 3 of 28: 120 of 200 today/m,
  );
  const standing = { ...stream, day: 3, days: 28, taken: 120, allowance: 200, refusedDays: 1 };
  assert.deepEqual((await line.run('path', 'show', YAHOO, '--json')).objects[0]?.['warmUp'], standing);
  assert.deepEqual((await line.run('provider', 'show', 'yahoo', '--json')).objects[0]?.['warmUps'], [
    standing,
  ]);
});

test('a warm-up that is spent is told as a limit of ours, with nothing to thaw', async (t) => {
  const line = await CommandLine.open(
    t,
    '[[egress]]\nname = "a"\naddress = "127.0.0.2"\nsince = "2026-01-01"\n',
  );
  await accepted(line, { recipients: ['x@far.example'], path: SMALL });
  const store = await openSqlite(line.data);
  const now = Date.now();
  await store.freeze({
    scope: 'provider:others>a',
    cause: 'warm-up',
    blame: 'local',
    since: now,
    reason: 'a is new, and has sent what it may send there today',
    until: now + 60_000,
  });
  await store.close();
  const { out } = await line.run('path', 'list');
  assert.match(
    out,
    /^Mail from a to hosts of no known provider \(provider:others>a\) is frozen since .* until .*: a is new/m,
  );
  assert.match(out, /It is our own limit: nothing is lost, and its time does not run\. 1 delivery held back/);
  assert.doesNotMatch(out, /path thaw/);
  assert.match((await line.run('doctor')).out, /^-- {2}path .*provider:others>a/m);
  assert.equal((await line.run('path', 'thaw', 'provider:others>a')).code, 0);
  const show = await line.run('path', 'show', SMALL);
  assert.match(show.out, /^Before .*provider:others>a frozen .* automatically: a is new.* thawed by /m);
});
