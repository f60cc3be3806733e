/** What clients note about a mailbox, or about all of them (METADATA, RFC 5464): names and limits. */

/** Octets of a value; RFC 5464 4.3 wants 1024 at least. */
export const MAX_VALUE_BYTES = 16_384;
/** Entries of one mailbox, or of the server for one account; RFC 5464 asks for none in particular. */
export const MAX_ENTRIES = 100;

/** How far below a name entries are asked for. */
export type Depth = 0 | 1 | 'infinity';

export interface MetadataEntry {
  /** In lower case. */
  readonly name: string;
  readonly value: Uint8Array;
}

/** Whether an entry is one that is asked for, or lies so far below it (RFC 5464 4.2.2). */
export function isAsked(name: string, { entry, depth }: { entry: string; depth: Depth }): boolean {
  if (name === entry) return true;
  if (depth === 0 || !name.startsWith(`${entry}/`)) return false;
  return depth === 'infinity' || !name.slice(entry.length + 1).includes('/');
}
