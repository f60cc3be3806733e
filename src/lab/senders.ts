/**
 * Customers who send: accounts with the shape of a day, sizes, and recipients over the providers. A client that is put
 * off, or hears nothing, keeps its message and tries again, as clients do; each try is a copy of its own.
 */
import type { Clock } from '../base/clock.ts';
import type { Account } from '../core/directory/port.ts';
import type { Chance } from './chance.ts';
import type { Habits, Manner } from './habits.ts';

export interface SendersShape {
  /** Domains of ours, and accounts in each. */
  readonly domains: number;
  readonly accounts: number;
  /** Messages of all accounts together, at the level 1 of the shape. */
  readonly perHour: number;
  /** How that varies: `flat`, a week in which Monday morning is what it is, or levels, one for each hour from the beginning. */
  readonly day: 'flat' | 'week' | readonly number[];
  /** How much more the busiest accounts send than the others: 1, all alike; 6, a tenth of them sends half. */
  readonly skew?: number;
  /** Sizes, evenly over their logarithm. */
  readonly octets: { readonly from: number; readonly to: number };
  /** Recipients of one message at most. */
  readonly recipients: number;
  /** Parts, of 1: recipients that are not there, or full; messages that are complained of, or refused for their content. */
  readonly unknown: number;
  readonly full: number;
  readonly spam: number;
  readonly bad: number;
}

/** What a burst is of: the kind of its messages, and the part (of 1) of its recipients that are not there. */
export interface Burst {
  readonly kind?: 'spam' | 'bad' | 'm';
  readonly unknown?: number;
  /** In place of recipients by chance. */
  readonly to?: readonly string[];
}

/** A message as a client has it. */
export interface Outgoing {
  /** Its copies are named after it: `m17.1`, `m17.2`. */
  readonly name: string;
  readonly account: Account;
  readonly recipients: readonly string[];
  readonly octets: number;
  /** Where habits count. */
  readonly manner?: Manner;
}

/** What a try came to; `silence`: no answer, or the connection broke. */
export type Submitted = 'kept' | 'refused' | 'silence';

export interface SendersPorts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly accounts: readonly Account[];
  /** Where mail goes: each domain with its part of all recipients. */
  readonly targets: readonly { readonly domain: string; readonly weight: number }[];
  /** Of customers whom a guard knows; none: they write to anybody. */
  readonly habits?: Habits;
  submit(outgoing: Outgoing, copy: string): Promise<Submitted>;
}

/** A rate is looked at again after this long, so that it may change. */
const LOOK_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Places in the list of accounts between one and the next busiest: a prime, so that all have a rank. */
const APART = 7_919;
/** A client waits this long before it tries again, doubled each time up to the longest. */
const RETRY_MS = 30_000;
const RETRY_LONGEST_MS = 15 * 60_000;

export class Senders {
  /** Messages that a client still holds. */
  holding = 0;
  sent = 0;
  readonly #shape: SendersShape;
  readonly #ports: SendersPorts;
  readonly #retries: Chance;
  #stopped = false;

  constructor(shape: SendersShape, ports: SendersPorts) {
    this.#shape = shape;
    this.#ports = ports;
    this.#retries = ports.chance.of('clients that try again');
  }

