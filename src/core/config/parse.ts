/** From the text of `relais.toml` to the typed configuration, or to every mistake in it at once. */
import { parse, TomlError } from 'smol-toml';
import { type ConfigError, wrongKey, wrongValue } from './fault.ts';
import { nearest } from './nearest.ts';
import type { Options } from './option.ts';
import { type Config, LISTS, type List, ROOT, TABLES } from './options.ts';
import { type Draft, ruleErrors } from './rules.ts';

export type ConfigResult =
  | { readonly config: Config }
  | {
      readonly errors: readonly ConfigError[];
      /** What is right in it, with defaults in place of what is wrong; nothing when it is not TOML. */
      readonly usable?: Config;
    };

type TomlTable = Readonly<Record<string, unknown>>;

/** What a document may hold. */
export interface DocumentShape {
  readonly root: Options;
  readonly tables: Readonly<Record<string, { readonly options: Options }>>;
  readonly lists: Readonly<Record<string, List>>;
}

const CONFIG: DocumentShape = { root: ROOT, tables: TABLES, lists: LISTS };

/** Reads the text of a configuration file. Pure; every mistake is found, not only the first. */
export function parseConfig(tomlText: string): ConfigResult {
  const document = parseToml(tomlText);
  return 'error' in document ? { errors: [document.error] } : checkConfig(document.table);
}

/** The tables of a TOML text, or where it is none. */
export function parseToml(tomlText: string): { readonly table: TomlTable } | { readonly error: ConfigError } {
  try {
    return { table: parse(tomlText) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = 'it is not TOML'] = error.message.replace('Invalid TOML document: ', '').split('\n');
    return {
      error: wrongKey(
        `line ${error.line}, column ${error.column}`,
        `is not TOML (${what})`,
        'correct it there',
      ),
    };
  }
}

/** The configuration of an empty file. */
export function defaultConfig(): Config {
  const result = checkConfig({});
  if ('errors' in result) throw new Error(`the defaults are wrong: ${result.errors[0]?.message}`);
  return result.config;
}

/** The values of a document, by their names in the code; what is wrong goes to `errors` and has no value. */
export function readDocument(
  { root, tables, lists }: DocumentShape,
  document: TomlTable,
  errors: ConfigError[],
): Record<string, unknown> {
  const names = [...Object.keys(root), ...Object.keys(tables), ...Object.keys(lists)];
  const meant = refuseUnknown({ prefix: '', names, known: nestedNames(tables) }, document, errors);
  const draft: Record<string, unknown> = readOptions({ prefix: '', options: root, meant }, document, errors);
  for (const [name, { options }] of Object.entries(tables)) {
    const written = document[name] ?? (meant.has(name) ? undefined : {});
    draft[name] = written === undefined ? {} : readTable({ path: name, options }, written, errors);
  }
  for (const [name, list] of Object.entries(lists)) {
    const written = document[name] ?? (meant.has(name) ? [] : list.default);
    draft[name] = readList({ name, list }, written, errors);
  }
  return draft;
}

function checkConfig(document: TomlTable): ConfigResult {
  const errors: ConfigError[] = [];
  const draft = readDocument(CONFIG, document, errors);
  // Built from the same table as its type.
  errors.push(...ruleErrors(draft as unknown as Draft));
  return errors.length > 0 ? { errors, usable: completed(draft) } : { config: draft as unknown as Config };
}

/** The default in place of each value that is missing; an element of a list that lacks one is left out. */
function completed(draft: TomlTable): Config {
  const config: Record<string, unknown> = { ...valuesOf(ROOT), ...draft };
  for (const [name, { options }] of Object.entries(TABLES)) {
    config[name] = { ...valuesOf(options), ...(draft[name] as TomlTable) };
  }
  for (const [name, { options }] of Object.entries(LISTS)) {
    const elements = draft[name] as readonly TomlTable[];
    config[name] = elements.filter((element) =>
      Object.entries(options as Options).every(([key, { suffix }]) => Object.hasOwn(element, key + suffix)),
    );
  }
  // Every option has a value now.
  return config as unknown as Config;
}

/** What a table holds in which nothing is written. */
function valuesOf(options: Options): Record<string, unknown> {
  return readOptions({ prefix: '', options, meant: new Set() }, {}, []);
}

function readList(place: { name: string; list: List }, written: unknown, errors: ConfigError[]): unknown[] {
  const { name, list } = place;
  if (!Array.isArray(written)) {
    errors.push(wrongKey(name, 'may repeat', `write its head with two brackets, [[${name}]]`));
    return [];
  }
  return written.map((element: unknown, index) =>
    readTable({ path: `${name}[${index}]`, options: list.options }, element, errors),
  );
}

function readTable(
  place: { path: string; options: Options },
  written: unknown,
  errors: ConfigError[],
): TomlTable {
  const { path, options } = place;
  if (!isTable(written)) {
    const remedy = Array.isArray(written)
      ? `write its head with one bracket, [${path}]`
      : `write a table, [${path}]`;
    errors.push(
      Array.isArray(written) ? wrongKey(path, 'may not repeat', remedy) : wrongValue(path, written, remedy),
    );
    return {};
  }
  const prefix = `${path}.`;
  const meant = refuseUnknown({ prefix, names: Object.keys(options), known: [] }, written, errors);
  return readOptions({ prefix, options, meant }, written, errors);
}

/**
 * The value of each option, by its name in the code; mistakes go to `errors`. What another key was probably meant to be
 * (`meant`) has no value: neither its default nor its absence is what was wanted.
 */
function readOptions(
  place: { prefix: string; options: Options; meant: ReadonlySet<string> },
  written: TomlTable,
  errors: ConfigError[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(place.options)) {
    const path = place.prefix + name;
    if (place.meant.has(name) && !Object.hasOwn(written, name)) continue;
    const value = Object.hasOwn(written, name) ? written[name] : option.default;
    if (value === undefined) {
      errors.push(wrongKey(path, 'is missing', 'write it'));
      continue;
    }
    const result = option.schema.safeParse(value);
    if (result.success) values[name + option.suffix] = result.data;
    else errors.push(wrongValue(path, value, result.error.issues[0]?.message ?? 'write another value'));
  }
  return values;
}

interface Known {
  readonly prefix: string;
  readonly names: readonly string[];
  /** Right names that stand elsewhere, with their path. */
  readonly known: readonly string[];
}

/** Returns the names in this table that the unknown ones were probably meant to be. */
function refuseUnknown(
  { prefix, names, known }: Known,
  written: TomlTable,
  errors: ConfigError[],
): ReadonlySet<string> {
  const meant = new Set<string>();
  for (const key of Object.keys(written)) {
    if (names.includes(key)) continue;
    const elsewhere = known.find((path) => path.endsWith(`.${key}`));
    const near = nearest(key, names);
    if (near !== undefined) meant.add(near);
    const right = elsewhere ?? (near === undefined ? undefined : prefix + near);
    const remedy = right === undefined ? `there are ${names.join(', ')}` : `did you mean ${right}?`;
    errors.push({
      ...wrongKey(prefix + key, 'is not an option', remedy),
      message: `${prefix + key} is not an option: ${remedy}`,
    });
  }
  return meant;
}

function nestedNames(tables: DocumentShape['tables']): string[] {
  return Object.entries(tables).flatMap(([table, { options }]) =>
    Object.keys(options).map((name) => `${table}.${name}`),
  );
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
