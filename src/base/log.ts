/** The log, as a port, and its implementation: one JSON object a line on standard error (pino). */
import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What a line is about: stable keys, units last in the name (`delayMs`). An `Error` goes under `cause`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Each call says one sentence, and the fields that it is about. */
export interface Log {
  debug(fields: LogFields, sentence: string): void;
  info(fields: LogFields, sentence: string): void;
  warn(fields: LogFields, sentence: string): void;
  error(fields: LogFields, sentence: string): void;
}

export interface LogOptions {
  /** Lines below this are dropped. */
  readonly level: LogLevel;
  /** Fields that every line carries, such as the worker. */
  readonly fields?: LogFields;
  /** Where the lines go; standard error unless told. */
  readonly sink?: { write(line: string): void };
}

/** Field names whose values never reach the log, at the top of a line and one and two levels below. */
const SECRETS = [
  'password',
  'secret',
  'token',
  'authorization',
  'credentials',
  'privateKey',
  'key',
  'cookie',
];

/** A log of JSON lines with `time` (RFC 3339, UTC), `level`, `msg`, the fields; secrets read `[redacted]`. */
export function createLog(options: LogOptions): Log {
  const settings = {
    level: options.level,
    base: options.fields ?? {},
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { cause: pino.stdSerializers.errWithCause },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
  };
  return pino(settings, options.sink ?? pino.destination({ dest: 2, sync: true }));
}

/** A log that says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
