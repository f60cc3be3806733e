import { SqliteEngine } from './engine.ts';

/** The schema that the migrations lead to, as SQLite has it: committed, so that a change of it shows in review. */
export function schemaDump(): string {
  const engine = new SqliteEngine(':memory:');
  engine.migrate();
  const head =
    '-- Written by `npm run docs` from the migrations; PostgreSQL has the same tables with its own type names.\n';
  return `${head}${engine.schema().join(';\n')};\n`;
}
