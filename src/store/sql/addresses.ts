/** What mail can be sent to, and where it ends: aliases, groups, forwards, subaddresses and catch-alls. */
import { catchAllOf, isCatchAll, isOfDuty, isReserved, withoutDetail } from '../../core/directory/address.ts';
import type { AddressEntry, Change, DirectoryStore } from '../../core/directory/admin.ts';
import {
  type AddressQuery,
  MAX_ADDRESS_DEPTH,
  MAX_ADDRESS_TARGETS,
  type TargetAccount,
  type Targets,
} from '../../core/directory/port.ts';
import type { AccountId, Language } from '../../core/envelope.ts';
import { domainOf } from '../../core/delivery/route.ts';
import { first, type Row, type Sql } from './sql.ts';

export async function isLocal(sql: Sql, domain: string): Promise<boolean> {
  return (await first(sql, 'SELECT 1 AS yes FROM domain WHERE name = ?', [domain])) !== undefined;
}

export async function addAddress(
  sql: Sql,
  entry: Parameters<DirectoryStore['addAddress']>[0],
): Promise<Change> {
  const { address, target, separator } = entry;
  if (!(await isLocal(sql, domainOf(address)))) return 'no-domain';
  if (isReserved(address)) return 'reserved';
  const known = await sql.all('SELECT target FROM address WHERE address = ?', [address]);
  const owner = await ownerOf(sql, address);
  if (owner === undefined && entry.keep === true) return 'not-account';
  const keeps = known.some((row) => row.target === address);
  if (owner !== undefined && keeps && entry.keep !== true && target !== address) return 'is-account';
  if (known.some((row) => row.target === target)) return 'exists';
  if (isCatchAll(address) && known.length > 0) return 'has-target';
  if (owner !== undefined && !keeps && (target === address || entry.keep === true))
    await insert(sql, { address, target: address, account: owner });
  if (owner !== undefined && target === address) return 'done';
  if (await isLocal(sql, domainOf(target))) {
    if (isCatchAll(target)) return 'catch-all';
    const leads = await expand(sql, { address: target, separator });
    if (leads === undefined) return 'missing';
    if (target === address || leads.seen.has(address)) return 'circle';
  }
  await insert(sql, { address, target });
  const cut = await firstCut(sql, address, separator);
  if (cut !== undefined)
    await sql.run('DELETE FROM address WHERE address = ? AND target = ?', [address, target]);
  return cut ?? 'done';
}

function insert(sql: Sql, row: { address: string; target: string; account?: number }): Promise<number> {
  return sql.run('INSERT INTO address (address, target, account) VALUES (?, ?, ?)', [
    row.address,
    row.target,
    row.account ?? null,
  ]);
}

async function ownerOf(sql: Sql, address: string): Promise<number | undefined> {
  return (await first(sql, 'SELECT id FROM account WHERE address = ?', [address]))?.id as number | undefined;
}

/** Whether this address, or one that leads to it, has become more than is followed. */
async function firstCut(sql: Sql, address: string, separator: string): Promise<Cut | undefined> {
  const seen = new Set([address]);
  for (const one of seen) {
    const cut = (await expand(sql, { address: one, separator }))?.cut;
    if (cut !== undefined) return cut;
    if (seen.size > MAX_ADDRESS_TARGETS) return 'too-many';
    const rows = await sql.all('SELECT address FROM address WHERE target = ?', [one]);
    for (const row of rows) seen.add(row.address as string);
  }
  return undefined;
}

