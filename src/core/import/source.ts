/** The server that mail comes from, as an import sees it: one connection, one folder of it open at a time. */

export interface SourceFolder {
  /** As it is called there: names it in `open`, in what is kept of it, and in what people read. */
  readonly name: string;
  /** Its levels, without the prefix of the namespace. */
  readonly levels: readonly string[];
  /** `\Sent` and the like (RFC 6154), said by the server or by a name that is known for it. */
  readonly use?: string;
  readonly isSubscribed: boolean;
  /** Messages in it, where the server said so. */
  readonly messages?: number;
  /** Why it stays where it is, unless it is asked for. */
  readonly left?: LeftFolder;
}

/** `holds no messages`: a level of the hierarchy; `shows others`: what is in other folders (`\All`, `\Flagged`). */
export type LeftFolder = 'holds no messages' | 'shows others' | 'belongs to others';

export interface Described {
  readonly uid: number;
  readonly flags: readonly string[];
  /** INTERNALDATE, ms since the epoch; undefined where it is none. */
  readonly internalAt?: number;
  /** As the server reckons it. */
  readonly sizeBytes: number;
}

export interface OpenFolder {
  readonly uidValidity: number;
  /** HIGHESTMODSEQ (RFC 7162) as it was opened; undefined where there is none. */
  readonly modseq?: string;
  /** Of all its messages, or of those `among` these UIDs that are there still; rising. */
  uids(among?: readonly number[]): Promise<readonly number[]>;
  /** Of messages in a range of UIDs; `since`: only those whose flags changed after that MODSEQ. */
  flags(request: {
    range: readonly [number, number];
    since?: string;
  }): AsyncIterable<Pick<Described, 'uid' | 'flags'>>;
  /** Of what was asked for, each once; what the server does not give is left out. */
  describe(uids: readonly number[]): Promise<Described[]>;
  /** Whole messages, each once; what the server does not give is left out. `claimedBytes`: of all of them. */
  whole(
    uids: readonly number[],
    claimedBytes: number,
  ): Promise<{ readonly uid: number; readonly bytes: Buffer }[]>;
  /** Octets of one message; fewer at its end, undefined when the server does not give it. */
  piece(request: { uid: number; offset: number; limit: number }): Promise<Buffer | undefined>;
}

export interface SourceConnection {
  folders(): Promise<SourceFolder[]>;
  open(name: string): Promise<OpenFolder>;
  close(): Promise<void>;
}

/**
 * `lost`: the connection is; another may do better. `unreachable`: it never came. `login`: the name or the password. `refused`:
 * the server said no to one thing. `excess`: it sent more than that can take, and the connection was ended for it. `unsafe`: TLS
 * is missing or cannot be trusted.
 */
export type SourceFault = 'lost' | 'unreachable' | 'login' | 'refused' | 'excess' | 'unsafe';

/** The text is for people: what happened, in the server's words where it has any. Never holds a secret. */
export class SourceError extends Error {
  readonly fault: SourceFault;

  constructor(fault: SourceFault, text: string) {
    super(text);
    this.fault = fault;
  }
}

/** A later connection may do better. */
export function isPassing(error: unknown): error is SourceError {
  return error instanceof SourceError && (error.fault === 'lost' || error.fault === 'unreachable');
}

/** Of one folder or message alone. */
export function isRefusal(error: unknown): error is SourceError {
  return error instanceof SourceError && (error.fault === 'refused' || error.fault === 'excess');
}
