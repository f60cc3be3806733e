/** Everything is killed while clients change a mailbox: what they were told stays true, and coming back finds the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Chance, chance } from '../chance.ts';
import { Replica } from '../imap/replica.ts';
import { ImapTalk } from '../imap/talk.ts';
import { imapOnly, onboard } from '../onboard.ts';
import { freePort, RelaisServer } from '../server.ts';

const ROUNDS = 3;
const ANA = 'ana@here.example';
const PASSWORD = 'correct horse battery';

test('clients that remember find the same after each crash, and no UID is given twice', async (t) => {
  const port = await freePort();
  const server = new RelaisServer({ workers: 2, toml: imapOnly(port) });
  t.after(() => server.remove());
  await onboard(server.folder, { address: ANA, password: PASSWORD });
  await server.start();
  const open = (): Promise<ImapTalk> => ImapTalk.loggedIn({ port, user: ANA, password: PASSWORD });
  const luck = chance(7);
  const replicas = [true, true, false].map((isQresync) => new Replica(open, { isQresync }));
  let uidNext = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const isOver = { now: false };
    const acting = replicas.map((replica) => actUntil(replica, chance(luck.next(1e9)), isOver));
    await new Promise((resolve) => setTimeout(resolve, 100 + luck.next(400)));
    await server.killAll();
    isOver.now = true;
    await Promise.all(acting);
    for (const replica of replicas) replica.lose();
    await server.start();
    const fresh = new Replica(open, { isQresync: false });
    const is = await fresh.rest();
    fresh.close();
    for (const replica of replicas) assert.deepEqual(await replica.rest(), is, `round ${round}`);
    uidNext = await checkUidNext(open, { least: uidNext, uids: is.map(([uid]) => uid) });
  }
  for (const replica of replicas) replica.close();
});

/** What the crash breaks off is not looked at; what was heard before it was. */
async function actUntil(replica: Replica, luck: Chance, isOver: { now: boolean }): Promise<void> {
  while (!isOver.now) {
    try {
      await replica.act(luck);
    } catch (error) {
      if (!/closed|ECONN|socket|response/.test(String(error))) throw error;
      return;
    }
  }
}

async function checkUidNext(
  open: () => Promise<ImapTalk>,
  { least, uids }: { least: number; uids: readonly number[] },
): Promise<number> {
  const talk = await open();
  const [status = ''] = await talk.ask('STATUS INBOX (UIDNEXT)');
  talk.close();
  const uidNext = Number(/UIDNEXT (\d+)/.exec(status)?.[1]);
  assert.ok(uidNext >= least, `UIDNEXT ${uidNext} after ${least}`);
  assert.ok(uids.every((uid) => uid < uidNext));
  return uidNext;
}
