/** `smtp-sink` on the far side of a link, which keeps each message in a file: when that was written is when it arrived. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Link } from './link.ts';

export const PORT = 2525;

export class FarEnd {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #seen = new Set<string>();
  /** When each message arrived, ms since the epoch, by its number. */
  readonly arrivals = new Map<number, number>();

  constructor(link: Link) {
    const place = mkdtempSync(join(tmpdir(), 'relais-drill-'));
    chmodSync(place, 0o755);
    this.#folder = join(place, 'messages');
    mkdirSync(this.#folder);
    execFileSync('chown', ['nobody', this.#folder]);
    const [program, words] = link.inside(
      'smtp-sink',
      '-u',
      'nobody',
      '-d',
      `${this.#folder}/m.`,
      `:${PORT}`,
      '1000',
    );
    this.#process = spawn(program, words, { stdio: 'ignore' });
  }

  /** Reads what came since it was asked last. */
  look(): void {
    for (const name of readdirSync(this.#folder)) {
      if (this.#seen.has(name)) continue;
      const path = join(this.#folder, name);
      const text = readFileSync(path, 'latin1');
      // Not whole yet: it is looked at again.
      if (!text.includes('\nThe end.')) continue;
      this.#seen.add(name);
      const n = Number(/^X-Drill: (\d+)/m.exec(text)?.[1]);
      if (!this.arrivals.has(n)) this.arrivals.set(n, statSync(path).mtimeMs);
    }
  }

  remove(): void {
    this.#process.kill();
    rmSync(join(this.#folder, '..'), { recursive: true, force: true });
  }
}
