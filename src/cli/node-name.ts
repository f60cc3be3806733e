/**
 * The name of a server among those that share a store: its host's, and what its data folder was marked with when it
 * first served. Containers made from one image have the same host name and path, never the same folder.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const MARK = 'node';

/** `mx1-3f9a1c`; without a mark, which means that no server ever ran on this folder, the host's name alone. */
export function nodeName(data: string): string {
  const mark = markOf(data);
  return mark === undefined ? hostname() : `${hostname()}-${mark}`;
}

/** Marks the folder unless it is. Throws when it cannot be written. */
export function markNode(data: string): void {
  if (markOf(data) === undefined)
    writeFileSync(join(data, MARK), `${randomBytes(3).toString('hex')}\n`, { mode: 0o600 });
}

function markOf(data: string): string | undefined {
  try {
    const mark = readFileSync(join(data, MARK), 'utf8').trim();
    return mark === '' ? undefined : mark;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
