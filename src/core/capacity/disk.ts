/**
 * The disk budget: new mail is put off while there is still room to deliver what is kept. Writing an outcome takes room
 * too, so a queue that fills a disk to the last block could never empty itself.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { Meter } from '../../base/meter.ts';
import { type Refusal, refuse } from '../intake/reply.ts';

/** What there is for the store, in octets and files. `files` is 0 where it makes them as it needs them. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeFiles: number;
  readonly files: number;
}

export interface DiskBudgetPorts {
  readonly store: {
    /** The room that there is to write; undefined when the database is somewhere else. */
    space(): Promise<DiskSpace | undefined>;
  };
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

const EVERY_MS = 100;
/** On a small disk the budget is this share of it, whatever is configured. */
const LARGEST_SHARE = 1 / 8;
/** Files that stay free, as a share. */
const FREE_FILES_SHARE = 1 / 100;
/** New mail is taken again when this much more is free, as a share of the budget: it does not flutter. */
const MARGIN = 1 / 20;

/** Octets that an octet of content takes at most until the log is written back, and as much for another worker's. */
const WRITTEN = 6;

/** RFC 5321 4.2.2: the sender keeps the message and tries again. */
const FULL = refuse(452, '4.3.1', 'This server is short of disk space; please try again later');

/** Octets that stay free of so many: what is configured, or an eighth of the disk if that is less. */
export function keptFree(wantedBytes: number, totalBytes: number): number {
  return Math.min(wantedBytes, totalBytes * LARGEST_SHARE);
}

export class DiskBudget {
  readonly #ports: DiskBudgetPorts;
  readonly #wantedBytes: number;
  #free: number | undefined;
  /** Octets that stay free. */
  #keeps = 0;
  #short = false;
  /** Octets that the content of this look and of the one before will take at most, as far as nobody has seen yet. */
  #unseen = { now: 0, before: 0 };
  #timer: Timer | undefined;

  /** `wantedBytes` stay free, or an eighth of the disk if that is less. */
  constructor(ports: DiskBudgetPorts, wantedBytes: number) {
    this.#ports = ports;
    this.#wantedBytes = wantedBytes;
    ports.meter.gauge({
      name: 'relais_disk_free_bytes',
      help: 'Free space on the disk of the store.',
      read: () => this.#free ?? Number.NaN,
    });
  }

  /** Looks once, then again and again. */
  async start(): Promise<void> {
    this.#timer = repeat(this.#ports.clock, { everyMs: EVERY_MS, run: () => this.#look() });
    await this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** So many octets of content came: between two looks a fast network could fill a small disk. */
  spend(bytes: number): void {
    this.#unseen.now += bytes * WRITTEN;
  }

  /** Why no new mail is taken now; undefined when it is. */
  refusal(): Refusal | undefined {
    return this.#short || this.#left < this.#keeps ? FULL : undefined;
  }

  get #left(): number {
    return (this.#free ?? Number.POSITIVE_INFINITY) - this.#unseen.now - this.#unseen.before;
  }

  async #look(): Promise<void> {
    try {
      const space = await this.#ports.store.space();
      if (space !== undefined) this.#judge(space);
    } catch (error) {
      // What it was stays true until it is seen otherwise: the store itself refuses what it cannot keep.
      this.#ports.log.debug({ error: String(error) }, 'the disk could not be measured');
    }
  }

  #judge({ freeBytes, totalBytes, freeFiles, files }: DiskSpace): void {
    this.#unseen = { now: 0, before: this.#unseen.now };
    this.#keeps = keptFree(this.#wantedBytes, totalBytes);
    const wanted = this.#keeps * (this.#short ? 1 + MARGIN : 1);
    const short = freeBytes < wanted || freeFiles < files * FREE_FILES_SHARE;
    this.#free = freeBytes;
    if (short === this.#short) return;
    this.#short = short;
    const about = { freeBytes, wantedBytes: Math.round(wanted), freeFiles, files };
    if (short) this.#ports.log.error(about, 'the disk is nearly full: new mail is put off with 452');
    else this.#ports.log.info(about, 'the disk has room again: new mail is taken');
  }
}
