/** The same as `account lock` and `account unlock`: the guard stops an account by that very lock. */
import { accountLock } from '../account/lock.ts';
import { accountUnlock } from '../account/unlock.ts';
import type { Command } from '../command.ts';

export const guardLock: Command = {
  ...accountLock,
  name: 'guard lock',
  summary:
    'Keeps an account from sending, as the guard does, and tells nobody why; it goes on receiving and reading.',
  examples: ['relais guard lock ana@example.org --reason "password stolen, ticket 4711"'],
};

export const guardUnlock: Command = {
  ...accountUnlock,
  name: 'guard unlock',
  summary: 'Lets a stopped account send again; what the guard thought of it is forgotten.',
  examples: ['relais guard unlock ana@example.org'],
};
