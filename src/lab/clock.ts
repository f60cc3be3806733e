/**
 * Time that moves only when it is told to. Whatever happens, happens in the order of (time, the order in which it was
 * asked for); what each timer sets going has settled before the next fires, so that a run repeats itself exactly.
 */
import { nextTick } from 'node:process';
import type { Clock, Timer } from '../base/clock.ts';

class Pending implements Timer {
  readonly at: number;
  readonly order: number;
  fire: () => void;
  cancelled = false;
  readonly #tell: () => void;

  constructor({ at, order }: { at: number; order: number }, fire: () => void, tell: () => void) {
    this.at = at;
    this.order = order;
    this.fire = fire;
    this.#tell = tell;
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    // It may lie about for long: what it would have needed does not.
    this.fire = NOTHING;
    this.#tell();
  }
}

const NOTHING = (): void => undefined;

/** So many cancelled timers may lie in the heap, or as many as live ones, before it is made anew without them. */
const MOST_CANCELLED = 256;

/** Monday 12 March 2018, 08:00 UTC. */
export const MONDAY = 1_520_841_600_000;

export class VirtualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #order = 0;
  #count = 0;
  /** A heap: the next to fire is first. */
  #pending: Pending[] = [];

  constructor(now = MONDAY) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, fn: () => void): Timer {
    const at = this.#monotonic + Math.max(0, delayMs);
    const timer = new Pending({ at, order: this.#order++ }, fn, this.#cancelled);
    this.#count++;
    this.#push(timer);
    return timer;
  }

  readonly #cancelled = (): void => {
    this.#count--;
    this.#clear();
  };

  /** Timers that are still to fire. */
  get timers(): number {
    return this.#count;
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#monotonic;
  }

  /** The machine's clock is set: wall time jumps, durations do not. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Moves time on, timer by timer in order; what each of them sets going has settled before the next. */
  advance(ms: number): Promise<void> {
    const until = this.#monotonic + ms;
    return new Promise((resolve, reject) => {
      // As `settled`, without a promise for each of the many timers.
      const go = (): void => queueMicrotask(step);
      const step = (): void => {
        try {
          if (this.#fireNext(until)) return nextTick(go);
          this.#moveTo(until);
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      nextTick(go);
    });
  }

  /** False when nothing is to fire until then. */
  #fireNext(until: number): boolean {
    const next = this.#next();
    if (next === undefined || next.at > until) return false;
    this.#pop();
    this.#moveTo(next.at);
    // What has fired cannot be cancelled any more.
    next.cancelled = true;
    this.#count--;
    next.fire();
    return true;
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #next(): Pending | undefined {
    while (this.#pending[0]?.cancelled === true) this.#pop();
    return this.#pending[0];
  }

  /** Most waits for an answer are cancelled by it: those that are not cleared away would make every other timer slower. */
  #clear(): void {
    const cancelled = this.#pending.length - this.#count;
    if (cancelled <= Math.max(MOST_CANCELLED, this.#count)) return;
    const live = this.#pending.filter((timer) => !timer.cancelled);
    // A sorted list is a heap.
    this.#pending = live.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  #push(timer: Pending): void {
    const heap = this.#pending;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent] as Pending)) break;
      heap[at] = heap[parent] as Pending;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#pending;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Pending, heap[child] as Pending)) child++;
      if (!isBefore(heap[child] as Pending, last)) break;
      heap[at] = heap[child] as Pending;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Pending, b: Pending): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/**
 * Resolves when every promise that can settle without time or the outside has: the next tick comes when the queue of
 * promises has run dry. The event loop, which would cost several times as much, is not gone round for it.
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    nextTick(resolve);
  });
}
