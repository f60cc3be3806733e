/** The real programs that the tests talk to: where they are, and what to do when one is not there. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export type PeerName =
  | 'postgres'
  | 'postfix'
  | 'smtp-source'
  | 'smtp-sink'
  | 'exim4'
  | 'opensmtpd'
  | 'swaks'
  | 'curl'
  | 'python3'
  | 'strace'
  | 'mbsync'
  | 'mutt'
  | 'offlineimap'
  | 'getmail'
  | 'fetchmail'
  | 'thunderbird'
  | 'dovecot';

export interface Peer {
  /** The program itself. */
  readonly program: string;
  /** The folder it stands in, with its companions (`initdb` beside `postgres`, `smtpctl` beside `smtpd`). */
  readonly folder: string;
}

interface Search {
  readonly program: string;
  /** The Debian package that brings it. */
  readonly package: string;
}

const SEARCHES = {
  postgres: { program: 'postgres', package: 'postgresql' },
  postfix: { program: 'postfix', package: 'postfix' },
  'smtp-source': { program: 'smtp-source', package: 'postfix' },
  'smtp-sink': { program: 'smtp-sink', package: 'postfix' },
  exim4: { program: 'exim4', package: 'exim4-daemon-light' },
  opensmtpd: { program: 'smtpd', package: 'opensmtpd' },
  swaks: { program: 'swaks', package: 'swaks' },
  curl: { program: 'curl', package: 'curl' },
  python3: { program: 'python3', package: 'python3' },
  strace: { program: 'strace', package: 'strace' },
  mbsync: { program: 'mbsync', package: 'isync' },
  mutt: { program: 'mutt', package: 'mutt' },
  offlineimap: { program: 'offlineimap', package: 'offlineimap3' },
  getmail: { program: 'getmail', package: 'getmail6' },
  fetchmail: { program: 'fetchmail', package: 'fetchmail' },
  thunderbird: { program: 'thunderbird', package: 'thunderbird' },
  dovecot: { program: 'dovecot', package: 'dovecot-imapd' },
} as const satisfies Record<PeerName, Search>;

/** Whether a missing peer fails the tests: so in CI, where everything is installed (`.ci/run`). */
export const inCi = (process.env['CI'] ?? '') !== '';

/** Where a peer is, or nothing when this machine does not have it. */
export function findPeer(name: PeerName): Peer | undefined {
  for (const folder of folders(name)) {
    const program = join(folder, SEARCHES[name].program);
    if (existsSync(program)) return { program, folder: dirname(program) };
  }
  return undefined;
}

/**
 * Where a peer is. Without it: in CI an error, elsewhere the test is skipped, saying which package is missing, and
 * the result is nothing, on which the test returns.
 */
export function requirePeer(t: TestContext, name: PeerName): Peer | undefined {
  const peer = findPeer(name);
  if (peer !== undefined) return peer;
  const reason = missingPeer(name);
  if (inCi) throw new Error(reason);
  t.skip(reason);
  return undefined;
}

/** What to do where it is not there, as a sentence. */
export function missingPeer(name: PeerName): string {
  return `${name} is not on this machine: install the Debian package ${SEARCHES[name].package}, or run .ci/run`;
}

/** Real installations first; `postgres` only from a folder that also has `initdb`. */
function folders(name: PeerName): string[] {
  const peers = process.env['RELAIS_PEERS'] ?? join(homedir(), '.cache', 'relais-peers');
  const unpacked = ['usr/sbin', 'usr/bin'].map((folder) => join(peers, folder));
  if (name === 'postgres') return [...postgresFolders('/usr/lib/postgresql'), ...path()];
  return [...path(), '/usr/sbin', '/usr/local/sbin', ...unpacked];
}

function path(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
}

/** Newest first. */
function postgresFolders(root: string): string[] {
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, 'bin'));
}
