/** What commands see of their session. */
import type { TLSSocket } from 'node:tls';
import type { Pop3Context } from './context.ts';
import type { Maildrop } from './maildrop.ts';
import type { LoginDialogue } from '../login.ts';
import type { Owner } from '../owners.ts';

/** Where a session is (RFC 1939 section 3). */
export type Phase =
  /** `user`: what USER named. */
  | { readonly kind: 'authorization'; readonly user?: string }
  | { readonly kind: 'transaction'; readonly account: Owner; readonly maildrop: Maildrop };

export interface Pop3Handle {
  readonly context: Pop3Context;
  readonly address: string;
  readonly tlsSocket: TLSSocket | undefined;
  readonly isOver: boolean;
  phase: Phase;
  loginFailures: number;
  /** Whose answer the next line is. */
  dialogue: LoginDialogue | undefined;
  loggedIn(account: Owner, maildrop: Maildrop): void;
  /** In the transaction phase; throws in another. */
  readonly maildrop: Maildrop;
  /** What the client has sent ahead, octets. */
  readonly aheadBytes: number;
  send(piece: string | Buffer): void;
  /** To be awaited before more is made; undefined when there is room. */
  room(): Promise<void> | undefined;
  /** Says `goAhead` in the clear, then goes on over TLS. */
  upgrade(goAhead: string): void;
  /** Says its last word and closes. */
  end(last: string): void;
}

/** How a command ends: its status line without CRLF; nothing when it has answered by itself. */
export type Answer = string | undefined | Promise<string | undefined>;

/** A failure that is the server's, and passes (RFC 3206). */
export const TROUBLE = '-ERR [SYS/TEMP] Trouble on our side; please try again later';
