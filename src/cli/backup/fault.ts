/** Why a backup cannot be written, or a store restored: what it is, and what to do. */
import { resolve } from 'node:path';
import { BusyFolderError, OccupiedError } from '../../store/backup/folder.ts';
import { CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';

export interface Writing {
  /** `the backup cannot be written`. */
  readonly what: string;
  readonly folder: string;
  /** What to do where there is a database. */
  readonly occupied: string;
}

/** The sentence, for what `writeDatabase` and SQLite say; anything else as it is. */
export function writingFault(error: unknown, { what, folder, occupied }: Writing): unknown {
  const fail = (code: number, why: string): CommandError => new CommandError(code, `${what}: ${why}`);
  const place = resolve(folder);
  if (error instanceof OccupiedError)
    return fail(EXIT.failed, `there is a store in ${place}, which is left as it is.\n  ${occupied}.`);
  if (error instanceof BusyFolderError)
    return fail(
      EXIT.later,
      `another one is being written there.\n  Wait for it; if none is, another program has its number by now: remove ${error.file}.`,
    );
  const { code, errcode } = error as { code?: string; errcode?: number };
  switch (errcode === undefined ? code : SQLITE[errcode & 0xff]) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fail(
        EXIT.later,
        `the disk of ${place} is full; nothing is left of it there.\n  Make room, or name a folder on another disk.`,
      );
    case 'damaged':
      return fail(
        EXIT.failed,
        'what is to be copied is damaged, and not to be read as a whole.\n  relais verify says what is wrong with a store.',
      );
    case 'busy':
      return fail(EXIT.later, 'another program keeps the store locked.\n  Try again in a moment.');
    case 'io':
      return fail(
        EXIT.later,
        `the disk reads or writes with errors (${(error as Error).message}); nothing is left of it in ${place}.\n  See what the system's log says of the disk.`,
      );
    case 'closed':
      return fail(
        EXIT.failed,
        `this user may not read the store, or not write in ${place}.\n  Run this as the owner of both.`,
      );
    default:
      if (errcode !== undefined) return fail(EXIT.failed, `${(error as Error).message} (${place})`);
      if (code === undefined || !OF_FOLDERS.includes(code)) return error;
      return fail(
        EXIT.failed,
        `${place}: ${fileFault(error)}.\n  Name a folder that this user may write in.`,
      );
  }
}

const OF_FOLDERS = [
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENAMETOOLONG',
  'ELOOP',
];

/** https://sqlite.org/rescode.html */
const SQLITE: Readonly<Record<number, string>> = {
  3: 'closed',
  5: 'busy',
  6: 'busy',
  8: 'closed',
  10: 'io',
  11: 'damaged',
  13: 'ENOSPC',
  14: 'closed',
  26: 'damaged',
};
