/**
 * The connections of a path that are being opened. A far end that does not answer takes its time, up to minutes, and what waits for
 * it does not: after a while it may go over another connection that is open, and another connection is opened in the place of one
 * that is late. Where nobody is answered that is done less and less often, and where a far end always takes its time, later.
 *
 * A refusal of one connection more is about the connections that there were then. All that were asked for in that round say the
 * same, and count once.
 */

/** After this an opening is late, ms; twice as long for each that was begun beside nothing but late ones since one was open, and at most: */
const LATE_MS = 10_000;
const LONGEST_LATE_MS = 160_000;
/** Asked for so long, ms, one may be given up for its place: tarpits seldom take longer. */
const ABANDONED_MS = 60_000;
/** A far end that always takes its time is given as many times what it took lately; that fades with each that is open sooner. */
const TIMES_USUAL = 2;
const FADES = 0.9;

/** A connection that is being opened, and what for; that is gone when another connection was faster. */
export interface Opening<Taken> {
  readonly begunAt: number;
  readonly round: number;
  taken: Taken | undefined;
  /** Since when its far end is asked: before that nothing but this opening may touch what it is for. */
  askedAt: number | undefined;
  isLate: boolean;
  /** Ends it: nobody waits for it any more. */
  readonly abandon: AbortController;
}

export class Openings<Taken> {
  readonly #monotonic: () => number;
  readonly #lateMs: number;
  /** In the order of their beginning. */
  readonly #all = new Set<Opening<Taken>>();
  #late = 0;
  #round = 0;
  /** Begun beside nothing but late ones since one was open. */
  #unanswered = 0;
  /** How long those took that were open lately. */
  #usualMs = 0;

  /** `monotonic`: ms. */
  constructor(monotonic: () => number, lateMs = LATE_MS) {
    this.#monotonic = monotonic;
    this.#lateMs = lateMs;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Those that take their time. */
  get late(): number {
    return this.#late;
  }

  /** Those that may be open any moment. */
  get awaited(): number {
    return this.#all.size - this.#late;
  }

  /** `isAlone`: no connection is open. */
  begin(taken: Taken, { isAlone }: { isAlone: boolean }): Opening<Taken> {
    if (isAlone && this.#late > 0) this.#unanswered++;
    const opening: Opening<Taken> = {
      begunAt: this.#monotonic(),
      round: this.#round,
      taken,
      askedAt: undefined,
      isLate: false,
      abandon: new AbortController(),
    };
    this.#all.add(opening);
    return opening;
  }

  end(opening: Opening<Taken>, { open }: { open: boolean }): void {
    this.#all.delete(opening);
    if (opening.isLate) this.#late--;
    if (!open) return;
    this.#unanswered = 0;
    const tookMs = this.#monotonic() - (opening.askedAt ?? opening.begunAt);
    this.#usualMs = Math.max(tookMs, this.#usualMs * FADES);
  }

  /** Finds those that are late by now. */
  look(): void {
    if (this.#all.size === 0) return;
    const [now, patienceMs] = [this.#monotonic(), this.#patienceMs];
    for (const opening of this.#all) {
      if (opening.isLate || opening.askedAt === undefined || now < opening.askedAt + patienceMs) continue;
      opening.isLate = true;
      this.#late++;
    }
  }

  /** Ends the oldest, should it be very late, so that its place is free: what it was for, where nobody else has that. One at a time. */
  abandon(): Taken | undefined {
    const before = this.#monotonic() - this.#abandonMs;
    let oldest: Opening<Taken> | undefined;
    for (const opening of this.#all) {
      if (opening.abandon.signal.aborted) return undefined;
      if (opening.isLate && (opening.askedAt as number) <= before) oldest ??= opening;
    }
    oldest?.abandon.abort();
    return takeOf(oldest);
  }

  /** How long until the next is late, or may be abandoned, whole ms and one at least; undefined when none will be. */
  get nextLateMs(): number | undefined {
    const [now, patienceMs, abandonMs] = [this.#monotonic(), this.#patienceMs, this.#abandonMs];
    let first = Number.POSITIVE_INFINITY;
    for (const { askedAt, isLate } of this.#all) {
      if (askedAt === undefined) continue;
      const at = askedAt + (isLate ? abandonMs : patienceMs);
      if (!isLate || at > now) first = Math.min(first, at);
    }
    return first === Number.POSITIVE_INFINITY ? undefined : Math.max(1, Math.ceil(first - now));
  }

  /** What the first is for that has been asked for long, for a connection that is open: it is that one's then. */
  takeOverdue(): Taken | undefined {
    return takeOf(this.#firstOverdue);
  }

  get hasOverdue(): boolean {
    return this.#firstOverdue !== undefined;
  }

  /** What the first late one is for, for one more that is opened: it waits anew. */
  takeLate(): Taken | undefined {
    return takeOf(this.#firstLate);
  }

  get hasLate(): boolean {
    return this.#firstLate !== undefined;
  }

  /** What those are for whose far ends are asked: nothing will go over them. Late ones are abandoned. */
  giveUp(): Taken[] {
    const all: Taken[] = [];
    for (const opening of this.#all) {
      if (opening.askedAt === undefined) continue;
      if (opening.taken !== undefined) all.push(opening.taken);
      opening.taken = undefined;
      if (opening.isLate) opening.abandon.abort();
    }
    return all;
  }

  /** One of them was refused: whether that says anything new. */
  refused({ round }: Pick<Opening<Taken>, 'round'> = { round: this.#round }): boolean {
    if (round !== this.#round) return false;
    this.#round++;
    return true;
  }

  get #abandonMs(): number {
    return Math.max(ABANDONED_MS, TIMES_USUAL * this.#usualMs);
  }

  get #patienceMs(): number {
    const leastMs = Math.max(this.#lateMs, TIMES_USUAL * this.#usualMs);
    return Math.min(leastMs * 2 ** this.#unanswered, Math.max(leastMs, LONGEST_LATE_MS));
  }

  get #firstOverdue(): Opening<Taken> | undefined {
    if (this.#all.size === 0) return undefined;
    const before = this.#monotonic() - this.#lateMs;
    for (const opening of this.#all)
      if (opening.taken !== undefined && opening.askedAt !== undefined && opening.askedAt <= before)
        return opening;
    return undefined;
  }

  get #firstLate(): Opening<Taken> | undefined {
    if (this.#late === 0) return undefined;
    for (const opening of this.#all) if (opening.isLate && opening.taken !== undefined) return opening;
    return undefined;
  }
}

function takeOf<Taken>(opening: Opening<Taken> | undefined): Taken | undefined {
  const taken = opening?.taken;
  if (opening !== undefined) opening.taken = undefined;
  return taken;
}
