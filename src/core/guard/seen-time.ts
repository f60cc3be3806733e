/**
 * How much time this installation has seen pass: what its processes measured with clocks that only move forward, kept in the
 * store. A wall clock that jumps ahead adds nothing to it, and neither does a time in which nothing ran. What cannot be
 * undone waits for it.
 */
import type { Clock } from '../../base/clock.ts';
import type { DirectoryStore } from '../directory/admin.ts';

const NAME = 'guard-seen-time';
/** Written no more often than this, ms; a crash forgets as much. */
const EVERY_MS = 60_000;

interface Seen {
  /** In all. */
  readonly ms: number;
  /** The wall time when it was written: what others have added since is not added twice. */
  readonly wall: number;
}

export class SeenTime {
  readonly #store: Pick<DirectoryStore, 'setting' | 'keepSetting'>;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #since: number;

  constructor(
    store: Pick<DirectoryStore, 'setting' | 'keepSetting'>,
    clock: Pick<Clock, 'now' | 'monotonic'>,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** All that was seen up to now, ms, less a minute at most. Two that write at once lose what one of them saw. */
  async ms(): Promise<number> {
    const kept = parsed(await this.#store.setting(NAME));
    // In whole milliseconds: what comes of it is kept in columns of whole numbers.
    const [now, elapsed] = [this.#clock.now(), Math.floor(this.#clock.monotonic() - this.#since)];
    if (elapsed < EVERY_MS && kept !== undefined) return kept.ms;
    const wall = kept?.wall ?? now;
    const ms = (kept?.ms ?? 0) + Math.max(0, Math.min(elapsed, now - wall));
    this.#since = this.#clock.monotonic();
    await this.#store.keepSetting({ name: NAME, value: JSON.stringify({ ms, wall: now }), ifAbsent: false });
    return ms;
  }
}

/** What is damaged begins anew: it only makes held mail be kept for longer. */
function parsed(text: string | undefined): Seen | undefined {
  try {
    const { ms, wall } = JSON.parse(text ?? '') as Partial<Seen>;
    return typeof ms === 'number' && typeof wall === 'number' ? { ms: Math.floor(ms), wall } : undefined;
  } catch {
    return undefined;
  }
}
