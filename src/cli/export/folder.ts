/** A folder that is to be there whole or not at all: written beside its place, then renamed. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';

/** Throws when there is something already; nothing is left when `write` rejects. */
export async function writeFolder<Result>(
  folder: string,
  write: (partial: string) => Promise<Result>,
): Promise<Result> {
  const place = resolve(folder);
  const partial = `${place}.partial`;
  if (existsSync(place) && !isEmptyFolder(place))
    throw new CommandError(EXIT.failed, `${place} is there already, and is left as it is: name a new folder`);
  make(partial);
  try {
    const result = await write(partial);
    renameSync(partial, place);
    return result;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const why = code === 'ENOSPC' ? 'there is no room on the disk' : fileFault(error);
    throw new CommandError(EXIT.failed, `${place} cannot be written: ${why}. Nothing is left of it.`);
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
        ? `${partial} is there: another export is writing it, or one was ended; if none runs, remove it`
        : `${partial} cannot be made: ${fileFault(error)}`,
    );
  }
}
