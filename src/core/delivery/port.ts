/** What delivery needs of the network. Implemented by `net/`; the lab has its own. */
import type { Recipient, RemoteReply } from '../envelope.ts';
import type { Capabilities } from '../../wire/smtp/capabilities.ts';
import type { MailParameters } from '../../wire/smtp/parameters.ts';

/** How much TLS a hop must have. `opportunistic`: use it when offered, unverified (RFC 7435). */
export type TlsPolicy = 'none' | 'opportunistic' | 'required' | 'verified';

/** One address that a connection may be opened to. */
export interface Hop {
  /** The name to verify a certificate against and to show; an address when there is no name. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

export interface ConnectRequest {
  /** Tried in order until one greets us. */
  readonly hops: readonly Hop[];
  readonly egress: { readonly address?: string; readonly ehlo: string };
  readonly tls: TlsPolicy;
  readonly asking?: Asking | undefined;
}

/** Whoever waits for a connection. */
export interface Asking {
  /** The first far end is about to be asked. */
  asked(): void;
  /** Aborted when nobody waits for it any more; what comes of it then is of no interest. */
  readonly signal: AbortSignal;
}

export type ConnectResult =
  | { readonly ok: true; readonly connection: Connection }
  | {
      readonly ok: false;
      readonly reply: RemoteReply;
      readonly trouble: 'local' | 'remote';
      /** The address of the egress is not one of this machine's. */
      readonly unbound?: true;
      /** The host is there, and nothing listens. */
      readonly refused?: true;
    };

/** The message of a transfer, in pieces that are read only when they are sent. */
export interface Transfer {
  readonly reversePath: string;
  readonly parameters: MailParameters;
  readonly recipients: readonly Recipient[];
  readonly sizeBytes: number;
  readonly content: MessageReader;
  /** A backlog gives way to live mail. */
  readonly urgency: 'live' | 'backlog';
  /** Whether it is still this worker's to send: a process that stood still for a while may find that others have it. Asked before its content. */
  isOurs(): boolean;
}

/** Each call gives the next piece, undefined at the end. Rejects when our own store does not give it. */
export interface MessageReader {
  next(): Buffer | undefined | Promise<Buffer | undefined>;
}

export interface TransferResult {
  readonly accepted: boolean;
  readonly reply: RemoteReply;
  /** The dialogue broke before this recipient had an answer, and on which side. */
  readonly trouble?: 'local' | 'remote';
}

export interface Connection {
  /** False once the peer said 421, closed, or its limit of transactions is reached. */
  readonly usable: boolean;
  /** It is broken, or the peer has closed it, even in the midst of a transaction; absent: not. */
  readonly gone?: boolean;
  /** Transactions so far. */
  readonly transfers: number;
  readonly offered: Pick<Capabilities, 'smtpUtf8' | 'requireTls' | 'binaryMime' | 'dsn'>;
  readonly tls?: string | undefined;
  readonly remote: string;
  /** How long its transfers have waited for octets of our own budget (`budget.out`), ms in all, the wait under way included; absent: none. */
  readonly waitedMs?: number;
  /** Since when it waits in the midst of a transaction for a far end that gives no sign, ms; 0 when it does not wait; absent: not known. */
  readonly silentMs?: number;
  /** Recipients of one transaction at most, from RFC 9422 or our own setting. */
  readonly maxRecipients: number;
  /** Never rejects: every recipient gets a result, in the order asked. */
  transfer(transfer: Transfer): Promise<TransferResult[]>;
  /** Ends politely. What it gives, where it does, resolves when the far end has closed too, or takes too long to; never rejects. */
  close(): Promise<void> | void;
}

export interface Connector {
  /** Never rejects. */
  connect(request: ConnectRequest): Promise<ConnectResult>;
}
