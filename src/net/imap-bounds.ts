/** What a server may send for one command, and how long it may take: past that the connection is ended. */
import type { ImapFlow } from 'imapflow';
import { SourceError } from '../core/import/source.ts';
import { type ImapPlace, sourceFault } from './imap-fault.ts';

/** How often it is looked at, ms. */
const LOOK_MS = 100;
/** Of a command without content, ms; of one with content the octets that it claims take longer. */
const COMMAND_MS = 120_000;
/** The least that a connection is worth, octets a second. */
const LEAST_RATE = 4096;
/** A list of folders may ask for each of them. */
const LONGEST_MS = 3_600_000;

export interface Bounds {
  /** Is said of a server that passes them: `which folders there are`. */
  readonly of: string;
  /** Octets that it may send. */
  readonly octets: number;
  /** Octets of content among them, which take their time. */
  readonly contentBytes?: number;
  /** `many`: commands one after the other, each of which may take its time. */
  readonly commands?: 'many';
}

/** Commands of one connection, one at a time. */
export class BoundedCommands {
  readonly #client: ImapFlow;
  readonly #place: ImapPlace;
  #last: Promise<unknown> = Promise.resolve();
  /** Why the connection broke, which what was being asked does not say. */
  #broke: Error | undefined;

  constructor(client: ImapFlow, place: ImapPlace) {
    this.#client = client;
    this.#place = place;
    client.on('error', (error: Error) => {
      this.#broke ??= error;
    });
  }

  /** Rejects with a `SourceError`. */
  run<Result>(bounds: Bounds, ask: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(() => this.#watched(bounds, ask));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #watched<Result>(bounds: Bounds, ask: () => Promise<Result>): Promise<Result> {
    const client = this.#client;
    const begun = { at: Date.now(), octets: client.stats().received };
    let answeredAt = begun.at;
    const answered = (): void => {
      if (bounds.commands === 'many') answeredAt = Date.now();
    };
    let ended: SourceError | undefined;
    const watch = setInterval(() => {
      ended ??= passed(bounds, {
        octets: client.stats().received - begun.octets,
        ms: Date.now() - answeredAt,
        allMs: Date.now() - begun.at,
      });
      if (ended !== undefined) client.close();
    }, LOOK_MS);
    client.on('response', answered);
    try {
      return await ask();
    } catch (error) {
      if (error instanceof SourceError) {
        if (error.fault === 'excess') client.close();
        throw error;
      }
      throw ended ?? sourceFault(this.#broke ?? error, this.#place, bounds.of);
    } finally {
      clearInterval(watch);
      client.off('response', answered);
    }
  }
}

/** What of the bounds a server passed: nothing while this is undefined. `ms`: since it last ended a command. */
export function passed(
  { of, octets: most, contentBytes = 0 }: Bounds,
  { octets, ms, allMs }: { octets: number; ms: number; allMs: number },
): SourceError | undefined {
  if (octets > most)
    return new SourceError('excess', `the server was asked ${of}, and sent more than ${most} octets`);
  const mostMs = COMMAND_MS + (1000 * contentBytes) / LEAST_RATE;
  if (ms > mostMs || allMs > LONGEST_MS + mostMs)
    return new SourceError(
      'lost',
      `the server was asked ${of}, and took longer than ${Math.round(mostMs / 1000)} seconds`,
    );
  return undefined;
}
