import { domainOf } from '../../../core/delivery/route.ts';
import { type Quota, type QuotaLimits, type Usage, withDefaults } from '../../../core/mailbox/quota.ts';
import type { Command } from '../../../wire/imap/command.ts';
import { formatQuota, formatQuotaRoot } from '../../../wire/imap/response/mailbox.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { mailboxCalled } from '../mailboxes.ts';

/** Octets of a unit of STORAGE (RFC 9208 5.1). */
const STORAGE_BYTES = 1024;

/** A root, and what is used and allowed there. */
interface Root {
  readonly name: string;
  readonly usage: Usage;
  readonly limits: QuotaLimits;
}

/** GETQUOTAROOT (RFC 9208 4.1.3): every mailbox counts to its account, and to the domain of that where it has limits. */
export async function getQuotaRoot(
  session: ImapHandle,
  { mailbox }: Extract<Command, { verb: 'GETQUOTAROOT' }>,
): Promise<Completion> {
  const found = await mailboxCalled(session, mailbox);
  if ('condition' in found) return found;
  const roots = await rootsOf(session);
  const form = session.reader.names;
  session.send(
    formatQuotaRoot(
      found.name,
      roots.map(({ name }) => name),
      form,
    ),
  );
  for (const root of roots) session.send(formatQuota(root.name, resources(root), form));
  return ok('That is all');
}

/** GETQUOTA (RFC 9208 4.1.2). */
export async function getQuota(
  session: ImapHandle,
  { root: name }: Extract<Command, { verb: 'GETQUOTA' }>,
): Promise<Completion> {
  const root = (await rootsOf(session)).find((one) => one.name === name);
  if (root === undefined) return no('There is no such quota root', { kind: 'NONEXISTENT' });
  session.send(formatQuota(name, resources(root), session.reader.names));
  return ok('That is all');
}

/** SETQUOTA (RFC 9208 4.1.1): limits are the operator's. */
export function setQuota(): Completion {
  return no('Limits are set by whoever runs this server', { kind: 'NOPERM' });
}

async function rootsOf(session: ImapHandle): Promise<Root[]> {
  const { store, quota: defaults } = session.context;
  const quota = await store.quota(session.account.id);
  if (quota === undefined) return [];
  const known: Quota = withDefaults(quota, defaults);
  const own = { name: known.address, usage: known.account, limits: known.limits };
  return known.domain === undefined ? [own] : [own, { name: domainOf(known.address), ...known.domain }];
}

/** Only what has a limit is told. */
function resources({ usage, limits }: Root): { name: string; used: number; limit: number }[] {
  const inUnits = (bytes: number): number => Math.ceil(bytes / STORAGE_BYTES);
  return [
    ...(limits.bytes === undefined
      ? []
      : [{ name: 'STORAGE', used: inUnits(usage.bytes), limit: inUnits(limits.bytes) }]),
    ...(limits.messages === undefined
      ? []
      : [{ name: 'MESSAGE', used: usage.messages, limit: limits.messages }]),
  ];
}
