/**
 * Files and folders of other programs. Their names are octets, which need not be UTF-8; below the folder that was named,
 * nothing is opened but folders and plain files, and no symbolic link is followed.
 */
import {
  accessSync,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';
import { nameForPeople } from '../output.ts';
import { MOST_MIB, type PassedOver } from './passed-over.ts';

/** Neither a link is followed, nor does a FIFO wait for somebody who writes. */
export const PLAINLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const PIECE_BYTES = 64 * 1024;

export function inFolder(folder: Buffer, name: Buffer | string): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), typeof name === 'string' ? Buffer.from(name) : name]);
}

/** UTF-8; what is none is taken for ISO 8859-1, as old systems wrote it. */
export function nameIn(octets: Buffer): string {
  const text = octets.toString('utf8');
  return Buffer.from(text).equals(octets) ? text : octets.toString('latin1');
}

/** In the order of their octets. Throws when it cannot be read. */
export function entriesOf(folder: Buffer): Dirent<Buffer>[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
    return entries.sort((a, b) => Buffer.compare(a.name, b.name));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

export function unreadable(path: Buffer, error: unknown): CommandError {
  return new CommandError(EXIT.usage, `${nameForPeople(nameIn(path))} cannot be read: ${fileFault(error)}`);
}

export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Of the file itself, should it be a link; undefined where there is none. */
export function lookAt(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}

/** Of what the user named, or of what a link leads to. */
export function followed(path: Buffer): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Throws when it may not be read; one that is gone is no fault. */
export function checkReadable(file: Buffer): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    if (!isGone(error)) throw unreadable(file, error);
  }
}

/** Of a plain file of 64 MiB at most; else empty. */
export function textOf(
  path: Buffer,
  { passed, encoding }: { passed: PassedOver; encoding: 'utf8' | 'latin1' },
): string {
  const stats = lookAt(path);
  if (stats === undefined) return '';
  const isPlain = stats.isFile() && stats.size <= MOST_MIB * 1024 * 1024;
  if (isPlain) return readPlain(path, encoding);
  passed.add(stats.isSymbolicLink() ? 'links' : stats.isFile() ? 'large' : 'special', nameIn(path));
  return '';
}

function readPlain(path: Buffer, encoding: 'utf8' | 'latin1'): string {
  try {
    const file = openSync(path, PLAINLY);
    try {
      return fstatSync(file).isFile() ? readFileSync(file, encoding) : '';
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isGone(error)) return '';
    throw unreadable(path, error);
  }
}

/** Undefined when it is gone, or no plain file any more. To be closed. */
export async function openPlain(path: Buffer): Promise<{ handle: FileHandle; stats: Stats } | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, PLAINLY);
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw unreadable(path, error);
  }
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, stats };
  await handle.close();
  return undefined;
}

export async function* piecesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
