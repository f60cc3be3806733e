/** What a backup has to go through before it is a site again. */
import type { LostAccount, Remade, RestoredStore, Settled, SettleRequest } from '../../core/restore/port.ts';
import { addAddress, removeAddress } from './addresses.ts';
import { addAccount, lockAccount } from './directory.ts';
import { freeze } from './freezes.ts';
import { setQuota } from './mailbox-quota.ts';
import { changeQueue, countQueue } from './queue-admin.ts';
import type { Sql } from './sql.ts';
import { setVacation } from './vacation.ts';
import { beats, retireWorkers } from './workers.ts';

/** Deliveries cancelled at once. */
const AT_ONCE = 500;
/** More numbers than a site gives out between a backup and its loss. */
const SKIPPED_IDS = 1_000_000_000;

export async function settleRestored(
  sql: Sql,
  request: Parameters<RestoredStore['settleRestored']>[0],
): Promise<Settled> {
  const { at, reason, by, queue } = request;
  // Whatever they say of themselves: they were another server's.
  await retireWorkers(sql, { silent: await beats(sql), now: at });
  const states = ['ready', 'waiting'] as const;
  const counts = await Promise.all(states.map((state) => countQueue(sql, { state })));
  const queued = counts.reduce((sum, { deliveries }) => sum + deliveries, 0);
  const held = (await countQueue(sql, { state: 'held' })).deliveries;
  if (queue === 'drop') for (const state of states) await cancelAll(sql, { at, reason, state });
  if (queue === 'frozen' && queued > 0)
    await freeze(sql, { scope: 'all', cause: 'operator', blame: 'local', since: at, reason, by });
  if (request.wentOn) await renumber(sql, request);
  return { queued, held };
}

async function cancelAll(
  sql: Sql,
  { at, reason, state }: { at: number; reason: string; state: 'ready' | 'waiting' },
): Promise<void> {
  const action = { kind: 'cancel', filter: { state }, reason, at, limit: AT_ONCE } as const;
  let { last } = await changeQueue(sql, action);
  while (last !== undefined) ({ last } = await changeQueue(sql, { ...action, after: last }));
}

/** What clients and people were given since the backup must not come to mean something else. */
async function renumber(sql: Sql, { at }: SettleRequest): Promise<void> {
  await sql.run(`UPDATE counter SET next = next + ? WHERE name = 'id'`, [SKIPPED_IDS]);
  // As it rises for new mailboxes: the seconds of now are more than the old site gave out.
  const seconds = Math.floor(at / 1000);
  await sql.run(
    'UPDATE account SET uid_validity = CASE WHEN uid_validity < CAST(? AS BIGINT) THEN CAST(? AS BIGINT) ELSE uid_validity END',
    [seconds, seconds],
  );
  await sql.run(
    `UPDATE mailbox SET uid_validity = (SELECT a.uid_validity FROM account a WHERE a.id = mailbox.account) + 1
       + (SELECT count(*) FROM mailbox o WHERE o.account = mailbox.account AND o.id < mailbox.id)`,
    [],
  );
  await sql.run(
    `UPDATE account SET uid_validity = COALESCE((SELECT max(b.uid_validity) FROM mailbox b WHERE b.account = account.id), uid_validity)`,
    [],
  );
}

export async function remakeAccount(sql: Sql, account: LostAccount): Promise<Remade> {
  const { address, lockedReason, limits, at, vacation } = account;
  const change = await addAccount(sql, account);
  if (change !== 'done') return { change, addresses: [] };
  if (lockedReason !== undefined) await lockAccount(sql, { address, reason: lockedReason, at });
  await setQuota(sql, { name: address, limits });
  if (vacation !== undefined) await setVacation(sql, { address, vacation });
  return { change, addresses: await remakeAddresses(sql, account) };
}

async function remakeAddresses(sql: Sql, account: LostAccount): Promise<string[]> {
  const { address, separator, keeps } = account;
  const made: string[] = [];
  for (const { keep, ...entry } of account.addresses) {
    const added = await addAddress(sql, { ...entry, separator, ...(keep ? { keep } : {}) });
    if (added === 'done') made.push(entry.address);
  }
  let isSentOn = false;
  for (const target of account.forwards)
    if ((await addAddress(sql, { address, target, separator, keep: true })) === 'done') isSentOn = true;
  if (isSentOn && !keeps) await removeAddress(sql, { address, target: address });
  return [...new Set(made)];
}
