import type { Content } from '../../core/queue/port.ts';
import { first, type Row, type Sql } from './sql.ts';

/** Drops one reference of a message; with the last one its bytes lose theirs, and go when nobody else has them. */
export async function releaseMessage(sql: Sql, message: number): Promise<void> {
  const row = await first(sql, 'SELECT blob FROM message WHERE id = ?', [message]);
  const hash = (row?.blob ?? null) as Uint8Array | null;
  if (hash !== null) await releaseReference(sql, { message, hash });
}

/** As `releaseMessage`, of a message that has its bytes; `hash`: theirs. */
export async function releaseReference(
  sql: Sql,
  { message, hash }: { message: number; hash: Uint8Array },
): Promise<void> {
  // The last two may be dropped at the same time, each seeing the other's: whoever comes second asks again.
  const gone =
    (await dropLast(sql, message)) || (!(await dropOne(sql, message)) && (await dropLast(sql, message)));
  if (gone) await releaseBlob(sql, hash);
}

async function dropLast(sql: Sql, message: number): Promise<boolean> {
  return (await sql.run('UPDATE message SET refs = 0, blob = NULL WHERE id = ? AND refs = 1', [message])) > 0;
}

async function dropOne(sql: Sql, message: number): Promise<boolean> {
  return (await sql.run('UPDATE message SET refs = refs - 1 WHERE id = ? AND refs > 1', [message])) > 0;
}

/** Most bytes belong to one message only, and are in one piece: they go at once. */
async function releaseBlob(sql: Sql, hash: Uint8Array): Promise<void> {
  if ((await sql.run('DELETE FROM blob WHERE hash = ? AND refs = 1 AND stage IS NULL', [hash])) > 0) return;
  const gone =
    (await first(sql, 'DELETE FROM blob WHERE hash = ? AND refs = 1 RETURNING stage', [hash])) ??
    (await releaseShared(sql, hash));
  if (gone !== undefined && gone.stage !== null)
    await sql.run('DELETE FROM blob_chunk WHERE stage = ?', [gone.stage as number]);
}

async function releaseShared(sql: Sql, hash: Uint8Array): Promise<Row | undefined> {
  const left = await first(sql, 'UPDATE blob SET refs = refs - 1 WHERE hash = ? RETURNING refs', [hash]);
  if (left === undefined || (left.refs as number) > 0) return undefined;
  // Asked again: another operation may have taken a reference since.
  return first(sql, 'DELETE FROM blob WHERE hash = ? AND refs <= 0 RETURNING stage', [hash]);
}

/** Keeps the bytes of a message, or one more reference to the same bytes. Rejects when its pieces were swept. */
export async function keepContent(sql: Sql, content: Content): Promise<void> {
  if (content.kind === 'inline') {
    await sql.run(
      'INSERT INTO blob (hash, size, refs, bytes) VALUES (?, ?, 1, ?) ON CONFLICT (hash) DO UPDATE SET refs = blob.refs + 1',
      [content.hash, content.bytes.length, content.bytes],
    );
    return;
  }
  await sql.run(
    'INSERT INTO blob (hash, size, refs, stage) VALUES (?, ?, 1, ?) ON CONFLICT (hash) DO UPDATE SET refs = blob.refs + 1',
    [content.hash, content.sizeBytes, content.stage],
  );
  const mine = await sql.run('DELETE FROM blob_stage WHERE id = ?', [content.stage]);
  if (mine !== 1) throw new Error('the pieces of this message were swept while it was arriving');
  // The same bytes were here already: our pieces are the second copy.
  await sql.run(
    'DELETE FROM blob_chunk WHERE stage = ? AND NOT EXISTS (SELECT 1 FROM blob WHERE stage = ? AND hash = ?)',
    [content.stage, content.stage, content.hash],
  );
}

/** Keeps one piece of a body that is still arriving. */
export async function stage(
  sql: Sql,
  piece: { stage: number; seq: number; bytes: Uint8Array; at: number },
): Promise<void> {
  if (piece.seq === 0)
    await sql.run('INSERT INTO blob_stage (id, at) VALUES (?, ?)', [piece.stage, piece.at]);
  await sql.run('INSERT INTO blob_chunk (stage, seq, bytes) VALUES (?, ?, ?)', [
    piece.stage,
    piece.seq,
    piece.bytes,
  ]);
}

/** Forgets a body that will not be accepted. */
export async function dropStage(sql: Sql, id: number): Promise<void> {
  const dropped = await sql.run('DELETE FROM blob_stage WHERE id = ?', [id]);
  if (dropped > 0) await sql.run('DELETE FROM blob_chunk WHERE stage = ?', [id]);
}

/** Forgets the bodies whose sessions ended without an answer: those staged before `before` (ms). */
export async function sweepStages(sql: Sql, before: number): Promise<number> {
  const old = await sql.all('SELECT id FROM blob_stage WHERE at < ? LIMIT 100', [before]);
  for (const row of old) await dropStage(sql, row.id as number);
  return old.length;
}

/** At most `limit` bytes of a body from `offset` on; none when it has no more, or is not there. */
export async function readBlob(
  sql: Sql,
  request: { hash: Uint8Array; offset: number; limit: number },
): Promise<Uint8Array> {
  const row = await first(sql, 'SELECT size, stage, substr(bytes, ?, ?) AS piece FROM blob WHERE hash = ?', [
    request.offset + 1,
    request.limit,
    request.hash,
  ]);
  if (row === undefined) return new Uint8Array();
  if (row.stage === null) return row.piece as Uint8Array;
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
    'SELECT seq, length(bytes) AS size FROM blob_chunk WHERE stage = ? ORDER BY seq',
    [id],
  );
  for (const { seq, size } of sizes) {
    const end = position + (size as number);
    if (end > request.offset && missing > 0) {
      const from = Math.max(request.offset - position, 0);
      const chunk = await first(
        sql,
        'SELECT substr(bytes, ?, ?) AS piece FROM blob_chunk WHERE stage = ? AND seq = ?',
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
