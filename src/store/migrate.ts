/** Numbered migrations, run in one transaction; a database newer than the code is refused, never touched. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly text: string;
}

/** How a database calls the types that the migrations name. */
export interface TypeNames {
  readonly int: string;
  readonly bytes: string;
  readonly serial: string;
  /** A text that is compared octet by octet. */
  readonly key: string;
  /** Behind a table whose rows stand in the order of their primary key. */
  readonly clustered: string;
}

const FOLDER = new URL('./migrations/', import.meta.url);

/** Its message says what to run. */
export class NewerDatabase extends Error {
  readonly code = 'newer-database';
}

/** Every migration in order, written for one database. */
export function migrations(types: TypeNames): Migration[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      name,
      text: readFileSync(new URL(name, FOLDER), 'utf8').replace(
        /\{(int|bytes|serial|key|clustered)\}/g,
        (_, type: keyof TypeNames) => types[type],
      ),
    }));
}

/**
 * What is left to run on a database that is at `current`.
 * Throws when the database was written by a newer Relais.
 */
export function pending(current: number, all: readonly Migration[]): Migration[] {
  const newest = all.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new NewerDatabase(
      `this database is at version ${current}, newer than this Relais knows (${newest}): run the Relais that wrote it, or a later one`,
    );
  }
  return all.filter((migration) => migration.version > current);
}
