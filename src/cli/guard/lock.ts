/** As `account lock` and `account unlock`: the guard stops an account by that very lock, and holds what waits of it. */
import { lockCommand } from '../account/lock.ts';
import { unlockCommand } from '../account/unlock.ts';
import type { Command } from '../command.ts';

export const guardLock: Command = lockCommand({
  name: 'guard lock',
  summary:
    'Keeps an account from sending, as the guard does, holds what waits of it in the queue, and tells nobody why; it goes on receiving and reading.',
  waiting: 'is held',
});

export const guardUnlock: Command = unlockCommand('guard', {
  summary: 'Lets a stopped account send again; what the guard thought of it is forgotten.',
  examples: ['relais guard unlock ana@example.org'],
});
