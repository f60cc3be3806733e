/** Every operation of the store by name: what crosses a thread or a socket is a name and a plain value. */
import { accept } from './accept.ts';
import { dropStage, readContent, receivedBytes, reversePathOf, stage, sweepStages } from './content.ts';
import { addAddress, isLocal, listAddresses, removeAddress, targets } from './addresses.ts';
import {
  account,
  accountById,
  addAccount,
  addDomain,
  credentialsChanged,
  dkimKeys,
  keepSetting,
  listAccounts,
  lockedAccounts,
  listDomains,
  lockAccount,
  removeAccount,
  rehearse,
  removeDomain,
  setTenant,
  setPassword,
  setting,
  settings,
} from './directory.ts';
import {
  countGuardLog,
  countPassed,
  endOfGuardLog,
  forgetGuardLog,
  guardLog,
  guardStates,
  keepGuardStates,
  noteGuard,
  tailGuard,
} from './guard.ts';
import {
  decideHold,
  holdTokens,
  postponeHold,
  releaseByOwner,
  stopAccount,
  warnHold,
} from './hold-decisions.ts';
import {
  dueHolds,
  groupOfMessage,
  holdGroup,
  listHolds,
  overfullHolds,
  stepHold,
  waitedIn,
} from './holds.ts';
import { successDue, tellSuccess } from './success.ts';
import { dueRecalls, recallLeased, recalls, stepRecall } from './recall.ts';
import { remakeAccount, settleRestored } from './restored.ts';
import { endRelaxation, keepPreview, relax, relaxations } from './relaxations.ts';
import { tenants } from './tenants.ts';
import { canaryCandidates } from './canary.ts';
import { keptMessages, verifyRows } from './verify.ts';
import { forgetWarmUps, noteWarmUpRefusal, takeWarmUp, warmUps } from './warm-up.ts';
import { spread, spreads, unroute, unspread } from './spread.ts';
import { caseEvents, cases, closeCase, forgetCases, keepCaseLevel, noteCase, providerCase } from './cases.ts';
import { hold } from './provider-hold.ts';
import {
  adoptItems,
  finishImport,
  forgetImported,
  importedItems,
  importFlags,
  importFolders,
  importItems,
  keepImportFolder,
} from './imports.ts';
import { appendItems, replaceItem } from './mailbox-append.ts';
import { copyItems, moveItems } from './mailbox-copy.ts';
import { expungedItems, expungeItems, forgetExpunged, undeleteItems } from './mailbox-expunge.ts';
import { storeFlags } from './mailbox-flags.ts';
import { allMetadata, metadata, setMetadata } from './mailbox-metadata.ts';
import {
  createMailbox,
  deletedMailboxes,
  deleteMailbox,
  mailboxes,
  mailboxModseqs,
  mailboxNamed,
  renameMailbox,
  restoreMailbox,
  subscribe,
  subscriptions,
} from './mailbox-folders.ts';
import { forgetAnswered, setVacation, vacation } from './vacation.ts';
import { quota, setQuota } from './mailbox-quota.ts';
import { changesSince, itemPrints, items, keepPack, snapshot, vanishedSince } from './mailbox-read.ts';
import { forgetStoppages, freeze, freezes, takeCanary, thaw, thawDue, thawed } from './freezes.ts';
import { claim, claimInTurn, claimOne, claimToTell, countBacklog, nextDue, settle } from './queue.ts';
import {
  changeQueue,
  countChange,
  countQueue,
  countWaiting,
  listPaths,
  listQueue,
  path,
  recentVolumes,
} from './queue-admin.ts';
import { keepSketches, sketches, sketchHeads } from './sketches.ts';
import type { Operation } from './sql.ts';
import { countRefusal, forgetSuppressions, suppress, suppressions, unsuppress } from './suppression.ts';
import { eventsAfter, forgetMessages, forgetPaths, keepReport, trace } from './trace.ts';
import {
  acquirePaths,
  beats,
  bringForward,
  healths,
  heartbeat,
  keepPace,
  leases,
  ownedPaths,
  releasePath,
  reserveIds,
  retireWorkers,
  returnLeases,
  workers,
} from './workers.ts';

