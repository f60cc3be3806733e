/** The configuration of a command: which file, what it says, and this machine's name where it says none. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { ConfigError } from '../core/config/fault.ts';
import type { Config } from '../core/config/options.ts';
import { defaultConfig, parseConfig } from '../core/config/parse.ts';
import { CommandError, EXIT, type NamedConfig } from './command.ts';
import { fileFault } from './file-fault.ts';

/** Looked for in this order when no file is named. */
const USUAL_FILES = ['relais.toml', '/etc/relais/relais.toml'];

export interface Written {
  readonly file: string;
  readonly text: string;
}

/** The file named, or the first usual one that is there; nothing when there is none. Throws when it cannot be read. */
export function readConfig(named: string | undefined): Written | undefined {
  const file = named ?? (process.env['RELAIS_CONFIG'] || undefined);
  for (const candidate of file === undefined ? USUAL_FILES : [file]) {
    try {
      return { file: candidate, text: readFileSync(candidate, 'utf8') };
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (file !== undefined || !missing) {
        throw new CommandError(EXIT.failed, `cannot read ${candidate}: ${fileFault(error)}`);
      }
    }
  }
  return undefined;
}

/** The configuration a command runs with. Throws a sentence that names every mistake. */
export function loadConfig(from: { file: string | undefined; data: string | undefined }): NamedConfig {
  const written = readConfig(from.file);
  if (written === undefined) return named(defaultConfig(), { data: from.data });
  const { file, text } = written;
  const result = parseConfig(text);
  if ('errors' in result) throw new CommandError(EXIT.failed, mistakes(file, result.errors));
  return named(result.config, { file, data: from.data });
}

/** What holds without any file. */
export function defaults(data?: string): NamedConfig {
  return named(defaultConfig(), { data });
}

/** A configuration with this machine's name in it, paths taken from its file's folder, and `data` instead of its own. */
export function named(config: Config, from: { file?: string; data: string | undefined }): NamedConfig {
  const { file } = from;
  const whole = (path: string): string => (file === undefined ? path : resolve(dirname(file), path));
  const { cert, key } = config.tls;
  const { networks } = config.guard;
  return {
    ...config,
    hostname: config.hostname ?? hostname(),
    data: from.data ?? whole(config.data),
    tls: { cert: cert && whole(cert), key: key && whole(key) },
    guard: { ...config.guard, networks: networks && whole(networks) },
    ...(file === undefined ? {} : { file }),
  };
}

function mistakes(file: string, errors: readonly ConfigError[]): string {
  const lines = errors.map((error) => `  ${error.message}`);
  return `${file} has ${errors.length === 1 ? 'a mistake' : `${errors.length} mistakes`}:\n${lines.join('\n')}`;
}
