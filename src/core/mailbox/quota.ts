/** How much an account, and a domain, may keep in mailboxes. What was expunged and can be had back does not count. */
import type { AccountId } from '../envelope.ts';

/** What has no limit is not in it. */
export interface QuotaLimits {
  readonly bytes?: number;
  readonly messages?: number;
}

export interface Usage {
  readonly bytes: number;
  readonly messages: number;
}

/** What is used, and what is allowed, of an account and of the domain it belongs to. */
export interface Quota {
  /** The account's own address. */
  readonly address: string;
  /** As it was read; what is remembered of it grows with what is accepted here. */
  readonly account: { bytes: number; messages: number };
  readonly limits: QuotaLimits;
  /** Only where the domain has limits: to reckon what it uses takes longer. */
  readonly domain?: { readonly usage: Usage; readonly limits: QuotaLimits };
  /** What its owner was told, until there was room again. */
  readonly warned?: WarningLevel;
}

/** How full a mailbox is when its owner is told, in percent. */
export const WARNING_LEVELS = [95, 80] as const;
export type WarningLevel = (typeof WARNING_LEVELS)[number];
/** Below this there is room again: past the next level its owner is told anew. */
const RELIEVED_PERCENT = 75;

export interface QuotaStore {
  quota(account: AccountId): Promise<Quota | undefined>;
  /**
   * Limits of an account (`name@domain`) or a domain, as they are then; undefined when there is nothing of that name. What is not in
   * `limits` has none any more, unless others `stay`.
   */
  setQuota(request: { name: string; limits: QuotaLimits; others?: 'stay' }): Promise<QuotaLimits | undefined>;
}

/** With the limits of accounts that have none of their own. */
export function withDefaults(quota: Quota, limits: QuotaLimits): Quota {
  return { ...quota, limits: { ...limits, ...quota.limits } };
}

/** Whether so much more would be too much. Nothing more is too much only for who has reached the limit already. */
export function isOver(limits: QuotaLimits, usage: Usage, more: Usage): boolean {
  const over = (limit: number | undefined, used: number, adding: number): boolean =>
    limit !== undefined && (adding === 0 ? used >= limit : used + adding > limit);
  return over(limits.bytes, usage.bytes, more.bytes) || over(limits.messages, usage.messages, more.messages);
}

/** Whether an account, or its domain, has no room for so much more. */
export function isFull({ limits, account, domain }: Quota, more: Usage): boolean {
  return isOver(limits, account, more) || (domain !== undefined && isOver(domain.limits, domain.usage, more));
}

/** Whether there is somebody here for whom a message would be, and it has room with none of them, and goes nowhere else. */
export function isRefused(
  targets: { readonly accounts: readonly { readonly quota?: Quota }[]; readonly forwards: readonly string[] },
  sizeBytes: number,
): boolean {
  const more = { bytes: sizeBytes, messages: 1 };
  const { accounts, forwards } = targets;
  if (accounts.length === 0 || forwards.length > 0) return false;
  return accounts.every(({ quota }) => quota !== undefined && isFull(quota, more));
}

/** What its owner is to be told once an account has so much more: a level that it was not told of, or that there is room again. */
export function warningOf(
  { account, limits, warned }: Pick<Quota, 'account' | 'limits' | 'warned'>,
  more: Usage,
): WarningLevel | 'relieved' | undefined {
  const percent = percentOf(limits, {
    bytes: account.bytes + more.bytes,
    messages: account.messages + more.messages,
  });
  const level = WARNING_LEVELS.find((one) => percent >= one);
  if (level !== undefined) return level > (warned ?? 0) ? level : undefined;
  return warned !== undefined && percent < RELIEVED_PERCENT ? 'relieved' : undefined;
}

/** How much of what is allowed is used: of octets or of messages, whichever is nearer its limit. */
export function percentOf(limits: QuotaLimits, usage: Usage): number {
  const part = (limit: number | undefined, used: number): number =>
    limit === undefined ? 0 : limit === 0 ? 100 : (100 * used) / limit;
  return Math.max(part(limits.bytes, usage.bytes), part(limits.messages, usage.messages));
}

/** Under this it is kept that an owner was told. */
export function warningKey(account: AccountId, level: WarningLevel): string {
  return `quota ${level} ${account}`;
}
