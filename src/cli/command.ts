/** What a command is, and what it is handed. */
import type { ReadStream } from 'node:tty';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import type { Config } from '../core/config/options.ts';
import type { PathKey, WorkerId } from '../core/envelope.ts';
import type { MailboxChange } from '../core/mailbox/port.ts';
import type { SqlStore } from '../store/store.ts';

/** The configuration, with this machine's name filled in where none is written, and its paths whole. */
export type NamedConfig = Config & {
  readonly hostname: string;
  /** Where it was read from; nothing: there is no file, and the defaults hold. */
  readonly file?: string;
};

/** What a worker needs from whoever runs it. */
export interface WorkerRequest {
  readonly config: NamedConfig;
  readonly log: Log;
  readonly meter: Meter;
  /** Counts the workers of this server from 0. */
  readonly index: number;
  /** Names this server among those that share the store. */
  readonly node: string;
  /** A worker of this server that is known to be dead. */
  readonly successorOf?: WorkerId;
  /** Other processes listen on the same addresses. */
  readonly shared: boolean;
  /** Tells the other workers that a path has something ready. */
  announce(path: PathKey): void;
  /** Tells the other workers that mailboxes were changed. */
  changed(changes: readonly MailboxChange[]): void;
  /** The others took this worker for dead: its process must end. */
  lost(): void;
}

export interface WorkerHandle {
  readonly id: WorkerId;
  readonly listening: readonly { readonly kind: string; readonly address: string; readonly port: number }[];
  readonly store: SqlStore;
  /** An operator changed something in the store: look now. */
  nudge(): Promise<void>;
  /** Another worker announced a path. */
  wake(path: PathKey): void;
  /** Another worker changed mailboxes. */
  heard(changes: readonly MailboxChange[]): void;
  /** Attempts under way get `graceMs` to finish. */
  stop(graceMs: number): Promise<void>;
}

/** What a command reads and writes: the process's own, or a test's. */
export interface Streams {
  readonly in: AsyncIterable<Uint8Array> & {
    readonly isTTY?: boolean;
    readonly setRawMode?: ReadStream['setRawMode'];
  };
  readonly out: Sink;
  readonly err: Sink;
}

export interface Sink {
  readonly isTTY?: boolean;
  /** False: wait for `drain` before writing much more. */
  write(data: string | Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface CommandContext {
  /** The process's own unless given. */
  readonly streams?: Streams;
  /** Rejects with a sentence for the operator when the store cannot be opened. */
  openStore(config: Config, use: 'command' | 'server'): Promise<SqlStore>;
  startWorker(request: WorkerRequest): Promise<WorkerHandle>;
}

/** Exit codes (design, section 7). */
export const EXIT = { done: 0, failed: 1, usage: 2, nothing: 3, later: 75 } as const;

/** Ends a command with a sentence and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, sentence: string) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

export interface Command {
  /** `queue list`: the words that call it. */
  readonly name: string;
  /** What stands after the words: `[FILTER] [--json]`. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Positional arguments: at least, at most. */
  readonly positionals: readonly [number, number];
  readonly examples?: readonly string[];
  /** Reads the configuration itself, because it has more to say of a wrong one; `call.config` holds the defaults. */
  readonly ownConfig?: true;
  /** Reads its arguments itself: they arrive as `positionals`, none of them checked. */
  readonly ownArguments?: true;
  /** Flags of one letter are those of other programs of its name: read over, but for `-h`. */
  readonly readsOver?: true;
  /** Resolves to the exit code. */
  run(call: Call): Promise<number>;
}

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly short?: string;
  /** One sentence. */
  readonly doc: string;
}

/** A call that passed the checks. */
export interface Call {
  readonly context: CommandContext;
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly config: NamedConfig;
  readonly output: Output;
  readonly streams: Streams;
}

/** Commands that belong together in the help. Without a title: not shown. */
export interface CommandGroup {
  readonly title?: string;
  readonly commands: readonly Command[];
}

/** Where a command writes: sentences and tables for people, or JSON Lines for programs (`--json`). */
export interface Output {
  readonly json: boolean;
  /** One object in JSON, one line for people. */
  item(object: Readonly<Record<string, unknown>>, line: string): void;
  /** A line for people only. */
  say(line: string): void;
  /** A warning or remedy, on standard error. */
  note(line: string): void;
}
