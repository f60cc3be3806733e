import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';

test('a number of a group that there is not is called one, however long it is', async (t) => {
  const line = await CommandLine.open(t);
  for (const group of ['H4711', '4711', `H${'9'.repeat(16)}`, `h${'1'.repeat(400)}`]) {
    const shown = await line.run('guard', 'show', group);
    assert.equal(shown.code, 3, group);
    assert.match(shown.err, new RegExp(`no mail was ever held as H${group.replace(/^[Hh]/, '')}, or`));
  }
  const slip = await line.run('guard', 'show', 'H47x');
  assert.deepEqual([slip.code, /write a group, such as H4711/.test(slip.err)], [2, true]);
});
