/** Why a store cannot be opened: where it is, what to do, and whether it helps to try again later. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { NewerDatabase } from '../store/migrate.ts';
import { databaseFile } from '../store/sqlite/open.ts';
import { CommandError, EXIT, type NamedConfig } from './command.ts';

export interface Closed {
  /** Names the place; without a full stop. */
  readonly fact: string;
  readonly remedy: string;
  /** It may open by itself in a while. */
  readonly later: boolean;
}

/** The data folder has none. */
export class NoStore extends Error {
  readonly code = 'no-store';
}

/** A command ends with this when the store cannot be opened. */
export class StoreClosed extends CommandError {
  constructor(error: unknown, config: NamedConfig) {
    const { fact, remedy, later } = whyClosed(error, config);
    const sentence = `the store cannot be opened: ${fact}.\n  ${remedy}.\n  ${originOf(config)}.`;
    super(later ? EXIT.later : EXIT.failed, sentence);
  }
}

/** Which configuration and folder a command uses. */
export function originOf({ file, data, store }: NamedConfig): string {
  const place = store.kind === 'sqlite' ? `the data folder ${resolve(data)}` : `the PostgreSQL of \`store\``;
  return file === undefined
    ? `There is no relais.toml here or in /etc/relais: the defaults hold, with ${place}`
    : `The configuration is ${resolve(file)}, with ${place}`;
}

export function whyClosed(error: unknown, config: NamedConfig): Closed {
  return config.store.kind === 'sqlite'
    ? whyNoSqlite(error as Fault, resolve(config.data))
    : whyNoPostgres(error as Fault, config.store.url);
}

interface Fault extends Error {
  readonly code?: string;
  /** Of SQLite: the primary code in the lowest eight bits. */
  readonly errcode?: number;
}

/** Its error says by itself what to run. */
const NEWER: NewerDatabase['code'] = 'newer-database';
const BY_NAME = 'with --data DIR, or with data = "DIR" in relais.toml';
const OTHER_FOLDER = `name another folder ${BY_NAME}`;

function whyNoSqlite(error: Fault, folder: string): Closed {
  const file = databaseFile(folder);
  switch (error.errcode === undefined ? error.code : SQLITE[error.errcode & 0xff]) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      if (!existsSync(folder))
        return {
          fact: `${folder} is not there, and this user may not make it`,
          remedy: `Make it (install -d -m 700 -o USER ${folder}), or ${OTHER_FOLDER}`,
          later: false,
        };
      return {
        fact: `this user may not read and write ${file}`,
        remedy: `Run this as the owner of ${folder} (sudo -u OWNER relais …), or ${OTHER_FOLDER}`,
        later: false,
      };
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return {
        fact: `${folder} is no folder, and cannot be made one`,
        remedy: `Make it (install -d -m 700 -o OWNER ${folder}), or ${OTHER_FOLDER}`,
        later: false,
      };
    case 'no-store':
      return {
        fact: `there is none in ${folder}`,
        remedy: `Name the right folder ${BY_NAME}; relais domain add or relais serve makes a new one`,
        later: false,
      };
    case 'no-database':
      return {
        fact: `${file} is not a database, or a damaged one`,
        remedy: `Put a backup in its place, or ${OTHER_FOLDER}`,
        later: false,
      };
    case 'busy':
      return { fact: `another program keeps ${file} locked`, remedy: 'Try again in a moment', later: true };
    case NEWER:
      return { fact: `${file}: ${error.message}`, remedy: `Or ${OTHER_FOLDER}`, later: false };
    default:
      return { fact: `${file}: ${error.message}`, remedy: 'relais doctor looks closer', later: true };
  }
}

/** https://sqlite.org/rescode.html */
const SQLITE: Readonly<Record<number, string>> = {
  3: 'EACCES',
  5: 'busy',
  6: 'busy',
  8: 'EACCES',
  10: 'i/o',
  11: 'no-database',
  13: 'full',
  14: 'EACCES',
  23: 'EACCES',
  26: 'no-database',
};

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: what will be the same in an hour. */
const LASTING: readonly string[] = ['28000', '28P01', '3D000', '42501', 'ENOTFOUND'];

function whyNoPostgres(error: Fault, url: string): Closed {
  const place = url.replace(/(:\/\/[^:@/]*:)[^@/]*@/, '$1…@');
  const fact = `${place}: ${error.message === '' ? error.code : error.message}`;
  if (error.code === NEWER) return { fact, remedy: 'Or name another database in `store`', later: false };
  return error.code !== undefined && LASTING.includes(error.code)
    ? { fact, remedy: 'Correct `store` in relais.toml, or make that user and database', later: false }
    : {
        fact,
        // A password that is missing has no code either.
        remedy: 'See that it runs, can be reached from here and is what `store` says, then try again',
        later: true,
      };
}
