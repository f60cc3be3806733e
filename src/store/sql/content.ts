import type { MessageId } from '../../core/envelope.ts';
import type { Content } from '../../core/queue/port.ts';
import { first, type Sql } from './sql.ts';

/** Drops one reference of a message; with the last one its content goes. */
export async function releaseMessage(sql: Sql, message: number): Promise<void> {
  // The last two may be dropped at the same time, each seeing the other's: whoever comes second asks again.
  const gone =
    (await dropLast(sql, message)) || (!(await dropOne(sql, message)) && (await dropLast(sql, message)));
  if (gone) await dropContent(sql, message);
}

async function dropLast(sql: Sql, message: number): Promise<boolean> {
  return (await sql.run('UPDATE message SET refs = 0 WHERE id = ? AND refs = 1', [message])) > 0;
}

async function dropOne(sql: Sql, message: number): Promise<boolean> {
  return (await sql.run('UPDATE message SET refs = refs - 1 WHERE id = ? AND refs > 1', [message])) > 0;
}

/** Most are in one piece. */
async function dropContent(sql: Sql, message: number): Promise<void> {
  if ((await sql.run('DELETE FROM content WHERE message = ? AND stage IS NULL', [message])) > 0) return;
  const gone = await first(sql, 'DELETE FROM content WHERE message = ? RETURNING stage', [message]);
  if (gone !== undefined) await dropChunks(sql, gone.stage as number);
}

function dropChunks(sql: Sql, id: number): Promise<number> {
  return sql.run('DELETE FROM content_chunk WHERE stage = ?', [id]);
}

/** Keeps what was received of a message. Rejects when its pieces were swept. */
export async function keepContent(sql: Sql, message: MessageId, content: Content): Promise<void> {
  if (content.kind === 'inline') {
    await sql.run('INSERT INTO content (message, hash, bytes) VALUES (?, ?, ?)', [
      message,
      content.hash,
      content.bytes,
    ]);
    return;
  }
  await sql.run('INSERT INTO content (message, hash, stage) VALUES (?, ?, ?)', [
    message,
    content.hash,
    content.stage,
  ]);
  const mine = await sql.run('DELETE FROM content_stage WHERE id = ?', [content.stage]);
  if (mine !== 1) throw new Error('the pieces of this message were swept while it was arriving');
}

/** Keeps one piece of a body that is still arriving. */
export async function stage(
  sql: Sql,
  piece: { stage: number; seq: number; bytes: Uint8Array; at: number },
): Promise<void> {
  if (piece.seq === 0)
    await sql.run('INSERT INTO content_stage (id, at) VALUES (?, ?)', [piece.stage, piece.at]);
  await sql.run('INSERT INTO content_chunk (stage, seq, bytes) VALUES (?, ?, ?)', [
    piece.stage,
    piece.seq,
    piece.bytes,
  ]);
}

/** Forgets a body that will not be accepted. */
export async function dropStage(sql: Sql, id: number): Promise<void> {
  const dropped = await sql.run('DELETE FROM content_stage WHERE id = ?', [id]);
  if (dropped > 0) await dropChunks(sql, id);
}

/** Forgets the bodies whose sessions ended without an answer: those staged before `before` (ms). */
export async function sweepStages(sql: Sql, before: number): Promise<number> {
  const old = await sql.all('SELECT id FROM content_stage WHERE at < ? LIMIT 100', [before]);
  for (const row of old) await dropStage(sql, row.id as number);
  return old.length;
}

export async function reversePathOf(sql: Sql, message: MessageId): Promise<string | undefined> {
  const row = await first(sql, 'SELECT reverse_path FROM message WHERE id = ?', [message]);
  return row?.reverse_path as string | undefined;
}

export async function receivedBytes(sql: Sql, message: MessageId): Promise<number | undefined> {
  const row = await first(
    sql,
    'SELECT size - length(prefix) AS bytes FROM message WHERE id = ? AND refs > 0',
    [message],
  );
  return row?.bytes as number | undefined;
}

/** At most `limit` bytes of what was received of a message, from `offset` on; none when it has no more, or is not there. */
export async function readContent(
  sql: Sql,
  request: { message: MessageId; offset: number; limit: number },
): Promise<Uint8Array> {
  const row = await first(sql, 'SELECT stage, substr(bytes, ?, ?) AS piece FROM content WHERE message = ?', [
    request.offset + 1,
    request.limit,
    request.message,
  ]);
  if (row === undefined) return new Uint8Array();
  // SQLite is handed no octets as NULL.
  if (row.stage === null) return (row.piece ?? new Uint8Array()) as Uint8Array;
  return readChunks(sql, row.stage as number, request);
}

async function readChunks(
  sql: Sql,
  id: number,
  request: { offset: number; limit: number },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let position = 0;
  let missing = request.limit;
  const sizes = await sql.all(
    'SELECT seq, length(bytes) AS size FROM content_chunk WHERE stage = ? ORDER BY seq',
    [id],
  );
  for (const { seq, size } of sizes) {
    const end = position + (size as number);
    if (end > request.offset && missing > 0) {
      const from = Math.max(request.offset - position, 0);
      const chunk = await first(
        sql,
        'SELECT substr(bytes, ?, ?) AS piece FROM content_chunk WHERE stage = ? AND seq = ?',
        [from + 1, missing, id, seq as number],
      );
      const piece = chunk?.piece as Uint8Array;
      pieces.push(piece);
      missing -= piece.length;
    }
    position = end;
  }
  return Buffer.concat(pieces);
}
