/** Changing who lives here: what the commands and later the console ask of the store. */
import type { AccountId, Language } from '../envelope.ts';
import type { Account, AddressQuery, Targets } from './port.ts';

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
  readonly privatePem: string;
  /** The text of the TXT record at `selector._domainkey.domain`. */
  readonly publicRecord: string;
}

export interface Domain {
  readonly name: string;
  readonly language: Language;
  /** Whose it is, where one customer, or somebody who sells mail on, has several. */
  readonly tenant?: string;
  readonly createdAt: number;
}

export interface NewAccount {
  readonly address: string;
  readonly language: Language;
  /** PHC string. */
  readonly password: string;
  readonly scram: string;
  readonly at: number;
}

/** One line of the address book: mail for `address` also goes to `target`. */
export interface AddressEntry {
  readonly address: string;
  readonly target: string;
  /** The address of an account itself. */
  readonly own: boolean;
}

/** What a change came to; the sentence for a person is made by whoever asked. */
export type Change =
  | 'done'
  | 'exists'
  | 'missing'
  | 'no-domain'
  | 'in-use'
  | 'circle'
  | 'is-account'
  /** Asked of an account, and it is none. */
  | 'not-account'
  | 'has-mail'
  /** The entry for whatever else is sent to a domain can be no account and nobody's target. */
  | 'catch-all'
  /** A catch-all goes to one address. */
  | 'has-target'
  /** Only we make such addresses: for bounces of forwards. */
  | 'reserved'
  /** The only place where mail for an account goes. */
  | 'last'
  /** It, or what leads to it, would stand for more addresses than `MAX_ADDRESS_TARGETS`. */
  | 'too-many'
  /** Or by a longer chain than `MAX_ADDRESS_DEPTH`. */
  | 'too-deep';

type Rehearsed = 'removeDomain' | 'lockAccount' | 'removeAccount' | 'addAddress' | 'removeAddress';

/** A change, to see what would come of it. */
export type Rehearsal = {
  [Name in Rehearsed]: { readonly change: Name; readonly request: Parameters<DirectoryStore[Name]>[0] };
}[Rehearsed];

export interface DirectoryStore {
  /** Makes a change and takes it back at once: what it would have come to. */
  rehearse(rehearsal: Rehearsal): Promise<Change>;
  addDomain(domain: Domain & { keys: readonly DkimKey[] }): Promise<Change>;
  /** `in-use`: accounts or addresses are left. */
  removeDomain(name: string): Promise<Change>;
  listDomains(): Promise<Domain[]>;
  /** Undefined: nobody's in particular. Whatever is relaxed for a tenant ends when its domains change, and was not previewed. */
  setTenant(request: { domain: string; tenant: string | undefined; at: number }): Promise<Change>;
  dkimKeys(domain: string): Promise<DkimKey[]>;

  addAccount(account: NewAccount): Promise<Change>;
  /** Whose sessions there are with the password before may not go on: `credentialsChanged`. */
  setPassword(request: { address: string; password: string; scram: string; at: number }): Promise<Change>;
  /**
   * A locked account receives and reads; it cannot log in to send. Undefined unlocks. `exists`: it was locked, and that reason stays.
   * `waiting`: what waits of it in the queue is taken out, and held in this group or an open one, until then (ms since the epoch).
   */
  lockAccount(request: {
    address: string;
    reason: string | undefined;
    at: number;
    waiting?: { readonly group: number; readonly expiresAt: number };
  }): Promise<Change>;
  /** `has-mail` unless `withMail`. What leads to it and nowhere else goes too. */
  removeAccount(request: { address: string; withMail: boolean; at: number }): Promise<Change>;
  listAccounts(
    domain: string | undefined,
  ): Promise<(Omit<Account, 'password' | 'scram'> & { messages: number })[]>;

  /** Accounts that may not send, and why; those locked last first. */
  lockedAccounts(limit: number): Promise<{ address: string; reason: string }[]>;

  /**
   * An account's own address takes targets beside its mailbox (`keep`), and, where that is none of its targets any more, itself.
   * `separator`: as in an `AddressQuery`.
   */
  addAddress(entry: { address: string; target: string; separator: string; keep?: boolean }): Promise<Change>;
  /** `in-use`: others lead to it. Of an account's own address one target at a time, itself included, but not the last. */
  removeAddress(entry: { address: string; target?: string }): Promise<Change>;
  listAddresses(domain: string | undefined): Promise<AddressEntry[]>;

  isLocal(domain: string): Promise<boolean>;
  /** Rejects when it stands for more than is followed: that is trouble of ours. */
  targets(query: AddressQuery): Promise<Targets | undefined>;
  account(login: string): Promise<Account | undefined>;
  accountById(id: AccountId): Promise<Account | undefined>;
  /** The accounts whose password was changed, or that were removed, since then (ms since the epoch; a day ago at most). */
  credentialsChanged(since: number): Promise<AccountId[]>;

  setting(name: string): Promise<string | undefined>;
  /** Every setting whose name begins with `prefix` (no `%` or `_`). */
  settings(prefix: string): Promise<{ name: string; value: string }[]>;
  /** Keeps a value; with `ifAbsent` an existing one wins. Returns what is kept now. */
  keepSetting(setting: { name: string; value: string; ifAbsent: boolean }): Promise<string>;
}
