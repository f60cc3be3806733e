/** What must be true of a world when everything has been well for long enough: nothing is lost, nobody is left in doubt. */
import type { Entry } from './entry.ts';
import type { World } from './world.ts';

type Report = (what: string) => void;

/** `drained`: whether the queue is empty. */
export function lastLook(world: World, { drained }: { drained: boolean }, report: Report): void {
  promises(world, report);
  stored(world, report);
  if (!drained) stuck(world, report);
  receipts(world, report);
  told(world, report);
}

function stuck({ ledger, senders, disk }: World, report: Report): void {
  if (senders.holding > 0) report(`${senders.holding} messages are still with their clients`);
  const rows = disk.rows(
    `SELECT id, recipient, path, state, lane, due_at, leased_by, last FROM delivery
     WHERE state NOT IN ('delivered', 'failed', 'expired', 'cancelled') ORDER BY id LIMIT 3`,
  );
  const frozen = [...ledger.standing.keys()].join(', ') || 'nothing';
  report(`${ledger.queued} deliveries are stuck (frozen: ${frozen}): ${JSON.stringify(rows)}`);
}

/** What a client was told is kept was accepted for each of its recipients. */
function promises({ ledger, promised }: World, report: Report): void {
  for (const { copy, recipients } of promised)
    for (const address of recipients)
      if (!ledger.byKey.has(`${copy} ${address}`))
        report(`${copy} for ${address} got its 250 and is nowhere`);
}

/** The store has what it committed, and its last word on everything that was accepted is a final one. */
function stored({ ledger, disk }: World, report: Report): void {
  const rows = new Map(
    disk.rows('SELECT id, state, attempts FROM delivery').map((row) => [row['id'] as number, row]),
  );
  for (const entry of ledger.entries.values()) {
    const row = rows.get(entry.id);
    if (row === undefined) report(`${nameOf(entry)} is not in the store`);
    else if (entry.state !== 'queued' && row['state'] !== entry.state)
      report(`${nameOf(entry)} ended as ${entry.state} and is ${row['state']}`);
    else if (entry.state === 'queued' && row['state'] === 'cancelled')
      report(`${nameOf(entry)} was accepted and is lost`);
    else if (row['attempts'] !== entry.attempts)
      report(`${nameOf(entry)} has ${row['attempts']} attempts instead of ${entry.attempts}`);
  }
  const count = (text: string): unknown => disk.rows(text)[0]?.['many'];
  const orphans = count(
    'SELECT count(*) AS many FROM message WHERE id NOT IN (SELECT message FROM delivery)',
  );
  if (orphans !== 0) report(`${orphans} messages have no delivery`);
  const bare = count(
    'SELECT count(*) AS many FROM message WHERE refs > 0 AND id NOT IN (SELECT message FROM content)',
  );
  if (bare !== 0) report(`${bare} messages are kept without their content`);
  const left = count(
    'SELECT count(*) AS many FROM content WHERE message NOT IN (SELECT id FROM message WHERE refs > 0)',
  );
  if (left !== 0) report(`the content of ${left} messages are kept for nobody`);
}

/** Delivered means that the far end has it; more than once only for each attempt that a crash or a lost answer cut off. */
function receipts({ ledger, providers }: World, report: Report): void {
  const taken = new Set<string>();
  for (const { receipts } of providers) {
    for (const [key, receipt] of receipts.byKey) {
      taken.add(key);
      const entry = ledger.byKey.get(key);
      if (entry === undefined) report(`${key} was delivered and was never accepted`);
      else if (receipt.taken > 1 + receipt.untold + entry.cutOff)
        report(
          `${key} was delivered ${receipt.taken} times, ${1 + receipt.untold + entry.cutOff} can be explained`,
        );
    }
  }
  for (const [key, entry] of ledger.byKey)
    if (entry.state === 'delivered' && entry.copy !== '' && !taken.has(key))
      report(`${key} is said to be delivered and is not`);
}

/** Who is due to be told of the end finds the notice in its mailbox. */
function told({ ledger, disk }: World, report: Report): void {
  const mailboxes = new Set(
    disk.rows('SELECT message FROM mailbox_item').map((row) => row['message'] as number),
  );
  for (const entry of ledger.entries.values()) {
    const { notice, state } = entry;
    if (state !== 'failed' && state !== 'expired') continue;
    if (notice === undefined ? isDue(entry) : !mailboxes.has(notice))
      report(`${nameOf(entry)} ${state} and its sender has no notice of it`);
  }
}

/** Whether somebody is to be told when it fails. */
function isDue({ reversePath, notify }: Entry): boolean {
  return reversePath !== '' && (notify?.includes('FAILURE') ?? true);
}

export function nameOf({ copy, address }: Entry): string {
  return `${copy || 'a notice'} for ${address}`;
}
