/** A server with one account, as the bench sees it. */
export interface ImapSubject {
  readonly name: string;
  readonly port: number;
  readonly login: { readonly user: string; readonly password: string };
  stop(): Promise<void>;
}
