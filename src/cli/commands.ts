/** Every command, in the order of the help. */
import type { Command, CommandGroup } from './command.ts';
import { accountAdd } from './account/add.ts';
import { accountList } from './account/list.ts';
import { accountLock } from './account/lock.ts';
import { accountPasswd } from './account/passwd.ts';
import { accountRemove } from './account/remove.ts';
import { accountUnlock } from './account/unlock.ts';
import { addressAdd } from './address/add.ts';
import { addressList } from './address/list.ts';
import { addressRemove } from './address/remove.ts';
import { demo } from './demo/demo.ts';
import { domainAdd } from './domain/add.ts';
import { domainCheck } from './domain/check.ts';
import { domainList } from './domain/list.ts';
import { domainRemove } from './domain/remove.ts';
import { serve } from './serve.ts';
import { worker } from './worker.ts';

export const groups: readonly CommandGroup[] = [
  { title: 'The server', commands: [serve, demo] },
  {
    title: 'Domains, accounts and addresses',
    commands: [
      domainAdd,
      domainList,
      domainCheck,
      domainRemove,
      accountAdd,
      accountList,
      accountPasswd,
      accountLock,
      accountUnlock,
      accountRemove,
      addressAdd,
      addressList,
      addressRemove,
    ],
  },
  { commands: [worker] },
];

export const commands: readonly Command[] = groups.flatMap((group) => group.commands);
