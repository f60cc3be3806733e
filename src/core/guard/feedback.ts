/** What becomes of mail, and how somebody came in, as far as it says something about an account's owner. */
import type { DirectoryStore } from '../directory/admin.ts';
import type { AccountId } from '../envelope.ts';
import type { ReplyClass } from '../reputation/meaning.ts';
import type { BadNews, GuardMemory } from './memory.ts';
import { networkOf } from './signals.ts';

/** Replies that are about what this account sends; those about a domain's or a host's name may be somebody else's doing. */
const NEWS: ReadonlyMap<string, BadNews> = new Map([
  ['recipient-unknown', 'unknown-recipient'],
  ['recipient-inactive', 'unknown-recipient'],
  ['content-spam', 'refused'],
  ['content-virus', 'refused'],
  ['content-url', 'refused'],
  ['sender-rejected', 'refused'],
  ['submission-limit', 'refused'],
] satisfies [ReplyClass, BadNews][]);
/** Logins remembered by number, and who said what of whom today. */
const MOST_KNOWN = 50_000;
/**
 * What one far end says of one account in a day counts so often: anybody may run a host that refuses whatever comes, and
 * ask an account to write to it. Providers that are known by name have nothing to gain by it.
 */
const MOST_OF_ONE = 2;
const DAY_MS = 86_400_000;

export interface Outcome {
  readonly account: AccountId;
  /** What the far end's reply means (`core/reputation/meaning.ts`). */
  readonly class: string;
  readonly at: number;
  /** Who said so, as `mx.far.example [192.0.2.1]:25`, and whose host that is, when it is known. */
  readonly remote?: string;
  readonly provider: string | undefined;
}

export class Feedback {
  readonly #memory: Pick<GuardMemory, 'remark'>;
  readonly #directory: Pick<DirectoryStore, 'accountById'>;
  readonly #logins = new Map<AccountId, string>();
  /** By account, kind and network of the far end. */
  readonly #said = new Map<string, number>();
  #today = 0;

  constructor(memory: Pick<GuardMemory, 'remark'>, directory: Pick<DirectoryStore, 'accountById'>) {
    this.#memory = memory;
    this.#directory = directory;
  }

  /** A far end's first answer to a delivery. Never rejects: what is missed makes nobody worse off. */
  async outcome(outcome: Outcome): Promise<void> {
    const { account, class: name, at } = outcome;
    const kind = NEWS.get(name);
    if (kind === undefined || !this.#counts(kind, outcome)) return;
    const login = this.#logins.get(account) ?? (await this.#loginOf(account));
    if (login !== undefined) this.#memory.remark(kind, { account: login, at, count: 1 });
  }

  /** Somebody came in from a network that the account never used, after so many failures. */
  cameIn({ account, failures, at }: { account: string; failures: number; at: number }): void {
    this.#memory.remark('login', { account, at, count: failures });
  }

  #counts(kind: BadNews, { account, at, remote = '', provider }: Outcome): boolean {
    if (provider !== undefined) return true;
    const today = Math.floor(at / DAY_MS);
    if (today !== this.#today || this.#said.size >= MOST_KNOWN) this.#said.clear();
    this.#today = today;
    const address = /\[([\da-f.:]+)\]/i.exec(remote)?.[1];
    const key = `${account} ${kind} ${address === undefined ? remote : networkOf(address)}`;
    const before = this.#said.get(key) ?? 0;
    this.#said.set(key, before + 1);
    return before < MOST_OF_ONE;
  }

  async #loginOf(id: AccountId): Promise<string | undefined> {
    const login = (await this.#directory.accountById(id).catch(() => undefined))?.address;
    if (login === undefined) return undefined;
    if (this.#logins.size >= MOST_KNOWN) this.#logins.clear();
    this.#logins.set(id, login);
    return login;
  }
}
