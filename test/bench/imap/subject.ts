/** Where a server listens. */
export interface Ports {
  readonly imap: number;
  readonly lmtp: number;
}

/** A server with one account to log in to, as the bench sees it. */
export interface ImapSubject {
  readonly name: string;
  readonly ports: Ports;
  readonly login: { readonly user: string; readonly password: string };
  stop(): Promise<void>;
}
