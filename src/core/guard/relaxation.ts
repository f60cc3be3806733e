/**
 * A relaxation: for whom the guard is more patient, how much, why, and until when. It never covers everybody, never lets
 * out more than twice as much, and what several accounts send alike, an account that was stopped, and the caps are beyond
 * it. Wires that it trips end it at once.
 */
import { domainOf } from '../delivery/route.ts';
import type { Signal } from './signals.ts';

export interface Relaxation {
  readonly scope:
    | { readonly kind: 'account'; readonly account: string }
    | { readonly kind: 'domain'; readonly domain: string }
    /** Of somebody who has several domains: these. */
    | { readonly kind: 'tenant'; readonly tenant: string; readonly domains: readonly string[] }
    | { readonly kind: 'signal'; readonly signal: Signal };
  /** Above 1, at most `MOST_RELAXED`. */
  readonly factor: number;
  /** For what is submitted from then until then, ms since the epoch; always, unless given. */
  readonly from?: number;
  readonly to?: number;
}

export const MOST_RELAXED = 2;
/** The longest that one lasts, ms; whoever needs it longer looks again and renews it. */
export const LONGEST_MS = 24 * 3_600_000;
/** A preview is good for so long, ms. */
export const PREVIEW_GOOD_MS = 3_600_000;

/** What ends a relaxation before its time. */
export interface Wires {
  /** Recipients reached by messages that left only because of it. */
  readonly letOut: number;
  /** Messages that far ends refused for what the relaxed send, since it began. */
  readonly refused: number;
  /** Accounts that send the same, one of them relaxed. */
  readonly accounts: number;
}
export type Wire = keyof Wires;
/** A wire; another of the same scope; a domain more of its tenant; a person, who says why. */
export type EndOfRelaxation = Wire | 'renewed' | 'tenant' | 'operator';

/** So few that a mistake costs no more than a few complaints. */
export const WIRES: Wires = { letOut: 50, refused: 3, accounts: 3 };
/** A wire further out than this is none. */
export const FURTHEST: Wires = { letOut: 1_000, refused: 20, accounts: 10 };

/** One that somebody ordered; kept in the store. */
export interface OrderedRelaxation extends Relaxation {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly author: string;
  readonly wires: Wires;
  /** So far, as the wires count. */
  readonly letOut: number;
  readonly refused: number;
  /** Before its time. */
  readonly ended?: {
    readonly at: number;
    readonly why: EndOfRelaxation;
    readonly by?: string;
    readonly reason?: string;
  };
}

/** `account:a@example.org`: as people write it and read it. */
export function scopeText({ scope }: Pick<Relaxation, 'scope'>): string {
  switch (scope.kind) {
    case 'account':
      return `account:${scope.account}`;
    case 'domain':
      return `domain:${scope.domain}`;
    case 'tenant':
      return `tenant:${scope.tenant}`;
    case 'signal':
      return `signal:${scope.signal}`;
    default:
      return scope satisfies never;
  }
}

/** As people name an ordered one: `X12`. */
export function relaxationName(id: number): string {
  return `X${id}`;
}

/** Whether it is about this account's mail at all. */
export function covers({ scope }: Pick<Relaxation, 'scope'>, account: string): boolean {
  switch (scope.kind) {
    case 'account':
      return scope.account === account;
    case 'domain':
      return scope.domain === domainOf(account);
    case 'tenant':
      return scope.domains.includes(domainOf(account));
    case 'signal':
      return true;
    default:
      return scope satisfies never;
  }
}

/** Those for what is submitted at this moment. */
export function inForce<T extends Relaxation>(relaxations: readonly T[], at: number): readonly T[] {
  return relaxations.length === 0
    ? relaxations
    : relaxations.filter(({ from = at, to = Number.POSITIVE_INFINITY }) => at >= from && at < to);
}
