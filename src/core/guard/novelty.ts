/** What everybody does at once: on a day on which all of them move, a new network says little of one. */
import { isMove, type Where } from './signals.ts';

const HOUR = 3_600_000;

/** Messages of late below which nothing can be said of all. */
const LEAST = 50;

/** How much of everybody's mail comes from networks that are new to the account, over the last hour or so. */
export class Novelty {
  #all = 0;
  #fresh = 0;
  #at = 0;

  note(at: number, { terms }: Where): void {
    this.#fade(at);
    this.#all++;
    if (terms.some(isMove)) this.#fresh++;
  }

  /** The part of it, of 1; 0 while there is too little to tell. */
  share(at: number): number {
    this.#fade(at);
    return this.#all < LEAST ? 0 : this.#fresh / this.#all;
  }

  #fade(at: number): void {
    const passed = Math.max(0, at - this.#at);
    this.#at = Math.max(at, this.#at);
    const left = Math.exp(-passed / HOUR);
    this.#all *= left;
    this.#fresh *= left;
  }
}
