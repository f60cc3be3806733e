/** A mistake in the configuration, with everything needed to set it right. */
export interface ConfigError {
  /** Where: `limits.maxErrors`, `listen[1].address`; `line 3, column 7` when the file is not TOML. */
  readonly path: string;
  /** What was written; nothing when something is missing. */
  readonly value?: unknown;
  /** What is the matter, after the path: `is missing`, `= "x" cannot be`. */
  readonly problem: string;
  /** What to do about it, without a full stop. */
  readonly remedy: string;
  /** All of it in one sentence. */
  readonly message: string;
}

const MOST_SHOWN = 80;

/** A mistake in a value. */
export function wrongValue(path: string, value: unknown, remedy: string): ConfigError {
  const problem = `= ${shown(value)} cannot be`;
  return { path, value, problem, remedy, message: `${path} ${problem}: ${remedy}.` };
}

/** Something that is not there, or is there too much. */
export function wrongKey(path: string, problem: string, remedy: string): ConfigError {
  return { path, problem, remedy, message: `${path} ${problem}: ${remedy}.` };
}

/** The value as written, short, and without the password of a URL. */
function shown(value: unknown): string {
  const written = (JSON.stringify(value) ?? String(value)).replace(/(:\/\/[^:@/]*:)[^@/]*@/, '$1…@');
  return written.length <= MOST_SHOWN ? written : `${written.slice(0, MOST_SHOWN)}…`;
}
