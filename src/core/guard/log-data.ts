/** The data of a line of the traffic log, as it is kept: the event in the format of docs/guard.md, and what was decided. */
import { BadEvent, readEvent, type SendEvent } from './event.ts';
import { SIGNALS, type Signal, type Term } from './signals.ts';

export interface LogData extends Readonly<Record<string, unknown>> {
  readonly score?: number;
  /** Of what was held: from what score on. */
  readonly limit?: number | undefined;
  readonly terms?: readonly (readonly [Signal, number, number?, boolean?])[];
  /** It left only because of this relaxation. */
  readonly relaxed?: number | undefined;
}

export interface Decided {
  readonly event: SendEvent;
  readonly score: number;
  /** From what score on it was held; of what was held only. */
  readonly limit?: number;
  readonly terms: readonly Term[];
  /** The relaxation without which it would have been held. */
  readonly relaxed?: number;
}

/** What was decided about a message; undefined when the line is damaged, or is none of a message. */
export function readDecided(data: string): Decided | undefined {
  const value = parsed(data);
  if (value === undefined) return undefined;
  try {
    const { relaxed, limit } = value;
    const decided = {
      event: readEvent(value),
      score: Number(value.score ?? 0),
      ...(typeof limit === 'number' ? { limit } : {}),
      terms: termsOf(value.terms),
    };
    return typeof relaxed === 'number' ? { ...decided, relaxed } : decided;
  } catch (error) {
    if (error instanceof BadEvent) return undefined;
    throw error;
  }
}

/** Of a release: how many recipients it had, and whether its owner released it alone. */
export function readRelease(data: string): { recipients: number; by?: 'owner' } {
  const recipients = readCount(data);
  return parsed(data)?.['by'] === 'owner' ? { recipients, by: 'owner' } : { recipients };
}

/** Of a release: all that was in the group only waited in the queue, so that there is no message of it to learn from. */
export function isOfNoMessage(data: string): boolean {
  const value = parsed(data);
  return value?.['t'] === undefined && Array.isArray(value?.['texts']) && value['texts'].length === 0;
}

/** What the texts of a group that was decided about are known by. */
export function readTexts(data: string): readonly string[] {
  const texts = parsed(data)?.['texts'];
  return Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [];
}

/** The profile of an account's past; undefined when the line is damaged. */
export function readProfile(data: string): Uint8Array | undefined {
  const profile = parsed(data)?.['profile'];
  return typeof profile === 'string' ? Uint8Array.from(Buffer.from(profile, 'base64')) : undefined;
}

/** How many, of a remark; 1 unless it says. */
export function readCount(data: string): number {
  const count = parsed(data)?.['count'];
  return typeof count === 'number' && count > 0 ? count : 1;
}

function termsOf(value: unknown): Term[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((term: unknown) => {
    const [signal, weight, count, atLeast] = Array.isArray(term) ? term : [];
    if (!SIGNALS.includes(signal) || typeof weight !== 'number') return [];
    const counted = typeof count === 'number' ? { count } : {};
    return [{ signal, weight, ...counted, ...(atLeast === true ? { atLeast } : {}) }];
  });
}

function parsed(data: string): LogData | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as LogData) : undefined;
  } catch {
    return undefined;
  }
}
