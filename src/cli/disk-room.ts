/** Bringing much mail in at once leaves the disk what `budget.diskFree` keeps for the mail that comes and goes meanwhile. */
import { keptFree } from '../core/capacity/disk.ts';
import type { SqlStore } from '../store/store.ts';
import { CommandError, EXIT, type NamedConfig } from './command.ts';
import { sizeForPeople } from './output.ts';

/** What brings octets in. */
const BRINGING = ['stage', 'appendItems', 'importItems'] as const;

/** The same store, which takes no more once the disk has no more than is kept free: the command then ends with 75. */
export function leavingRoom(
  store: SqlStore,
  { budget, data }: Pick<NamedConfig, 'budget' | 'data'>,
): SqlStore {
  const look = async (): Promise<void> => {
    const space = await store.space();
    if (space === undefined) return;
    const kept = keptFree(budget.diskFreeBytes, space.totalBytes);
    if (space.freeBytes >= kept) return;
    throw new CommandError(
      EXIT.later,
      `the disk of ${data} has ${sizeForPeople(space.freeBytes)} free, and ${sizeForPeople(kept)} are kept for mail that comes (budget.diskFree): make room, then run this again; what came is whole`,
    );
  };
  const careful = BRINGING.map((name) => {
    const bring = store[name] as (input: never) => Promise<unknown>;
    return [name, (input: never) => look().then(() => bring(input))] as const;
  });
  return { ...store, ...(Object.fromEntries(careful) as Partial<SqlStore>) };
}
