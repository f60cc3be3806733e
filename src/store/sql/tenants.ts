/** Which domains are whose: what is relaxed for a tenant is relaxed for all of them. */
import type { Sql } from './sql.ts';

/** A domain of this host that is a tenant's. */
export interface TenantDomain {
  readonly domain: string;
  readonly tenant: string;
}

export async function tenants(sql: Sql): Promise<TenantDomain[]> {
  const rows = await sql.all('SELECT name, tenant FROM domain WHERE tenant IS NOT NULL', []);
  return rows.map((row) => ({ domain: row.name as string, tenant: row.tenant as string }));
}