  start(): void {
    const { clock, chance } = this.#ports;
    const rate = this.#shape.perHour * this.#level();
    const gapMs = rate === 0 ? Number.POSITIVE_INFINITY : chance.gap(HOUR_MS / rate);
    clock.after(Math.min(gapMs, LOOK_MS), () => {
      if (this.#stopped) return;
      if (gapMs <= LOOK_MS) this.send(this.#somebody());
      this.start();
    });
  }

  /** No new message; what clients hold they still bring. */
  stop(): void {
    this.#stopped = true;
  }

  /** One account sends many at once; `domain`: all of them there; `as`: not what customers send by chance. */
  burst(account: number, about: { count: number; overMs: number; domain?: string; as?: Burst }): void {
    const { clock, accounts, chance } = this.#ports;
    const by = accounts[account % accounts.length] as Account;
    const to = (): Pick<Burst, 'to'> =>
      about.domain === undefined ? {} : { to: [`user${chance.whole(1, 9_999)}@${about.domain}`] };
    for (let index = 0; index < about.count; index++)
      clock.after(chance.between(0, about.overMs), () => this.send(by, { ...about.as, ...to() }));
  }

  /** Every account sends one there, at any moment within this time. */
  everybody({ domain, withinMs }: { domain: string; withinMs: number }): void {
    for (const account of this.#ports.accounts.keys())
      this.burst(account, { count: 1, overMs: withinMs, domain });
  }

  /** One message, as the shape has it, or as told. */
  send(account: Account, as: Burst = {}): void {
    const { chance } = this.#ports;
    const { octets, spam, bad } = this.#shape;
    const kind = chance.float();
    const name = as.kind ?? (kind < spam ? 'spam' : kind < spam + bad ? 'bad' : 'm');
    const { habits } = this.#ports;
    const isThief = name === 'spam';
    const manner = isThief ? habits?.ofThief() : habits?.ofOwner(account);
    const outgoing: Outgoing = {
      name: `${name}${++this.sent}`,
      account,
      recipients: as.to ?? this.#recipients(as.unknown ?? this.#shape.unknown, isThief ? undefined : account),
      octets: Math.round(octets.from * (octets.to / octets.from) ** chance.float()),
      ...(manner === undefined ? {} : { manner }),
    };
    this.holding++;
    void this.#bring(outgoing);
  }

  #somebody(): Account {
    const { chance, accounts } = this.#ports;
    const { skew = 1 } = this.#shape;
    if (skew === 1) return chance.pick(accounts);
    const rank = Math.floor(accounts.length * (1 - chance.float() ** (1 / skew)));
    // The busy ones are of all domains.
    return accounts[(rank * APART) % accounts.length] as Account;
  }

  /** By the habits of this account, should it have any. */
  #recipients(unknown: number, of: Account | undefined): string[] {
    const { chance, targets, habits } = this.#ports;
    const { recipients, full } = this.#shape;
    const count = chance.is(0.8) ? 1 : chance.whole(1, recipients);
    let { domain } = chance.weighted(targets);
    const found = Array.from({ length: count }, (_, index) => {
      const kind = chance.float();
      const local = kind < unknown ? 'nobody' : kind < unknown + full ? 'full' : 'user';
      // Most of the recipients of one message are at one provider, so that transactions carry several.
      const isThere = index === 0 || chance.is(0.6);
      const usual =
        of === undefined || local !== 'user'
          ? undefined
          : habits?.recipientOf(of, isThere && index > 0 ? domain : undefined);
      const anybody = (): string => {
        const at = isThere ? domain : chance.weighted(targets).domain;
        return `${local}${chance.whole(1, 9_999)}@${at}`;
      };
      const recipient = usual ?? anybody();
      if (index === 0) domain = recipient.slice(recipient.indexOf('@') + 1);
      return recipient;
    });
    return found.length === 1 ? found : [...new Set(found)];
  }

  async #bring(outgoing: Outgoing): Promise<void> {
    const { clock } = this.#ports;
    for (let tries = 1; ; tries++) {
      const came = await this.#ports.submit(outgoing, `${outgoing.name}.${tries}`);
      if (came === 'kept') break;
      const waitMs =
        Math.min(RETRY_MS * 2 ** (tries - 1), RETRY_LONGEST_MS) * this.#retries.between(0.8, 1.2);
      await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
    }
    this.holding--;
  }

  /** A week of a business host: nights are quiet, Monday from eight on is twice any other day. */
  #level(): number {
    const { day: shape } = this.#shape;
    if (shape === 'flat') return 1;
    if (shape !== 'week') return shape[Math.floor(this.#ports.clock.monotonic() / HOUR_MS)] ?? 0;
    const date = new Date(this.#ports.clock.now());
    const hour = date.getUTCHours() + date.getUTCMinutes() / 60;
    const day = date.getUTCDay();
    const busy = Math.max(0, Math.sin((Math.PI * (hour - 6.5)) / 12));
    const part = day === 0 || day === 6 ? 0.35 : day === 1 ? 1.6 : 1;
    return 0.12 + 2 * busy * part;
  }
}
