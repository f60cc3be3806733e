/**
 * What searches learnt of an account's messages, in rows of many (`core/mailbox/sketch-block.ts`). A message is there for all its
 * copies, in a row of the mailbox where a search met it: so a search of one mailbox finds most of its messages in few rows.
 * It does not follow messages about: what is left of those that are gone is let go, the eldest rows first, when there are twice as
 * many sketches as messages could have.
 */
import type { AccountId, MailboxId } from '../../core/envelope.ts';
import type { MailboxStore } from '../../core/mailbox/port.ts';
import { LAYERS } from '../../core/mailbox/sketch.ts';
import {
  BLOCK_BYTES,
  MAX_SKETCHES,
  packSketches,
  type Sketch,
  sketchesIn,
  unpackSketches,
} from '../../core/mailbox/sketch-block.ts';
import { first, type Row, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';

type Request<Name extends keyof MailboxStore> = Parameters<MailboxStore[Name]>[0];
type Result<Name extends keyof MailboxStore> = Awaited<ReturnType<MailboxStore[Name]>>;

/** Sketches for each message there is, at most: twice one of each layer. */
const MOST_EACH = 2 * LAYERS.length;
/** Rows that are let go in one transaction. */
const DROPPED_AT_ONCE = 16;

export function keepSketches(sql: Sql, request: Request<'keepSketches'>): Promise<void> {
  return inTurn(sql, [request.account], () => keep(sql, request));
}

async function keep(sql: Sql, request: Request<'keepSketches'>): Promise<void> {
  const { account, mailbox, sketches } = request;
  const layer = LAYERS.indexOf(request.layer);
  // Its row is ours until this is committed: no two write one row of sketches.
  const known = await sql.run(
    `INSERT INTO sketch_count (account, sketches) SELECT id, 0 FROM account WHERE id = ?
       ON CONFLICT (account) DO UPDATE SET sketches = sketch_count.sketches`,
    [account],
  );
  if (known === 0) return;
  const last = await first(
    sql,
    `SELECT block, sketches, length(bytes) AS size FROM sketch_block WHERE account = ? AND layer = ? AND mailbox = ?
       ORDER BY block DESC LIMIT 1`,
    [account, layer, mailbox],
  );
  const size = sketches.reduce((sum, { bits }) => sum + bits.length, 0);
  const hasRoom =
    last !== undefined &&
    (last.size as number) + size <= BLOCK_BYTES &&
    (last.sketches as number) + sketches.length <= MAX_SKETCHES;
  const [number, before] = [(last?.block as number | undefined) ?? 0, (last?.sketches as number) ?? 0];
  const key = [account, layer, mailbox, hasRoom ? number : number + 1] as const;
  const added = hasRoom ? await joined(sql, key, sketches) : sketches;
  const { messages, bytes } = packSketches(added);
  const count = new Set(added.map(({ message }) => message)).size;
  await sql.run(
    `INSERT INTO sketch_block (account, layer, mailbox, block, sketches, messages, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, layer, mailbox, block) DO UPDATE SET sketches = excluded.sketches, messages = excluded.messages,
         bytes = excluded.bytes`,
    [...key, count, messages, bytes],
  );
  await sql.run('UPDATE sketch_count SET sketches = sketches + ? WHERE account = ?', [
    count - (hasRoom ? before : 0),
    account,
  ]);
  await tidySketches(sql, account);
}

/** What the row has, unless another version has written it, and these. */
async function joined(
  sql: Sql,
  key: readonly [AccountId, number, MailboxId, number],
  sketches: readonly Sketch[],
): Promise<readonly Sketch[]> {
  const row = await first(
    sql,
    'SELECT messages, bytes FROM sketch_block WHERE account = ? AND layer = ? AND mailbox = ? AND block = ?',
    [...key],
  );
  const block =
    row && unpackSketches({ messages: row.messages as Uint8Array, bytes: row.bytes as Uint8Array });
  return block === undefined ? sketches : [...sketchesIn(block), ...sketches];
}

/** Lets rows go where there are too many, some at a time: what is forgotten of a mailbox is so in steps as well. */
export async function tidySketches(sql: Sql, account: AccountId): Promise<void> {
  const row = await first(
    sql,
    `SELECT sketches, (SELECT CAST(COALESCE(sum(messages), 0) AS BIGINT) FROM mailbox WHERE account = ?) AS messages
       FROM sketch_count WHERE account = ?`,
    [account, account],
  );
  if (row === undefined) return;
  const most = (row.messages as number) * MOST_EACH;
  const many = (row.sketches as number) - most;
  if (many <= 0) return;
  const eldest = await sql.all(
    `SELECT layer, mailbox, block, sketches FROM sketch_block WHERE account = ? ORDER BY block, mailbox, layer
       LIMIT ${DROPPED_AT_ONCE}`,
    [account],
  );
  let dropped = 0;
  for (const { layer, mailbox, block, sketches } of eldest) {
    if (dropped >= many) break;
    const gone = await sql.run(
      'DELETE FROM sketch_block WHERE account = ? AND layer = ? AND mailbox = ? AND block = ?',
      [account, layer as number, mailbox as number, block as number],
    );
    dropped += gone * (sketches as number);
  }
  await sql.run('UPDATE sketch_count SET sketches = sketches - ? WHERE account = ?', [dropped, account]);
}

/** Of an account that is removed. */
export async function forgetSketches(sql: Sql, account: AccountId): Promise<void> {
  for (const table of ['sketch_block', 'sketch_count'])
    await sql.run(`DELETE FROM ${table} WHERE account = ?`, [account]);
}

export async function sketchHeads(
  sql: Sql,
  { account, layers, most }: Request<'sketchHeads'>,
): Promise<Result<'sketchHeads'>> {
  const counted = await first(sql, 'SELECT sketches FROM sketch_count WHERE account = ?', [account]);
  if (((counted?.sketches as number | undefined) ?? 0) > most) return undefined;
  const rows: Row[] = [];
  for (const layer of layers)
    rows.push(
      ...(await sql.all(
        `SELECT layer, mailbox, block, messages FROM sketch_block WHERE account = ? AND layer = ?
           ORDER BY mailbox, block`,
        [account, LAYERS.indexOf(layer)],
      )),
    );
  return rows.map(({ layer, mailbox, block, messages }) => ({
    layer: LAYERS[layer as number] as (typeof LAYERS)[number],
    mailbox: mailbox as MailboxId,
    block: block as number,
    messages: messages as Uint8Array,
  }));
}

export async function sketches(sql: Sql, { account, of }: Request<'sketches'>): Promise<Result<'sketches'>> {
  return Promise.all(
    of.map(async ({ layer, mailbox, block }) => {
      const row = await first(
        sql,
        'SELECT messages, bytes FROM sketch_block WHERE account = ? AND layer = ? AND mailbox = ? AND block = ?',
        [account, LAYERS.indexOf(layer), mailbox, block],
      );
      return row && { layer, messages: row.messages as Uint8Array, bytes: row.bytes as Uint8Array };
    }),
  );
}
