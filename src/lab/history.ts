/** What happened in a world, line by line: a digest of all of it, and the lines when somebody wants to read them. */
import { createHash, type Hash } from 'node:crypto';

/** Lines that are hashed together. */
const BATCH = 256;

export class History {
  readonly lines: string[] = [];
  readonly #hash: Hash = createHash('sha256');
  readonly #keep: boolean;
  #fresh: string[] = [];

  constructor(options: { keep: boolean }) {
    this.#keep = options.keep;
  }

  say(line: string): void {
    if (this.#fresh.push(line) >= BATCH) this.#take();
    if (this.#keep) this.lines.push(line);
  }

  /** Something to read that is not part of what happened: whether it is kept changes nothing. */
  remark(line: string): void {
    if (this.#keep) this.lines.push(line);
  }

  /** Of everything that happened so far. */
  get digest(): string {
    this.#take();
    return this.#hash.copy().digest('hex');
  }

  #take(): void {
    if (this.#fresh.length > 0) this.#hash.update(`${this.#fresh.join('\n')}\n`);
    this.#fresh = [];
  }
}
