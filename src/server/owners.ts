/**
 * Ends the sessions of owners who are none any more: whose password was changed since they logged in, or whose account was
 * removed. Whoever had the old password reads on for some seconds at most.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { repeat } from '../base/repeat.ts';
import type { DirectoryStore } from '../core/directory/admin.ts';
import type { Account } from '../core/directory/port.ts';
import type { AccountId } from '../core/envelope.ts';
import type { Session, Sessions } from './sessions.ts';

/** Whose mail a session reads, by what it has shown for it. */
export type Owner = Pick<Account, 'id' | 'address' | 'password'>;

export interface OwnedSession extends Session {
  /** Undefined before the login. */
  readonly owner: Owner | undefined;
  /** Says that the client is to log in again, or that there is nothing to log in to any more, and closes. */
  dismiss(why: keyof typeof DISMISSED): void;
}

/** What a session that is dismissed says, in whatever way its protocol says it. */
export const DISMISSED = {
  'password changed': 'The password of this account was changed; please log in again',
  'account removed': 'This account is not there any more',
} as const;

export type OwnerStore = Pick<DirectoryStore, 'credentialsChanged' | 'accountById'>;

const LOOK_EVERY_MS = 3_000;
/**
 * What changed before the last look is looked at again for so long: another server's clock may be behind, and a login that
 * has looked at the old password may still be under way.
 */
const AGAIN_MS = 120_000;

export function watchOwners(
  sessions: Sessions<OwnedSession>,
  { store, clock, log }: { store: OwnerStore; clock: Clock; log: Log },
): void {
  let looked = clock.now();
  const look = async (): Promise<void> => {
    const now = clock.now();
    const changed = new Set(await store.credentialsChanged(Math.min(looked, now) - AGAIN_MS));
    if (changed.size > 0) await dismissAmong(sessions, changed, store);
    looked = now;
  };
  const failed = (error: unknown): void =>
    log.warn({ error: String(error) }, 'whose password was changed is not known at the moment');
  sessions.lookAfter(repeat(clock, { everyMs: LOOK_EVERY_MS, run: look, failed }));
}

async function dismissAmong(
  sessions: Sessions<OwnedSession>,
  changed: ReadonlySet<AccountId>,
  store: OwnerStore,
): Promise<void> {
  const ofThem = Map.groupBy(
    [...sessions].filter(({ owner }) => owner !== undefined && changed.has(owner.id)),
    ({ owner }) => owner?.id as AccountId,
  );
  for (const [id, group] of ofThem) {
    const now = await store.accountById(id);
    for (const session of group)
      if (now === undefined) session.dismiss('account removed');
      else if (session.owner?.password !== now.password) session.dismiss('password changed');
  }
}
