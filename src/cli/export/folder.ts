/** A folder that is to be there whole or not at all: written beside its place, then renamed. */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';
import { nameForPeople } from '../output.ts';

/** Not SIGHUP: who listens for it undoes `nohup`. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no room on the disk',
  EBUSY: 'it is a mount point, or in use: name a new folder in it',
};

/** Throws when it cannot take its place; nothing is left when `write` rejects, or a signal ends the process. */
export async function writeFolder<Result>(
  folder: string,
  write: (partial: string) => Promise<Result>,
): Promise<Result> {
  const place = resolve(folder);
  const partial = `${place}.partial`;
  const isThere = checkPlace(place);
  make(partial);
  if (isThere) tryPlace(partial, place);
  const ended = (signal: NodeJS.Signals): void => {
    for (const one of SIGNALS) process.removeListener(one, ended);
    try {
      rmSync(partial, { recursive: true, force: true });
    } finally {
      // With nobody listening any more it ends the process, as whoever sent it expects.
      process.kill(process.pid, signal);
    }
  };
  for (const signal of SIGNALS) process.on(signal, ended);
  try {
    const result = await write(partial);
    renameSync(partial, place);
    return result;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw unwritable(place, error);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, ended);
  }
}

function unwritable(place: string, error: unknown): CommandError {
  const why = WHY[(error as NodeJS.ErrnoException).code ?? ''] ?? fileFault(error);
  return new CommandError(
    EXIT.failed,
    `${nameForPeople(place)} cannot be written: ${why}. Nothing is left of it.`,
  );
}

/** A folder that is mounted from the same file system looks like any other, and shows when it is to be replaced. */
function tryPlace(partial: string, place: string): void {
  try {
    renameSync(partial, place);
  } catch (error) {
    rmdirSync(partial);
    throw unwritable(place, error);
  }
  make(partial);
}

/**
 * What is written beside it is renamed to it: neither a link nor a mount point can be replaced so. True when an empty folder
 * is there.
 */
export function checkPlace(place: string): boolean {
  const shown = nameForPeople(place);
  const refused = (why: string): CommandError => new CommandError(EXIT.failed, `${shown} ${why}`);
  const there = look(place);
  if (there === undefined) return false;
  if (there.isSymbolicLink())
    throw refused('is a symbolic link: name the folder that it leads to, or a new one');
  if (statSync(dirname(place)).dev !== there.dev)
    throw refused(`is a mount point, which cannot be replaced: name a new folder in it, as ${shown}/mail`);
  if (!isEmptyFolder(place)) throw refused('is there already, and is left as it is: name a new folder');
  return true;
}

function look(place: string): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch (error) {
    throw new CommandError(EXIT.failed, `${nameForPeople(place)} cannot be read: ${fileFault(error)}`);
  }
}

function isEmptyFolder(place: string): boolean {
  try {
    return readdirSync(place).length === 0;
  } catch {
    return false;
  }
}

function make(partial: string): void {
  try {
    mkdirSync(partial, { mode: 0o700 });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new CommandError(
      EXIT.failed,
      isThere
        ? `${nameForPeople(partial)} is there: another export is writing it, or one was ended; if none runs, remove it`
        : `${nameForPeople(partial)} cannot be made: ${fileFault(error)}`,
    );
  }
}
