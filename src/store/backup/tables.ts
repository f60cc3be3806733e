/** Every table and its columns, from the migrations themselves: none can be forgotten. */
import { SqliteEngine } from '../sqlite/engine.ts';

export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Its rows may be large. */
  readonly hasBytes: boolean;
}

/** In the order in which they are made, so that what others refer to comes first. */
export function allTables(): Table[] {
  const engine = new SqliteEngine(':memory:');
  engine.migrate();
  const names = engine.rows(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`,
  );
  const tables = names.map(({ name }) => {
    const columns = engine.rows(`SELECT name, type FROM pragma_table_info('${name}')`);
    return {
      name: name as string,
      columns: columns.map((column) => column.name as string),
      hasBytes: columns.some(({ type }) => type === 'BLOB'),
    };
  });
  void engine.close();
  return tables;
}

/** Rows that are moved together. */
export function rowsAtOnce({ hasBytes }: Table): number {
  return hasBytes ? 64 : 1_000;
}