export async function removeAddress(
  sql: Sql,
  { address, target }: Parameters<DirectoryStore['removeAddress']>[0],
): Promise<Change> {
  const rows = await sql.all('SELECT target FROM address WHERE address = ?', [address]);
  const isAccount = (await ownerOf(sql, address)) !== undefined;
  if (isAccount && target === undefined) return 'is-account';
  if (!rows.some((row) => target === undefined || row.target === target)) return 'missing';
  if (target === undefined || rows.length === 1) {
    if (isAccount) return target === address ? 'is-account' : 'last';
    if ((await first(sql, 'SELECT 1 AS yes FROM address WHERE target = ? LIMIT 1', [address])) !== undefined)
      return 'in-use';
  }
  if (target === undefined) await sql.run('DELETE FROM address WHERE address = ?', [address]);
  else await sql.run('DELETE FROM address WHERE address = ? AND target = ?', [address, target]);
  return 'done';
}

/** What leads to an address that goes, and to nothing else, goes with it; an account gets its mail itself again. */
export async function dropLeading(sql: Sql, gone: string): Promise<void> {
  const dropped = new Set([gone]);
  for (const one of dropped) {
    const leading = await sql.all('SELECT address FROM address WHERE target = ? AND account IS NULL', [one]);
    await sql.run('DELETE FROM address WHERE target = ? AND account IS NULL', [one]);
    for (const row of leading) {
      const address = row.address as string;
      if (address === gone) continue;
      const left = await first(sql, 'SELECT 1 AS yes FROM address WHERE address = ? LIMIT 1', [address]);
      if (left !== undefined) continue;
      const account = await ownerOf(sql, address);
      if (account === undefined) dropped.add(address);
      else await insert(sql, { address, target: address, account });
    }
  }
}

export async function listAddresses(sql: Sql, domain: string | undefined): Promise<AddressEntry[]> {
  const rows = await sql.all(
    'SELECT address, target, account FROM address WHERE address LIKE ? ORDER BY address, target',
    [domain === undefined ? '%' : `%@${domain}`],
  );
  return rows.map((row) => ({
    address: row.address as string,
    target: row.target as string,
    own: row.account !== null,
  }));
}

/**
 * Where mail for an address ends; undefined when there is no such address. Every domain has a postmaster (RFC 5321
 * 4.5.1), also `postmaster` without a domain: where none was named, it is another domain's, or the oldest account. A
 * catch-all has what is nobody's, but no postmaster's and no abuse desk's mail. Throws when there is more than is followed.
 */
export async function targets(sql: Sql, query: AddressQuery): Promise<Targets | undefined> {
  const { address, separator } = query;
  const found = isCatchAll(address) ? undefined : await expand(sql, query);
  if (isLive(found)) return toTargets(found);
  const [, domain] = /^postmaster(?:@(.+))?$/.exec(address) ?? [];
  if (domain === undefined ? address === 'postmaster' : await isLocal(sql, domain)) {
    const other = await anyPostmaster(sql);
    const instead = other === undefined ? undefined : await expand(sql, { address: other, separator });
    return isLive(instead) ? { ...toTargets(instead), standIn: true } : undefined;
  }
  // What it led to was removed since: nobody would get the mail, so there is no such address.
  if (found !== undefined || isOfDuty(address)) return undefined;
  const all = await expand(sql, { address: catchAllOf(domainOf(address)), separator: '' });
  return isLive(all) ? { ...toTargets(all), standIn: true } : undefined;
}

async function anyPostmaster(sql: Sql): Promise<string | undefined> {
  const row =
    (await first(
      sql,
      `SELECT address FROM address WHERE address LIKE 'postmaster@%' ORDER BY address LIMIT 1`,
      [],
    )) ?? (await first(sql, 'SELECT address FROM account ORDER BY id LIMIT 1', []));
  return row?.address as string | undefined;
}

/** What was left out of an expansion: more targets, or a longer chain, than is followed. */
type Cut = 'too-many' | 'too-deep';

interface Expansion {
  readonly accounts: TargetAccount[];
  readonly forwards: string[];
  /** Who may write as it. */
  readonly holders: AccountId[];
  readonly seen: Set<string>;
  /** Domains that were looked up: members of a group are mostly of a few. */
  readonly domains: Map<string, boolean>;
  cut?: Cut;
}

