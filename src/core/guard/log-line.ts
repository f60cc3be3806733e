/** What a line of the traffic log teaches a guard: the same to a worker that follows the log and to a preview that replays it. */
import type { SendEvent } from './event.ts';
import type { Guard } from './guard.ts';
import { readCount, readDecided, readProfile, readRelease, readTexts, isOfNoMessage } from './log-data.ts';
import type { GuardOutcome, LogEntry } from './port.ts';

/**
 * Teaches it to each of these guards; what a judged message teaches is left to `judged`. False when the line is damaged: what
 * can be read of it counts all the same.
 */
export function heedLine(
  { kind, account, at, data }: LogEntry,
  guards: readonly Guard[],
  judged: (event: SendEvent, outcome: GuardOutcome) => void,
): boolean {
  switch (kind) {
    case 'pass':
    case 'pool':
    case 'hold':
    case 'stop': {
      const decided = readDecided(data);
      if (decided !== undefined) judged(decided.event, kind);
      return decided !== undefined;
    }
    case 'released': {
      const decided = readDecided(data);
      for (const guard of guards) {
        if (decided !== undefined) guard.released(decided.event, readRelease(data));
        guard.heed(kind, { account, texts: readTexts(data) });
      }
      return decided !== undefined || isOfNoMessage(data);
    }
    case 'dropped':
      for (const guard of guards) guard.heed(kind, { account, texts: readTexts(data) });
      return true;
    case 'learnt': {
      const profile = readProfile(data);
      return profile !== undefined && guards.every((guard) => guard.adopt(account, profile));
    }
    case 'locked':
      for (const guard of guards) guard.lock(account, at);
      return true;
    case 'unlocked':
      for (const guard of guards) {
        guard.forgive(account);
        guard.heed(kind, { account, texts: [] });
      }
      return true;
    case 'unknown-recipient':
    case 'refused':
    case 'login':
      for (const guard of guards) guard.note(kind, { account, at, count: readCount(data) });
      return true;
    default:
      return kind satisfies never;
  }
}
