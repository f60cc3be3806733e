/** Who lives here: domains, accounts, addresses. Implemented by the store, cached in each worker. */
import type { AccountId, Language } from '../envelope.ts';
import type { Away } from '../mailbox/vacation.ts';
import type { Quota } from '../mailbox/quota.ts';

export interface Account {
  readonly id: AccountId;
  readonly address: string;
  readonly language: Language;
  /** A PHC string; never leaves the directory and the login. */
  readonly password: string;
  /** The SCRAM-SHA-256 keys, as JSON. */
  readonly scram: string;
  readonly lockedReason?: string;
}

/** Aliases of aliases are followed this far; a longer chain is refused when it is made. */
export const MAX_ADDRESS_DEPTH = 10;
/** Addresses that one address stands for at most, all levels together. */
export const MAX_ADDRESS_TARGETS = 1000;

/** An address, normalised, and what stands before the detail of a subaddress; empty: there are none. */
export interface AddressQuery {
  readonly address: string;
  readonly separator: string;
}

export interface TargetAccount {
  readonly id: AccountId;
  readonly language: Language;
  /** It or its domain has a limit of its own. */
  readonly isLimited?: true;
  /** Its owner has set what it answers by itself. */
  readonly isAway?: true;
  readonly away?: Away;
  /** What there is room for; as it was within the last seconds, and only where there is a limit. */
  readonly quota?: Quota;
}

/** What an address leads to: mailboxes here, addresses elsewhere. */
export interface Targets {
  readonly accounts: readonly TargetAccount[];
  readonly forwards: readonly string[];
  /** Who may write as it, where those are not its accounts: some of its accounts forward what they get. */
  readonly holders?: readonly AccountId[];
  /** The address is nobody's: these take its mail, and may not write in its name. */
  readonly standIn?: true;
}

/** A value known now, or soon: a cache answers at once. */
export type Soon<T> = T | Promise<T>;

export interface Directory {
  isLocal(domain: string): Soon<boolean>;
  /** Undefined when there is no such address. The address is `local@domain`, normalised. */
  targets(address: string): Soon<Targets | undefined>;
  account(login: string): Soon<Account | undefined>;
  /** May this account write as this address? */
  holds(account: AccountId, address: string): Soon<boolean>;
}
