/**
 * Small reads that sessions ask again and again, answered without the store's thread while nobody commits anything: SELECT of a mailbox
 * that is open, NOOP. SQLite itself says whether somebody did (`PRAGMA data_version`), whichever process it was, from memory that
 * all share, in 3 µs; so what is remembered is never older than what would be read.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Reads } from '../sql/operations.ts';
import type { Call } from '../sql/sql.ts';

/** Answers that are remembered at once, at most. */
const MAX_ANSWERS = 1_000;
/** Of a question, characters: longer ones are not worth it. */
const MAX_KEY = 300;
/** Those that are small, and asked for while nothing happens. */
const REMEMBERED: ReadonlySet<string> = new Set<keyof Reads>(['mailboxNamed', 'mailboxModseqs']);

export class RememberedReads {
  readonly #db: DatabaseSync;
  readonly #dataVersion: StatementSync;
  readonly #answers = new Map<string, unknown>();
  /** Of the answers; rises with each commit of whomever. */
  #version: number | undefined;

  /** Throws when the file is no database. */
  constructor(file: string) {
    // It waits for nobody: where it cannot tell, the store is asked.
    this.#db = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    this.#dataVersion = this.#db.prepare('PRAGMA data_version');
  }

  /** What `ask` answers, or answered when nothing was otherwise. */
  async read(call: Call, ask: () => Promise<unknown>): Promise<unknown> {
    if (!REMEMBERED.has(call.name)) return ask();
    // Looked at before it is asked: what is committed meanwhile makes the answer too old to be given again, never too new.
    const version = this.#look();
    const key = `${call.name} ${JSON.stringify(call.input)}`;
    if (key.length > MAX_KEY) return ask();
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = await ask();
    if (answer !== undefined && version !== undefined && version === this.#version) {
      if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear();
      this.#answers.set(key, frozen(answer));
    }
    return answer;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  /** Forgets everything when something was committed, or nothing can be said. */
  #look(): number | undefined {
    let version: number | undefined;
    try {
      version = this.#dataVersion.get()?.data_version as number;
    } catch {
      // Locked, by who opens or closes the database.
    }
    if (version === undefined || version !== this.#version) this.#answers.clear();
    this.#version = version;
    return version;
  }
}

/** Several get the same. */
function frozen(answer: unknown): unknown {
  if (typeof answer === 'object' && answer !== null) Object.values(Object.freeze(answer)).forEach(frozen);
  return answer;
}
