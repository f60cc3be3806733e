/** From the text of `relais.toml` to the typed configuration, or to every mistake in it at once. */
import { parse, TomlError } from 'smol-toml';
import { type ConfigError, wrongKey, wrongValue } from './fault.ts';
import { nearest } from './nearest.ts';
import type { Options } from './option.ts';
import { type Config, LISTS, type List, ROOT, TABLES } from './options.ts';
import { ruleErrors } from './rules.ts';

export type ConfigResult = { readonly config: Config } | { readonly errors: readonly ConfigError[] };

type TomlTable = Readonly<Record<string, unknown>>;

/** Reads the text of a configuration file. Pure; every mistake is found, not only the first. */
export function parseConfig(tomlText: string): ConfigResult {
  try {
    return checkConfig(parse(tomlText));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = 'it is not TOML'] = error.message.replace('Invalid TOML document: ', '').split('\n');
    return {
      errors: [
        wrongKey(`line ${error.line}, column ${error.column}`, `is not TOML (${what})`, 'correct it there'),
      ],
    };
  }
}

/** The configuration of an empty file. */
export function defaultConfig(): Config {
  const result = checkConfig({});
  if ('errors' in result) throw new Error(`the defaults are wrong: ${result.errors[0]?.message}`);
  return result.config;
}

function checkConfig(document: TomlTable): ConfigResult {
  const errors: ConfigError[] = [];
  const names = [...Object.keys(ROOT), ...Object.keys(TABLES), ...Object.keys(LISTS)];
  refuseUnknown({ prefix: '', names, known: nestedNames() }, document, errors);
  const config: Record<string, unknown> = readOptions({ prefix: '', options: ROOT }, document, errors);
  for (const [name, { options }] of Object.entries(TABLES)) {
    config[name] = readTable({ path: name, options }, document[name] ?? {}, errors);
  }
  for (const [name, list] of Object.entries(LISTS)) {
    config[name] = readList({ name, list }, document[name], errors);
  }
  if (errors.length > 0) return { errors };
  // Built from the same table as its type.
  const typed = config as unknown as Config;
  const broken = ruleErrors(typed);
  return broken.length > 0 ? { errors: broken } : { config: typed };
}

function readList(place: { name: string; list: List }, written: unknown, errors: ConfigError[]): unknown[] {
  const { name, list } = place;
  if (written !== undefined && !Array.isArray(written)) {
    errors.push(wrongKey(name, 'may repeat', `write its head with two brackets, [[${name}]]`));
    return [];
  }
  const elements: readonly unknown[] = written ?? list.default;
  return elements.map((element, index) =>
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
  refuseUnknown({ prefix, names: Object.keys(options), known: [] }, written, errors);
  return readOptions({ prefix, options }, written, errors);
}

/** The value of each option, by its name in the code; mistakes go to `errors`. */
function readOptions(
  place: { prefix: string; options: Options },
  written: TomlTable,
  errors: ConfigError[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(place.options)) {
    const path = place.prefix + name;
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

function refuseUnknown({ prefix, names, known }: Known, written: TomlTable, errors: ConfigError[]): void {
  for (const key of Object.keys(written)) {
    if (names.includes(key)) continue;
    const elsewhere = known.find((path) => path.endsWith(`.${key}`));
    const near = nearest(key, names);
    const right = elsewhere ?? (near === undefined ? undefined : prefix + near);
    const remedy = right === undefined ? `there are ${names.join(', ')}` : `did you mean ${right}?`;
    errors.push({
      ...wrongKey(prefix + key, 'is not an option', remedy),
      message: `${prefix + key} is not an option: ${remedy}`,
    });
  }
}

function nestedNames(): string[] {
  return Object.entries(TABLES).flatMap(([table, { options }]) =>
    Object.keys(options).map((name) => `${table}.${name}`),
  );
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
