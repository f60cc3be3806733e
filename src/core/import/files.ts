/**
 * Brings mail from files into an account. A message that is in its mailbox, with the same octets and date, is there, as often
 * as it is there: so that doing it twice changes nothing, and what ended anywhere goes on.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { AccountId } from '../envelope.ts';
import { Arrivals, marksOf } from '../mailbox/arrivals.ts';
import { appending, type Ended, type Filled, Filling, forgetContent, sizeOfNew } from '../mailbox/filling.ts';
import type { Mailbox, MailboxStore } from '../mailbox/port.ts';
import { Known } from '../mailbox/prints.ts';
import type { QuotaLimits } from '../mailbox/quota.ts';
import { mailboxFor } from '../restore/account.ts';
import type { AccountStore } from './account.ts';
import { toOurs } from './flags.ts';
import { isRenamed, type LeftOut, type PlannedFolder, planFolders } from './naming.ts';
import type { SourceFolder } from './source.ts';

export interface FileMessage {
  readonly flags: readonly string[];
  /** ms. */
  readonly internalAt: number;
  /** To be read before the next one. */
  readonly pieces: AsyncIterable<Buffer>;
}

export interface FileFolder extends SourceFolder {
  read(): AsyncIterable<FileMessage>;
}

export interface FileImport {
  readonly store: AccountStore & Pick<MailboxStore, 'appendItems'>;
  readonly clock: Clock;
  readonly account: AccountId;
  readonly folders: readonly FileFolder[];
  readonly limits: QuotaLimits;
  readonly isDryRun: boolean;
  progress(messages: number, octets: number): void;
  folder(result: FileResult): void;
}

export interface FileResult {
  readonly planned: PlannedFolder;
  readonly isRenamed: boolean;
  readonly isNew: boolean;
  /** Came, or would come. */
  readonly messages: number;
  readonly octets: number;
  readonly there: number;
  readonly withoutKeywords: number;
  readonly ended?: Ended | 'too many';
}

/** Rejects with the first error of a file or of the store; what came until then stays. */
export async function importFiles(
  about: FileImport,
): Promise<{ left: readonly LeftOut[]; ended?: FileResult['ended'] }> {
  const { store, account, folders, clock } = about;
  const mailboxes = await store.mailboxes(account);
  const plan = planFolders(folders, { named: new Set(), mailboxes, kept: new Map() });
  const arrivals = new Arrivals(store, () => clock.now());
  for (const planned of plan.planned) {
    const folder = planned.folder as FileFolder;
    const result = await bring(about, { planned, folder, mailboxes, arrivals });
    about.folder(result);
    if (result.ended !== undefined) return { left: plan.left, ended: result.ended };
  }
  return { left: plan.left };
}

interface Bringing {
  readonly planned: PlannedFolder;
  readonly folder: FileFolder;
  readonly mailboxes: readonly Mailbox[];
  readonly arrivals: Arrivals;
}

async function bring(about: FileImport, bringing: Bringing): Promise<FileResult> {
  const { store, account, clock, isDryRun } = about;
  const { planned, folder, mailboxes } = bringing;
  const { name, specialUse } = planned;
  const common = { planned, isRenamed: isRenamed(planned) };
  const none = { messages: 0, octets: 0, there: 0, withoutKeywords: 0 };
  if (isDryRun) {
    const mailbox = mailboxes.find((one) => one.name === name);
    const target = mailbox === undefined ? undefined : { account, mailbox: mailbox.id };
    const tried = await compared(folder, await Known.of(store, target));
    return { ...common, ...none, isNew: mailbox === undefined, ...tried };
  }
  const found = await mailboxFor(store, {
    ...{ account, name, isSubscribed: folder.isSubscribed, at: clock.now() },
    ...(specialUse === undefined ? {} : { specialUse }),
  });
  if ('why' in found) return { ...common, ...none, isNew: false, ended: found.why };
  return { ...common, isNew: found.isNew, ...(await fill(about, bringing, found.mailbox)) };
}

async function fill(
  about: FileImport,
  { folder, arrivals }: Bringing,
  { id: mailbox }: Mailbox,
): Promise<Omit<FileResult, 'planned' | 'isRenamed' | 'isNew'>> {
  const { store, account, limits, clock, progress } = about;
  const target = { account, mailbox };
  const known = await Known.of(store, target);
  let [messages, octets, there] = [0, 0, 0];
  let ended: Ended | undefined;
  const filling: Filling<Filled> = new Filling({
    ...{ into: store, target, limits, append: appending(store, { target, now: () => clock.now() }) },
    took({ item }) {
      messages++;
      octets += sizeOfNew(item);
      progress(1, sizeOfNew(item));
    },
  });
  for await (const { pieces, flags, internalAt } of folder.read()) {
    const item = await arrivals.take(pieces, { flags: toOurs(flags), internalAt });
    if ((await known.take(marksOf(item))) === undefined) ended = await filling.add({ item });
    else {
      there++;
      await forgetContent(store, item.content);
    }
    if (ended !== undefined) break;
  }
  ended ??= await filling.flush();
  const { withoutKeywords } = filling;
  return { messages, octets, there, withoutKeywords, ...(ended === undefined ? {} : { ended }) };
}

async function compared(
  folder: FileFolder,
  known: Known,
): Promise<Pick<FileResult, 'messages' | 'octets' | 'there'>> {
  let [messages, octets, there] = [0, 0, 0];
  for await (const { pieces, internalAt } of folder.read()) {
    const digest = createHash('sha256');
    let size = 0;
    for await (const piece of pieces) {
      digest.update(piece);
      size += piece.length;
    }
    const uid = await known.take({ internalAt, sizeBytes: size, digest: digest.digest() });
    if (uid === undefined) [messages, octets] = [messages + 1, octets + size];
    else there++;
  }
  return { messages, octets, there };
}
