/** What becomes of mail, and how somebody came in, as far as it says something about an account's owner. */
import type { DirectoryStore } from '../directory/admin.ts';
import type { AccountId } from '../envelope.ts';
import type { FeedbackEvent } from '../reputation/feedback.ts';
import type { ReplyClass } from '../reputation/meaning.ts';
import type { GuardMemory } from './memory.ts';
import type { BadNews } from './port.ts';
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

/** One report counts no more than so many, whatever it says that it stands for. */
const MOST_COMPLAINTS = 5;

/** RFC 3463: 5.1.x is about the address, 5.7.x about what is sent. */
function lateNews(status: string): BadNews | undefined {
  if (status.startsWith('5.1.')) return 'unknown-recipient';
  return status.startsWith('5.7.') ? 'refused' : undefined;
}

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
  /** What was said today, and how often. */
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

  /**
   * What came back later: complaints weigh as refusals do, because somebody who reads refused it. What far ends say at once
   * is heard by `outcome`. Never rejects.
   */
  async told(event: FeedbackEvent): Promise<void> {
    if (event.account === undefined) return;
    if (event.kind !== 'complaint' && event.kind !== 'late-failure') return;
    const kind = event.kind === 'complaint' ? 'refused' : lateNews(event.status);
    // Whoever got one message can send as many reports about it as they like.
    if (kind === undefined || !this.#isFirst(`${event.kind} ${event.message}`, { at: event.at, most: 1 }))
      return;
    const login = this.#logins.get(event.account) ?? (await this.#loginOf(event.account));
    if (login === undefined) return;
    const count = event.kind === 'complaint' ? Math.min(event.count, MOST_COMPLAINTS) : 1;
    this.#memory.remark(kind, { account: login, at: event.at, count });
  }

  /** Somebody came in from a network that the account never used, after so many failures. */
  cameIn({ account, failures, at }: { account: string; failures: number; at: number }): void {
    this.#memory.remark('login', { account, at, count: failures });
  }

  #counts(kind: BadNews, { account, at, remote = '', provider }: Outcome): boolean {
    if (provider !== undefined) return true;
    const address = /\[([\da-f.:]+)\]/i.exec(remote)?.[1];
    const from = address === undefined ? remote : networkOf(address);
    return this.#isFirst(`${account} ${kind} ${from}`, { at, most: MOST_OF_ONE });
  }

  /** Whether it was said fewer than so many times today. */
  #isFirst(key: string, { at, most }: { at: number; most: number }): boolean {
    const today = Math.floor(at / DAY_MS);
    if (today !== this.#today || this.#said.size >= MOST_KNOWN) this.#said.clear();
    this.#today = today;
    const before = this.#said.get(key) ?? 0;
    this.#said.set(key, before + 1);
    return before < most;
  }

  async #loginOf(id: AccountId): Promise<string | undefined> {
    const login = (await this.#directory.accountById(id).catch(() => undefined))?.address;
    if (login === undefined) return undefined;
    if (this.#logins.size >= MOST_KNOWN) this.#logins.clear();
    this.#logins.set(id, login);
    return login;
  }
}
