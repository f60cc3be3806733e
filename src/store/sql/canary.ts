import { domainOfCustomer } from '../../core/queue/customer.ts';
import type { DeliveryId, PathKey } from '../../core/envelope.ts';
import type { QueueStore } from '../../core/queue/port.ts';
import type { Candidate } from '../../core/reputation/canary.ts';
import { earliestOf, nextDomain } from './queue.ts';
import { LIMIT, type Row, type Sql } from './sql.ts';

/** Deliveries looked at in each lane, and domains that are stepped through, at most. */
const MOST_LOOKED_AT = 50;
const MOST_DOMAINS = 50;

const FACTS = `d.id, d.customer, d.last, m.size, m.account, m.accepted_at`;
const NEWEST = `SELECT ${FACTS} FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.path = ? AND d.state IN ('ready', 'waiting') AND d.lane = ? AND d.due_at <= ?
  ORDER BY d.due_at DESC, d.id DESC ${LIMIT}`;
const OF_DOMAIN = `SELECT ${FACTS} FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.path = ? AND d.state IN ('ready', 'waiting') AND d.lane = ? AND d.customer > ? AND d.customer < ?
    AND d.due_at <= ? ORDER BY d.customer, d.due_at, d.id ${LIMIT}`;

/**
 * Deliveries of a path that may try it: the newest of the fastest lane that has any, or when all those are of customers
 * to be avoided, some of others, found by a loose index scan, however many the first have.
 */
export async function canaryCandidates(
  sql: Sql,
  request: Parameters<QueueStore['canaryCandidates']>[0],
): Promise<Candidate[]> {
  const { path, now, avoid, only } = request;
  const due = await earliestOf(sql, path);
  const lanes = [...due].filter(([, at]) => at <= now).map(([lane]) => lane);
  let found: Row[] = [];
  for (const lane of lanes) {
    if (only !== undefined) found = await ofDomain(sql, { path, lane, now }, only);
    else {
      found = await sql.all(NEWEST, [path, lane, now, MOST_LOOKED_AT]);
      const isAvoided = (row: Row): boolean => avoid.includes(domainOfCustomer(row.customer as string));
      if (found.every(isAvoided)) found.push(...(await ofOthers(sql, { path, lane, now }, avoid)));
    }
    if (found.length > 0) break;
  }
  return found.map(toCandidate);
}

interface Part {
  readonly path: PathKey;
  readonly lane: number;
  readonly now: number;
}

async function ofOthers(sql: Sql, part: Part, avoid: readonly string[]): Promise<Row[]> {
  let domain = '';
  for (let count = 0; count < MOST_DOMAINS; count++) {
    const next = await nextDomain(sql, part, domain);
    if (next === undefined) return [];
    domain = next;
    const rows = avoid.includes(domain) ? [] : await ofDomain(sql, part, domain);
    if (rows.length > 0) return rows;
  }
  return [];
}

function ofDomain(sql: Sql, { path, lane, now }: Part, domain: string): Promise<Row[]> {
  return sql.all(OF_DOMAIN, [path, lane, `${domain}/`, `${domain}0`, now, MOST_LOOKED_AT]);
}

function toCandidate(row: Row): Candidate {
  return {
    delivery: row.id as DeliveryId,
    customer: row.customer as string,
    sizeBytes: row.size as number,
    acceptedAt: row.accepted_at as number,
    submitted: row.account !== null,
    refused: row.last !== null,
  };
}
