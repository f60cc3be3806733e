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
/** Asked for so long, ms, one may be given up for its place: tarpits seldom take longer. One that others overtook need not wait for that. */
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
  /** Since when what it is for waits for a far end that is asked: longer than that where another was late before. */
  readonly waitsSince: number | undefined;
  isLate: boolean;
  /** Ends it: nobody waits for it any more. */
  readonly abandon: AbortController;
}

export interface OpeningsPorts {
  /** ms. */
  monotonic(): number;
  after(ms: number, run: () => void): { cancel(): void };
  /** Something may be late by now. */
  late(): void;
}

export class Openings<Taken> {
  readonly #ports: OpeningsPorts;
  readonly #lateMs: number;
  /** In the order of their beginning. */
  readonly #all = new Set<Opening<Taken>>();
  #late = 0;
  #round = 0;
  /** Begun beside nothing but late ones since one was open. */
  #unanswered = 0;
  /** How long those took that were open lately, and when the last of them was begun. */
  #usualMs = 0;
  #openBegunAt = Number.NEGATIVE_INFINITY;

  /** When it is to be looked again, and by what. */
  #lookAt = 0;
  #timer: { cancel(): void } | undefined;

  constructor(ports: OpeningsPorts, lateMs = LATE_MS) {
    this.#ports = ports;
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

  /** Of these, those whose far ends are asked: the others may wait for our own budget, however long. */
  get asked(): number {
    let count = 0;
    for (const { askedAt, isLate } of this.#all) if (askedAt !== undefined && !isLate) count++;
    return count;
  }

  /** `isAlone`: no connection is open. */
  begin(taken: Taken, { isAlone }: { isAlone: boolean }): Opening<Taken> {
    return this.#begin(taken, { isAlone, waitsSince: undefined });
  }

  /** Begins one for what the first late one is for; undefined where none is for anything. */
  replaceLate({ isAlone }: { isAlone: boolean }): Opening<Taken> | undefined {
    const late = this.#firstLate;
    const taken = takeOf(late);
    if (late === undefined || taken === undefined) return undefined;
    return this.#begin(taken, { isAlone, waitsSince: sinceOf(late) });
  }

  #begin(
    taken: Taken,
    { isAlone, waitsSince }: { isAlone: boolean; waitsSince: number | undefined },
  ): Opening<Taken> {
    if (isAlone && this.#late > 0) this.#unanswered++;
    const opening: Opening<Taken> = {
      begunAt: this.#ports.monotonic(),
      round: this.#round,
      taken,
      askedAt: undefined,
      waitsSince,
      isLate: false,
      abandon: new AbortController(),
    };
    this.#all.add(opening);
    return opening;
  }

  end(opening: Opening<Taken>, { open }: { open: boolean }): void {
    this.#all.delete(opening);
    if (opening.isLate) this.#late--;
    if (this.#all.size === 0) this.#rest();
    if (!opening.abandon.signal.aborted) this.#unanswered = 0;
    if (!open) return;
    const tookMs = this.#ports.monotonic() - (opening.askedAt ?? opening.begunAt);
    this.#usualMs = Math.max(tookMs, this.#usualMs * FADES);
    this.#openBegunAt = Math.max(opening.begunAt, this.#openBegunAt);
  }

  /** Its far end is asked from now on. */
  asks(opening: Opening<Taken>): void {
    opening.askedAt = this.#ports.monotonic();
    this.#lookLater();
  }

  /** Finds those that are late by now, and looks again when the next may be. */
  look(): void {
    if (this.#all.size === 0) return;
    const [now, patienceMs] = [this.#ports.monotonic(), this.#patienceMs];
    for (const opening of this.#all) {
      if (opening.isLate || opening.askedAt === undefined || now < opening.askedAt + patienceMs) continue;
      opening.isLate = true;
      this.#late++;
    }
    this.#lookLater();
  }

  /**
   * Ends one that is very late, so that its place is free: what it was for, where nobody else has that. One at a time, and never the
   * oldest, unless others overtook it: a greeting may take five minutes (RFC 5321 4.5.3.2.1).
   */
  abandon(): Taken | undefined {
    const now = this.#ports.monotonic();
    let found: Opening<Taken> | undefined;
    let isOldest = true;
    for (const opening of this.#all) {
      if (opening.abandon.signal.aborted) return undefined;
      if (!opening.isLate) continue;
      const isKept = isOldest && !this.#isOvertaken(opening);
      isOldest = false;
      if (!isKept && this.#abandonAt(opening) <= now) found ??= opening;
    }
    found?.abandon.abort();
    return takeOf(found);
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #lookLater(): void {
    const ms = this.#nextMs;
    if (ms === undefined) return;
    const at = this.#ports.monotonic() + ms;
    if (this.#timer !== undefined && this.#lookAt <= at) return;
    this.#timer?.cancel();
    this.#lookAt = at;
    this.#timer = this.#ports.after(ms, () => {
      this.#timer = undefined;
      this.#ports.late();
    });
  }

  /** How long until one of them is overdue or late, or may be abandoned, whole ms and one at least; undefined when none will be. */
  get #nextMs(): number | undefined {
    const [now, patienceMs] = [this.#ports.monotonic(), this.#patienceMs];
    let first = Number.POSITIVE_INFINITY;
    for (const opening of this.#all) {
      const { askedAt, isLate, taken } = opening;
      if (askedAt === undefined) continue;
      const overdueAt = (opening.waitsSince ?? askedAt) + this.#lateMs;
      if (taken !== undefined && overdueAt > now) first = Math.min(first, overdueAt);
      const at = isLate ? this.#abandonAt(opening) : askedAt + patienceMs;
      if (!isLate || at > now) first = Math.min(first, at);
    }
    return first === Number.POSITIVE_INFINITY ? undefined : Math.max(1, Math.ceil(first - now));
  }

  /** What the first is for that has been asked for long, for a connection that is open: it is that one's then. */
  takeOverdue(): Taken | undefined {
    return takeOf(this.#firstOverdue);
  }

  /** What the first is for whose far end is asked, for a connection that would be closed otherwise. */
  takeAsked(): Taken | undefined {
    for (const opening of this.#all)
      if (opening.askedAt !== undefined && opening.taken !== undefined) return takeOf(opening);
    return undefined;
  }

  get hasOverdue(): boolean {
    return this.#firstOverdue !== undefined;
  }

  /** Whether something waits for longer than what this one is for. */
  isPassed(opening: Opening<Taken>): boolean {
    const first = this.#firstOverdue;
    return first !== undefined && (sinceOf(first) ?? 0) < (sinceOf(opening) ?? opening.begunAt);
  }

  get hasLate(): boolean {
    return this.#firstLate !== undefined;
  }

  /** Abandons all whose far ends are asked: what they were for. */
  giveUp(): Taken[] {
    this.#rest();
    const all: Taken[] = [];
    for (const opening of this.#all) {
      if (opening.askedAt === undefined) continue;
      if (opening.taken !== undefined) all.push(opening.taken);
      opening.taken = undefined;
      opening.abandon.abort();
    }
    return all;
  }

  /** The path stood still: what was not answered before says nothing any more. */
  forget(): void {
    this.#unanswered = 0;
  }

  /** One of them was refused: whether that says anything new. */
  refused({ round }: Pick<Opening<Taken>, 'round'>): boolean {
    if (round !== this.#round) return false;
    this.#round++;
    return true;
  }

  /** One that was begun later has been open. */
  #isOvertaken({ begunAt }: Opening<Taken>): boolean {
    return begunAt < this.#openBegunAt;
  }

  #abandonAt(opening: Opening<Taken>): number {
    const leastMs = this.#isOvertaken(opening) ? this.#lateMs : ABANDONED_MS;
    return (opening.askedAt ?? opening.begunAt) + Math.max(leastMs, TIMES_USUAL * this.#usualMs);
  }

  get #patienceMs(): number {
    const leastMs = Math.max(this.#lateMs, TIMES_USUAL * this.#usualMs);
    return Math.min(leastMs * 2 ** this.#unanswered, Math.max(leastMs, LONGEST_LATE_MS));
  }

  get #firstOverdue(): Opening<Taken> | undefined {
    if (this.#all.size === 0) return undefined;
    let least = this.#ports.monotonic() - this.#lateMs;
    let first: Opening<Taken> | undefined;
    for (const opening of this.#all) {
      const since = sinceOf(opening);
      if (opening.taken === undefined || since === undefined || since > least) continue;
      [first, least] = [opening, since];
    }
    return first;
  }

  get #firstLate(): Opening<Taken> | undefined {
    if (this.#late === 0) return undefined;
    for (const opening of this.#all) if (opening.isLate && opening.taken !== undefined) return opening;
    return undefined;
  }
}

/** Since when what it is for waits; undefined while its far end is not asked. */
function sinceOf({ askedAt, waitsSince }: Opening<unknown>): number | undefined {
  return askedAt === undefined ? undefined : (waitsSince ?? askedAt);
}

function takeOf<Taken>(opening: Opening<Taken> | undefined): Taken | undefined {
  const taken = opening?.taken;
  if (opening !== undefined) opening.taken = undefined;
  return taken;
}
