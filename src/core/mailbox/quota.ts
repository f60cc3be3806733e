/** How much an account, and a domain, may keep in mailboxes. What was expunged and can be had back does not count. */
import type { AccountId } from '../envelope.ts';

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
  readonly account: Usage;
  readonly limits: QuotaLimits;
  /** Only where the domain has limits: to reckon what it uses takes longer. */
  readonly domain?: { readonly usage: Usage; readonly limits: QuotaLimits };
}

export interface QuotaStore {
  quota(account: AccountId): Promise<Quota | undefined>;
  /** Limits of an account (`name@domain`) or a domain; without one there is none. False when there is nothing of that name. */
  setQuota(request: { name: string; limits: QuotaLimits }): Promise<boolean>;
}

/** Whether so much more would be too much. Nothing more is too much only for who has reached the limit already. */
export function isOver(limits: QuotaLimits, usage: Usage, more: Usage): boolean {
  const over = (limit: number | undefined, used: number, adding: number): boolean =>
    limit !== undefined && (adding === 0 ? used >= limit : used + adding > limit);
  return over(limits.bytes, usage.bytes, more.bytes) || over(limits.messages, usage.messages, more.messages);
}
