/** What far ends answer, how somebody came in, and where what is doubted leaves: over real connections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Letter, submit } from '../account.ts';
import { runWith } from '../command-line.ts';
import { ALICE, BOB, startWorld, type World } from '../world.ts';

const HOME = '127.1.1.7';

function letter(to: string, index: number): Letter {
  return { to: [to], subject: `Letter ${index}`, text: `What we spoke of, part ${index}.` };
}

/** The kinds of the lines of an account, the newest first. */
async function linesOf({ store }: World, account: string): Promise<string[]> {
  return (await store.guardLog({ account, limit: 100 })).map(({ kind }) => kind);
}

async function eventually(what: string, is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(what);
}

test('recipients that do not exist are remembered of who wrote to them, of one far end two a day', async (t) => {
  const world = await startWorld({ login: { plainOnLoopback: true } });
  t.after(() => world.stop());
  for (let index = 0; index < 6; index++)
    assert.match(
      await submit(world, ALICE, { from: HOME, letter: letter(`nobody@far${index}.example`, index) }),
      /^250/,
    );
  await eventually('all are answered', async () => (await world.store.countQueue({})).deliveries === 0);
  await eventually('two answers are noted', async () => {
    await world.nudge();
    return (await linesOf(world, ALICE)).filter((kind) => kind === 'unknown-recipient').length === 2;
  });
  const shown = await runWith(['guard', 'show', ALICE, '--data', world.data]);
  assert.match(shown.out, /a recipient does not exist/);
});

test('whoever comes in after wrong passwords, from a network of their own, is remembered for it', async (t) => {
  const world = await startWorld({ login: { plainOnLoopback: true, maxFailuresPerAccount: 20 } });
  t.after(() => world.stop());
  await submit(world, BOB, { from: HOME, letter: letter('friend@far.example', 0) });
  for (let index = 0; index < 6; index++) {
    const dialogue = await world.dialogue(world.submission, { from: `127.9.${index}.1` });
    await dialogue.reply();
    await dialogue.send('EHLO x\r\n');
    await dialogue.reply();
    const guess = Buffer.from(`\0${BOB}\0guess${index}`).toString('base64');
    await dialogue.send(`AUTH PLAIN ${guess}\r\n`);
    assert.deepEqual(await dialogue.codes(1), ['535/5.7.8']);
    dialogue.close();
  }
  // Its owner, from home, is not to blame.
  await submit(world, BOB, { from: HOME, letter: letter('friend@far.example', 1) });
  await world.nudge();
  assert.ok(!(await linesOf(world, BOB)).includes('login'));
  await submit(world, BOB, { from: '127.9.99.1', letter: letter('stranger@far.example', 2) });
  await world.nudge();
  assert.ok((await linesOf(world, BOB)).includes('login'));
  const shown = await runWith(['guard', 'show', BOB, '--data', world.data]);
  assert.match(
    shown.out,
    /somebody came in from a network that it never used, after 6 wrong passwords \(\+1\.9\)/,
  );
});

test('what is doubted and not held leaves by the pool, and nothing else does', async (t) => {
  const world = await startWorld({
    login: { plainOnLoopback: true },
    toml: `[[egress]]\nname = "main"\naddress = "127.0.0.1"\n[[egress]]\nname = "pool"\naddress = "127.0.0.2"\n[guard]\npool = "pool"\n`,
  });
  t.after(() => world.stop());
  for (let index = 0; index < 8; index++)
    await submit(world, ALICE, { from: HOME, letter: letter(`stranger${index}@far.example`, index) });
  await eventually('all have left', async () => (await world.store.countQueue({})).deliveries === 0);
  const lines = await world.store.guardLog({ account: ALICE, limit: 100 });
  const kinds = lines.map(({ kind }) => kind).reverse();
  const traced = (await world.store.trace({ sender: ALICE, limit: 100 })).reverse();
  const egresses = traced.flatMap(({ deliveries }) => deliveries.map(({ path }) => path.split('>')[1]));
  assert.ok(kinds.includes('pool') && kinds.includes('pass'), kinds.join(' '));
  assert.deepEqual(
    egresses,
    kinds.map((kind) => (kind === 'pool' ? 'pool' : 'main')),
  );
});
