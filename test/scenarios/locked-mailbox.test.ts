/** Somebody holds the row of a mailbox in the database: its mail is put off, and nobody else notices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { post } from '../post.ts';
import { postgres, somebodyElse } from '../postgres.ts';
import { ALICE, BOB, startWorld } from '../world.ts';

test('mail for a locked mailbox gets a temporary answer of its own, all other mail 250', async (t) => {
  const database = await postgres(t);
  if (database === undefined) return;
  const store = await database.database();
  const world = await startWorld({ store });
  t.after(() => world.stop());
  const operator = await somebodyElse(
    t,
    store,
    `SELECT 1 FROM mailbox WHERE name = 'INBOX'
       AND account = (SELECT id FROM account WHERE address = '${ALICE}') FOR UPDATE`,
  );
  let isOver = false;
  const putOff = Promise.all([[ALICE], [ALICE], [ALICE, BOB]].map((to) => post(world, { to }))).finally(
    () => {
      isOver = true;
    },
  );
  let kept = 0;
  do {
    assert.match(await post(world, { to: [BOB] }), /^250 /);
    kept++;
  } while (!isOver);
  for (const reply of await putOff) assert.match(reply, /^451 4\.3\.0 /);
  assert.equal(await world.inbox(BOB), kept);
  await operator.commit();
  assert.match(await post(world, { to: [ALICE, BOB] }), /^250 /);
  assert.deepEqual([await world.inbox(ALICE), await world.inbox(BOB)], [1, kept + 1]);
});
