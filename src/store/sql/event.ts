/** The story of a message, line by line: what `relais trace` tells. */
import type { Sql } from './sql.ts';

/** Adds an event to it; `delivery`: null when it is about no single one. */
export async function keepEvent(
  sql: Sql,
  about: {
    readonly message: number;
    readonly delivery: number | null;
    /** ms since the epoch. */
    readonly at: number;
    readonly kind: string;
    readonly detail: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { message, delivery, at, kind, detail } = about;
  await sql.run('INSERT INTO event (message, delivery, at, kind, detail) VALUES (?, ?, ?, ?, ?)', [
    message,
    delivery,
    at,
    kind,
    JSON.stringify(detail),
  ]);
}
