import type { Call, Transacted } from '../sql/sql.ts';

/** What crosses between a server and its store thread. */
export type ToThread =
  | { readonly kind: 'transact'; readonly id: number; readonly calls: readonly Call[] }
  | { readonly kind: 'read'; readonly id: number; readonly call: Call }
  | { readonly kind: 'space'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number };

export interface FromThread extends Transacted {
  readonly id: number;
}
