import {
  type Acceptance,
  contentSize,
  type LocalCopy,
  type NewDelivery,
  type Settlement,
} from '../../core/queue/port.ts';
import { keepContent } from './content.ts';
import { keepEvent } from './event.ts';
import { keepJudged, tellOfHold } from './holds.ts';
import { appendCopy } from './mailbox.ts';
import { keepWarnings } from './mailbox-quota.ts';
import type { AccountId, PathKey, Recipient } from '../../core/envelope.ts';
import { type Call, first, type Sql } from './sql.ts';
import { keepReplies } from './vacation.ts';

/** Where copies for mailboxes here go. */
const LOCAL = 'local' as PathKey;

/** Keeps a message with all its deliveries and local copies: the transaction behind 250. */
export async function accept(sql: Sql, input: Acceptance): Promise<void> {
  const group = input.judged?.hold === undefined ? undefined : await keepJudged(sql, input);
  await Promise.all([
    ...(input.judged === undefined || group !== undefined ? [] : [keepJudged(sql, input)]),
    keepContent(sql, input.message, input.content),
    insertMessage(sql, input),
    ...(group === undefined
      ? [
          ...input.deliveries.map((delivery) => insertDelivery(sql, input, delivery)),
          ...input.copies.map((copy) => insertCopy(sql, input, copy)),
        ]
      : [
          ...input.deliveries.map((delivery) => insertHeld(sql, input, { ...delivery, group })),
          ...input.copies.map((copy) => insertHeld(sql, input, { ...copy, path: LOCAL, group })),
        ]),
    ...(input.notices ?? []).map((notice) => acceptNotice(sql, notice)),
  ]);
  if (input.quota !== undefined)
    for (const notice of await keepWarnings(sql, input.quota, input.acceptedAt))
      await acceptNotice(sql, notice);
  if (input.replies !== undefined)
    for (const notice of await keepReplies(sql, input.replies, input.acceptedAt))
      await acceptNotice(sql, notice);
  if (group !== undefined)
    for (const notice of await tellOfHold(sql, input, group)) await acceptNotice(sql, notice);
}

/** A notice of ours: whose account is gone meanwhile reads none, and what it tells of stands all the same. */
export async function acceptNotice(sql: Sql, notice: Acceptance): Promise<void> {
  const readers = await Promise.all(notice.copies.map(({ account }) => hasInbox(sql, account)));
  const copies = notice.copies.filter((_, index) => readers[index]);
  if (copies.length + notice.deliveries.length > 0) await accept(sql, { ...notice, copies });
}

/** An account that is gone has none. */
export async function hasInbox(sql: Sql, account: AccountId): Promise<boolean> {
  const inbox = `SELECT 1 AS yes FROM mailbox WHERE account = ? AND name = 'INBOX' AND deleted_at IS NULL`;
  return (await first(sql, inbox, [account])) !== undefined;
}

/**
 * Whose INBOXes these operations deliver to: mail that is accepted, with the notices and answers that it may cause, and notices of
 * mail that is settled; by rising number, the order in which an engine of several writers takes them, so that two transactions never
 * wait for each other. Not those of who is told of a hold: they come after the row of the account, as everywhere.
 */
export function inboxesOf(calls: readonly Call[]): AccountId[] {
  const accounts = new Set<AccountId>();
  for (const { name, input } of calls) {
    if (name === 'accept') addInboxes(accounts, input as Acceptance);
    else if (name === 'settle') addInboxes(accounts, (input as Settlement).notice);
  }
  return [...accounts].sort((a, b) => a - b);
}

function addInboxes(accounts: Set<AccountId>, mail: Acceptance | undefined): void {
  if (mail === undefined) return;
  if (mail.judged?.hold === undefined) for (const { account } of mail.copies) accounts.add(account);
  for (const notice of mail.notices ?? []) addInboxes(accounts, notice);
  for (const { notice } of mail.quota?.warnings ?? []) addInboxes(accounts, notice);
  for (const { notice } of mail.replies ?? []) addInboxes(accounts, notice);
}

