/** Every command, in the order of the help. */
import type { Command, CommandGroup } from './command.ts';
import { accountAdd } from './account/add.ts';
import { accountList } from './account/list.ts';
import { accountLock } from './account/lock.ts';
import { accountPasswd } from './account/passwd.ts';
import { accountQuota } from './account/quota.ts';
import { accountRemove } from './account/remove.ts';
import { accountUnlock } from './account/unlock.ts';
import { accountVacation } from './account/vacation.ts';
import { addressAdd } from './address/add.ts';
import { addressList } from './address/list.ts';
import { addressRemove } from './address/remove.ts';
import { backup } from './backup/backup.ts';
import { configCheck } from './config/check.ts';
import { configReferenceCommand } from './config/reference.ts';
import { demo } from './demo/demo.ts';
import { doctor } from './doctor/doctor.ts';
import { domainAdd } from './domain/add.ts';
import { domainCheck } from './domain/check.ts';
import { domainList } from './domain/list.ts';
import { domainTenant } from './domain/tenant.ts';
import { domainRemove } from './domain/remove.ts';
import { exportMaildir, exportMbox } from './export/export.ts';
import { guardDrop } from './guard/drop.ts';
import { guardEvaluate } from './guard/evaluate.ts';
import { guardHolds } from './guard/holds.ts';
import { guardLearn } from './guard/learn.ts';
import { guardLock, guardUnlock } from './guard/lock.ts';
import { guardPreview } from './guard/preview.ts';
import { guardRelax, guardRelaxations, guardUnrelax } from './guard/relax.ts';
import { guardRelease } from './guard/release.ts';
import { guardShow } from './guard/show.ts';
import { guardStatus } from './guard/status.ts';
import { importMaildir, importMbox } from './import/files.ts';
import { importImap } from './import/imap.ts';
import { loginForgive } from './login/forgive.ts';
import { loginList } from './login/list.ts';
import { mailboxList } from './mailbox/list.ts';
import { mailboxShow } from './mailbox/show.ts';
import { mailboxUndelete } from './mailbox/undelete.ts';
import { pathFreeze } from './path/freeze.ts';
import { pathList } from './path/list.ts';
import { pathShow } from './path/show.ts';
import { pathThaw } from './path/thaw.ts';
import { providerCase } from './provider/case.ts';
import { providerClassify } from './provider/classify.ts';
import { providerExplain } from './provider/explain.ts';
import { providerList } from './provider/list.ts';
import { providerRetry } from './provider/retry.ts';
import { providerShow } from './provider/show.ts';
import { providerSpread } from './provider/spread.ts';
import { providerUnspread } from './provider/unspread.ts';
import { queueCancel } from './queue/cancel.ts';
import { queueHold } from './queue/hold.ts';
import { queueList } from './queue/list.ts';
import { queueRelease } from './queue/release.ts';
import { queueRetry } from './queue/retry.ts';
import { queueShow } from './queue/show.ts';
import { replayCommand } from './replay/replay.ts';
import { mailq } from './sendmail/mailq.ts';
import { restore } from './restore/restore.ts';
import { sendmail } from './sendmail/sendmail.ts';
import { serve } from './serve.ts';
import { suppressionAdd } from './suppression/add.ts';
import { suppressionList } from './suppression/list.ts';
import { suppressionRemove } from './suppression/remove.ts';
import { traceCommand } from './trace/trace.ts';
import { verify } from './verify/verify.ts';
import { version } from './version.ts';
import { worker } from './worker.ts';

export const groups: readonly CommandGroup[] = [
  {
    title: 'The server',
    commands: [serve, demo, doctor, verify, backup, restore, configCheck, configReferenceCommand, version],
  },
  {
    title: 'Domains, accounts, addresses and mailboxes',
    commands: [
      domainAdd,
      domainList,
      domainTenant,
      domainCheck,
      domainRemove,
      accountAdd,
      accountList,
      accountPasswd,
      accountLock,
      accountUnlock,
      accountQuota,
      accountVacation,
      accountRemove,
      addressAdd,
      addressList,
      addressRemove,
      mailboxList,
      mailboxShow,
      mailboxUndelete,
      loginList,
      loginForgive,
    ],
  },
  {
    title: 'Mail on its way',
    commands: [
      traceCommand,
      queueList,
      queueShow,
      queueHold,
      queueRelease,
      queueRetry,
      queueCancel,
      pathList,
      pathShow,
      pathFreeze,
      pathThaw,
      sendmail,
      mailq,
    ],
  },
  {
    title: 'The guard',
    commands: [
      guardStatus,
      guardHolds,
      guardShow,
      guardRelease,
      guardDrop,
      guardLock,
      guardUnlock,
      guardPreview,
      guardRelax,
      guardRelaxations,
      guardUnrelax,
      guardLearn,
      guardEvaluate,
    ],
  },
  {
    title: 'What others say to us',
    commands: [
      providerList,
      providerShow,
      providerCase,
      providerRetry,
      providerSpread,
      providerUnspread,
      providerExplain,
      providerClassify,
      suppressionList,
      suppressionAdd,
      suppressionRemove,
    ],
  },
  {
    title: 'Moving in and out',
    commands: [importImap, importMaildir, importMbox, exportMaildir, exportMbox],
  },
  { title: 'Replays', commands: [replayCommand] },
  { commands: [worker] },
];

export const commands: readonly Command[] = groups.flatMap((group) => group.commands);