/** An address to follow. Nobody may write in the name of an account because it forwards its mail to them. */
interface Step {
  readonly address: string;
  readonly isPassedOn: boolean;
}

function isLive(found: Expansion | undefined): found is Expansion {
  return found !== undefined && found.accounts.length + found.forwards.length > 0;
}

function toTargets({ accounts, forwards, holders, cut }: Expansion): Targets {
  if (cut !== undefined) throw new Error(`an address leads to more than is followed (${cut})`);
  const isSame = accounts.length === holders.length && accounts.every(({ id }) => holders.includes(id));
  return isSame ? { accounts, forwards } : { accounts, forwards, holders };
}

async function expand(sql: Sql, { address, separator }: AddressQuery): Promise<Expansion | undefined> {
  const found: Expansion = {
    accounts: [],
    forwards: [],
    holders: [],
    seen: new Set([address]),
    domains: new Map(),
  };
  let level: Step[] = [{ address, isPassedOn: false }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_ADDRESS_DEPTH) found.cut = 'too-deep';
    if (found.cut !== undefined) return found;
    const next: Step[] = [];
    for (const step of level) {
      const rows = await rowsOf(sql, step.address, { separator, seen: found.seen });
      if (rows.length === 0 && depth === 0) return undefined;
      for (const row of rows) await follow(sql, row, { step, found, next });
    }
    // Not counting itself.
    if (found.seen.size > MAX_ADDRESS_TARGETS + 1) found.cut = 'too-many';
    // Whoever is meant beside being forwarded to may write as it.
    level = next.sort((one, other) => Number(one.isPassedOn) - Number(other.isPassedOn));
  }
  return found;
}

/** Of the address itself, or, where it is not made, of the one that it is a subaddress of. */
async function rowsOf(
  sql: Sql,
  address: string,
  { separator, seen }: { separator: string; seen: Set<string> },
): Promise<Row[]> {
  const rows = await exactRows(sql, address);
  const base = rows.length > 0 ? undefined : withoutDetail(address, separator);
  if (base === undefined || seen.size === seen.add(base).size) return rows;
  return exactRows(sql, base);
}

function exactRows(sql: Sql, address: string): Promise<Row[]> {
  return sql.all(
    `SELECT d.target, d.account, a.language, (SELECT o.id FROM account o WHERE o.address = d.address) AS owner,
       COALESCE(a.quota_bytes, a.quota_messages, (SELECT COALESCE(q.quota_bytes, q.quota_messages) FROM domain q
         WHERE q.name = ?)) AS some_limit, (SELECT v.account FROM vacation v WHERE v.account = d.account) AS away
     FROM address d LEFT JOIN account a ON a.id = d.account WHERE d.address = ? ORDER BY d.target`,
    [domainOf(address), address],
  );
}

async function follow(
  sql: Sql,
  row: Row,
  into: { step: Step; found: Expansion; next: Step[] },
): Promise<void> {
  const { step, found, next } = into;
  const owner = row.owner as AccountId | null;
  if (owner !== null && !step.isPassedOn && !found.holders.includes(owner)) found.holders.push(owner);
  if (row.account !== null) {
    found.accounts.push({
      id: row.account as AccountId,
      language: row.language as Language,
      ...(row.some_limit === null ? {} : { isLimited: true }),
      ...(row.away === null ? {} : { isAway: true }),
    });
    return;
  }
  const target = row.target as string;
  if (found.seen.has(target)) return;
  found.seen.add(target);
  if (await isKnownLocal(sql, domainOf(target), found))
    next.push({ address: target, isPassedOn: step.isPassedOn || owner !== null });
  else found.forwards.push(target);
}

async function isKnownLocal(sql: Sql, domain: string, { domains }: Expansion): Promise<boolean> {
  const known = domains.get(domain) ?? (await isLocal(sql, domain));
  domains.set(domain, known);
  return known;
}