function insertMessage(sql: Sql, input: Acceptance): Promise<number> {
  return sql.run(
    `INSERT INTO message (id, accepted_at, expires_at, account, language, reverse_path, message_id, envelope, origin,
       prefix, size, refs, structure, preview) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      input.message,
      input.acceptedAt,
      input.expiresAt,
      input.account ?? null,
      input.language,
      input.envelope.reversePath,
      input.messageIdField ?? null,
      JSON.stringify(input.envelope),
      JSON.stringify(input.origin),
      input.prefix,
      contentSize(input.content) + input.prefix.length,
      input.deliveries.length + input.copies.length,
      input.parsed?.structure ?? null,
      input.parsed?.preview ?? null,
    ],
  );
}

const INSERT_DELIVERY = `INSERT INTO delivery (id, message, recipient, notify, orcpt, forward, path, customer, state, due_at, lane, attempts,
  leased_by, hold_reason, delay_told, tell_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, 0, ?, ?)`;

function insertDelivery(sql: Sql, input: Acceptance, delivery: NewDelivery): Promise<number> {
  const state = delivery.leasedBy === undefined ? 'ready' : 'leased';
  return sql.run(INSERT_DELIVERY, [
    delivery.id,
    input.message,
    delivery.address,
    delivery.notify?.join(',') ?? null,
    delivery.orcpt ?? null,
    forwardOf(delivery),
    delivery.path,
    delivery.customer ?? input.customer,
    state,
    input.acceptedAt,
    delivery.leasedBy ?? null,
    null,
    input.tellAt,
    null,
  ]);
}

/** Held by the guard; a copy for a mailbox here waits as well, and knows whose it is. */
async function insertHeld(
  sql: Sql,
  input: Acceptance,
  held: (NewDelivery | (LocalCopy & { path: PathKey })) & { group: number },
): Promise<void> {
  const reason = input.judged?.hold?.reason ?? '';
  await Promise.all([
    sql.run(
      `INSERT INTO delivery (id, message, recipient, notify, orcpt, forward, path, customer, state, due_at, lane, attempts,
         hold_reason, hold_group, account, delay_told, tell_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'held', ?, 0, 0, ?, ?, ?, 0, ?)`,
      [
        held.id,
        input.message,
        held.address,
        held.notify?.join(',') ?? null,
        held.orcpt ?? null,
        forwardOf(held),
        held.path,
        ('customer' in held ? held.customer : undefined) ?? input.customer,
        input.acceptedAt,
        reason,
        held.group,
        'account' in held ? held.account : null,
        input.tellAt,
      ],
    ),
    keepEvent(sql, {
      message: input.message,
      delivery: held.id,
      at: input.acceptedAt,
      kind: 'held',
      detail: { reason, group: held.group },
    }),
  ]);
}

/** A local recipient is delivered in the very transaction that accepts it. */
async function insertCopy(sql: Sql, input: Acceptance, copy: LocalCopy): Promise<void> {
  await Promise.all([
    sql.run(INSERT_DELIVERY, [
      copy.id,
      input.message,
      copy.address,
      copy.notify?.join(',') ?? null,
      copy.orcpt ?? null,
      null,
      LOCAL,
      input.customer,
      'delivered',
      input.acceptedAt,
      null,
      null,
      input.tellAt,
      input.acceptedAt,
    ]),
    appendCopy(sql, {
      account: copy.account,
      message: input.message,
      recipient: copy.address,
      sizeBytes: contentSize(input.content) + input.prefix.length,
      at: input.acceptedAt,
      delivery: copy.id,
      parsed: input.parsed,
    }),
  ]);
}

function forwardOf({ forward }: Recipient): string | null {
  return forward === undefined ? null : JSON.stringify(forward);
}
