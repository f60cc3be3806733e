/** Where an IMAP session is (RFC 9051 section 3); each phase holds what that phase knows. */
import type { Account } from '../../core/directory/port.ts';
import type { LoginDialogue } from '../login.ts';
import type { Selected } from './selected.ts';

/** Whose mail it is: nothing of how it logs in. */
export type Owner = Pick<Account, 'id' | 'address'>;

export type Phase =
  | { readonly kind: 'not-authenticated' }
  | { readonly kind: 'authenticated'; readonly account: Owner }
  | { readonly kind: 'selected'; readonly account: Owner; readonly selected: Selected };

/** What a command that goes on by lines of its own waits for. */
export type Waiting =
  | { readonly kind: 'login'; readonly tag: string; readonly dialogue: LoginDialogue }
  | Idling;

/** Until DONE. */
export interface Idling {
  readonly kind: 'idle';
  readonly tag: string;
  end(): void;
}
