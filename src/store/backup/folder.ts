/**
 * A database that is to appear in a folder whole or not at all: written under another name, synced, then renamed. Until then
 * nothing there looks like a store; what a killed process left is taken away by the next.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { databaseFile, hasDatabase } from '../sqlite/open.ts';

/** Before the number of the process that writes it. */
const PARTIAL = 'relais.db.partial-';

/** There is a database already: nothing was written. */
export class OccupiedError extends Error {}

/** Another process is writing one: nothing was written. */
export class BusyFolderError extends Error {
  /** What it writes. */
  readonly file: string;

  constructor(file: string) {
    super(`${file} is being written`);
    this.file = file;
  }
}

/** Has `write` fill a file, which is there and empty, and makes it the database of the folder; its octets. Nothing is left when it rejects. */
export async function writeDatabase(
  folder: string,
  write: (file: string) => Promise<void> | void,
): Promise<number> {
  const isNew = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
  if (hasDatabase(folder)) throw new OccupiedError();
  clear(folder);
  const file = join(folder, `${PARTIAL}${process.pid}`);
  // Passwords are in it: nobody else may read it at any moment.
  closeSync(openSync(file, 'wx', 0o600));
  try {
    await write(file);
    sync(file);
    // Another may have been faster.
    if (hasDatabase(folder)) throw new OccupiedError();
    renameSync(file, databaseFile(folder));
  } catch (error) {
    remove(file);
    throw error;
  }
  sync(folder);
  if (isNew) sync(dirname(resolve(folder)));
  return statSync(databaseFile(folder)).size;
}

/** Takes away what processes left that are no more. Throws when one of them still writes. */
function clear(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(`^${PARTIAL}(\\d+)$`).exec(name)?.[1];
    if (pid === undefined) continue;
    if (isRunning(Number(pid))) throw new BusyFolderError(join(folder, name));
    remove(join(folder, name));
  }
}

/** Our own number on a file that is there already was another's before: in a container they are few. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function remove(file: string): void {
  for (const end of ['', '-journal', '-wal', '-shm']) rmSync(file + end, { force: true });
}

function sync(path: string): void {
  const open = openSync(path, 'r');
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}
