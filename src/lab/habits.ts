/**
 * What the guard knows customers by: whom they write to, where from, and in which words; and how thieves differ. A past of
 * a month is written into the store before time begins, because no host begins its day without one.
 */
import type { Account } from '../core/directory/port.ts';
import { Guard } from '../core/guard/guard.ts';
import { accountState } from '../core/guard/port.ts';
import type { GuardState } from '../core/guard/store.ts';
import { Submissions } from '../core/guard/submission.ts';
import { Whereabouts } from '../core/guard/whereabouts.ts';
import { scanHeader } from '../wire/mime/header.ts';
import type { Chance } from './chance.ts';
import type { Disk } from './disk.ts';

/** People that an account writes to, and the part (of 1) of its mail that goes to others. */
const CONTACTS = 60;
const STRANGERS = 0.06;
const PAST_DAYS = 30;
/** Messages of its past; each contact has had one. */
const PAST_MESSAGES = 20;
const DAY_MS = 86_400_000;
export const GUARD_SECRET = Buffer.alloc(32, 9);

/** Customers are in France; the addresses of robots are all over the world. */
const CUSTOMERS_AT = 90;
const ROBOTS_AT = [
  [177, 'BR'],
  [14, 'VN'],
  [117, 'IN'],
  [95, 'RU'],
  [189, 'MX'],
  [41, 'EG'],
  [110, 'ID'],
  [83, 'PL'],
] as const;
const SYLLABLES = [
  'ba',
  'co',
  'di',
  'fe',
  'gu',
  'la',
  'me',
  'ni',
  'po',
  'ra',
  'so',
  'tu',
  'va',
  'xe',
  'zi',
  'mo',
];
const WORDS = 14;
/** What a botnet sends on one day: as many texts, and as many domains that they link to. */
const TEMPLATES = 4;

export const WHEREABOUTS = new Whereabouts(
  [
    `${CUSTOMERS_AT}.0.0.0/8,3215,FR`,
    ...ROBOTS_AT.map(([at, country], index) => `${at}.0.0.0/8,${64_500 + index},${country}`),
  ].join('\n'),
);

/** Where a message comes from, and its text. */
export interface Manner {
  readonly client: string;
  readonly text: string;
}

export class Habits {
  readonly #chance: Chance;
  readonly #targets: readonly { readonly domain: string; readonly weight: number }[];
  readonly #contacts = new Map<string, readonly string[]>();

  constructor(chance: Chance, targets: readonly { readonly domain: string; readonly weight: number }[]) {
    this.#chance = chance;
    this.#targets = targets;
  }

  /** A recipient of this account, of this domain should it know somebody there; undefined: somebody it never wrote to. */
  recipientOf(account: Account, domain: string | undefined): string | undefined {
    if (this.#chance.is(STRANGERS)) return undefined;
    const all = this.#contactsOf(account);
    const there = domain === undefined ? [] : all.filter((contact) => contact.endsWith(`@${domain}`));
    return this.#chance.pick(there.length > 0 ? there : all);
  }

  ofOwner(account: Account): Manner {
    return { client: homeOf(account), text: wordsOf(this.#chance) };
  }

  /** Each spam from another robot. */
  ofThief(): Manner {
    const [at] = this.#chance.pick(ROBOTS_AT);
    const part = (): number => this.#chance.whole(0, 255);
    const template = this.#chance.whole(1, TEMPLATES);
    const own = this.#chance.of(`template ${template}`);
    return {
      client: `${at}.${part()}.${part()}.${part()}`,
      text: `${wordsOf(own)} http://pills${template}.example/x${part()}`,
    };
  }

  /** Writes what a guard knows of them at this moment, ms since the epoch. */
  async remember(disk: Disk, accounts: readonly Account[], at: number): Promise<void> {
    const states = this.#past(accounts, at);
    await disk.prepare([{ name: 'keepGuardStates', input: { states, at, unlessSince: at } }]);
  }

  #past(accounts: readonly Account[], before: number): GuardState[] {
    const submissions = new Submissions(WHEREABOUTS, GUARD_SECRET);
    const guard = new Guard();
    const head = Buffer.from('Subject: as ever\r\n\r\nhello\r\n');
    const header = scanHeader(head);
    const each = CONTACTS / PAST_MESSAGES;
    for (const account of accounts)
      for (let index = 0; index < PAST_MESSAGES; index++)
        guard.decide(
          submissions.eventOf({
            at: before - ((PAST_MESSAGES - index) * PAST_DAYS * DAY_MS) / PAST_MESSAGES,
            account: account.address,
            recipients: this.#contactsOf(account).slice(index * each, (index + 1) * each),
            client: homeOf(account),
            sizeBytes: head.length,
            header,
            head,
          }),
        );
    return accounts.flatMap(({ address }) => {
      const bytes = guard.save(address);
      return bytes === undefined ? [] : [{ name: accountState(address), upTo: 0, bytes }];
    });
  }

  #contactsOf({ address }: Account): readonly string[] {
    const known = this.#contacts.get(address);
    if (known !== undefined) return known;
    const own = this.#chance.of(`contacts of ${address}`);
    const contacts = Array.from(
      { length: CONTACTS },
      () => `user${own.whole(1, 9_999)}@${own.weighted(this.#targets).domain}`,
    );
    this.#contacts.set(address, contacts);
    return contacts;
  }
}

function homeOf({ id }: Account): string {
  return `${CUSTOMERS_AT}.${(id >> 8) & 255}.${id & 255}.7`;
}

function wordsOf(chance: Chance): string {
  const word = (): string => chance.pick(SYLLABLES) + chance.pick(SYLLABLES) + chance.pick(SYLLABLES);
  return Array.from({ length: WORDS }, word).join(' ');
}
