/** What a look at one thing came to. */
import type { NamedConfig } from '../command.ts';

export interface Finding {
  /** `right`; `note`: worth knowing, nothing is broken; `wrong`: to be put right; `unknown`: it could not be looked at. */
  readonly state: 'right' | 'note' | 'wrong' | 'unknown';
  readonly what: string;
  /** The fact, without a full stop. */
  readonly fact: string;
  /** What to do, when something is to be done. */
  readonly remedy?: string;
  /** Of a record of a customer's domain that is wrong: what is to be there. */
  readonly record?: { readonly name: string; readonly isMissing: boolean; readonly publish: string };
}

/** What the looks share. */
export interface Patient {
  readonly config: NamedConfig;
  /** A server answers on this data folder. */
  readonly running: boolean;
  readonly now: number;
}

export function right(what: string, fact: string): Finding {
  return { state: 'right', what, fact };
}

export function note(what: string, fact: string, remedy?: string): Finding {
  return { state: 'note', what, fact, ...(remedy === undefined ? {} : { remedy }) };
}

export function wrong(what: string, fact: string, remedy: string): Finding {
  return { state: 'wrong', what, fact, remedy };
}

export function unknown(what: string, fact: string, remedy?: string): Finding {
  return { state: 'unknown', what, fact, ...(remedy === undefined ? {} : { remedy }) };
}