export const writes = {
  accept,
  stage,
  dropStage,
  sweepStages,
  claim,
  claimInTurn,
  claimOne,
  claimToTell,
  settle,
  reserveIds,
  heartbeat,
  retireWorkers,
  acquirePaths,
  releasePath,
  bringForward,
  returnLeases,
  addDomain,
  rehearse,
  removeDomain,
  setTenant,
  addAccount,
  setPassword,
  lockAccount,
  removeAccount,
  addAddress,
  removeAddress,
  keepSetting,
  changeQueue,
  keepPace,
  freeze,
  thaw,
  thawDue,
  takeCanary,
  forgetStoppages,
  hold,
  noteCase,
  spread,
  unspread,
  unroute,
  takeWarmUp,
  noteWarmUpRefusal,
  forgetWarmUps,
  keepCaseLevel,
  closeCase,
  forgetCases,
  countRefusal,
  suppress,
  unsuppress,
  forgetSuppressions,
  keepReport,
  forgetMessages,
  forgetPaths,
  noteGuard,
  forgetGuardLog,
  keepGuardStates,
  decideHold,
  stepHold,
  warnHold,
  postponeHold,
  releaseByOwner,
  tellSuccess,
  stopAccount,
  stepRecall,
  recallLeased,
  keepPreview,
  relax,
  endRelaxation,
  createMailbox,
  renameMailbox,
  deleteMailbox,
  restoreMailbox,
  subscribe,
  appendItems,
  replaceItem,
  copyItems,
  moveItems,
  storeFlags,
  expungeItems,
  undeleteItems,
  forgetExpunged,
  keepPack,
  keepSketches,
  setMetadata,
  setQuota,
  settleRestored,
  remakeAccount,
  setVacation,
  forgetAnswered,
  keepImportFolder,
  importItems,
  adoptItems,
  importFlags,
  forgetImported,
  finishImport,
} satisfies Record<string, Operation>;

export const reads = {
  readContent,
  receivedBytes,
  reversePathOf,
  nextDue,
  countBacklog,
  freezes,
  thawed,
  canaryCandidates,
  waitedIn,
  dueRecalls,
  recalls,
  cases,
  spreads,
  warmUps,
  providerCase,
  beats,
  tenants,
  caseEvents,
  suppressions,
  healths,
  ownedPaths,
  leases,
  listDomains,
  dkimKeys,
  listAccounts,
  lockedAccounts,
  listAddresses,
  isLocal,
  targets,
  account,
  accountById,
  credentialsChanged,
  setting,
  settings,
  listQueue,
  countQueue,
  countChange,
  countWaiting,
  recentVolumes,
  listPaths,
  workers,
  path,
  holdTokens,
  successDue,
  trace,
  eventsAfter,
  mailboxes,
  mailboxNamed,
  mailboxModseqs,
  deletedMailboxes,
  subscriptions,
  metadata,
  allMetadata,
  expungedItems,
  snapshot,
  changesSince,
  vanishedSince,
  items,
  itemPrints,
  sketchHeads,
  sketches,
  quota,
  vacation,
  tailGuard,
  endOfGuardLog,
  guardLog,
  countGuardLog,
  countPassed,
  guardStates,
  listHolds,
  groupOfMessage,
  holdGroup,
  dueHolds,
  overfullHolds,
  relaxations,
  verifyRows,
  keptMessages,
  importFolders,
  importedItems,
} satisfies Record<string, Operation>;

export type Writes = typeof writes;
export type Reads = typeof reads;

const all = new Map<string, Operation>(Object.entries({ ...writes, ...reads }));

export function operation(name: string): Operation {
  const found = all.get(name);
  if (found === undefined) throw new Error(`the store has no operation named ${name}`);
  return found;
}
