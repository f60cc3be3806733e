/** Where an IMAP session is (RFC 9051 section 3); each phase holds what that phase knows. */
import type { LoginDialogue } from '../login.ts';
import type { Owner } from '../owners.ts';
import type { Selected } from './selected.ts';

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
