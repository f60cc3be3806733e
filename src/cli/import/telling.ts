/** What an import of an account came to, in words: a line for each folder where something happened, what differs, a sum. */
import type { AccountResult, FolderResult } from '../../core/import/account.ts';
import type { Verified } from '../../core/import/compare.ts';
import type { LeftOut } from '../../core/import/naming.ts';
import { isPassing, type SourceError } from '../../core/import/source.ts';
import { commandLine, isGiven } from '../arguments.ts';
import { NOT_CHANGED } from '../changes.ts';
import { type Call, EXIT } from '../command.ts';
import { counted, nameForPeople, sizeForPeople } from '../output.ts';

/** Messages that are named to a person. */
const MOST_NAMED = 10;

const WHY_LEFT: Readonly<Record<LeftOut['why'], string>> = {
  'holds no messages': 'it holds no messages',
  'shows others': 'it shows messages of other folders: --folder brings it all the same',
  'belongs to others': 'it belongs to somebody else: --folder brings it all the same',
  'was deleted here': 'its mailbox here was deleted: --folder brings all of it anew',
  'no name': 'no mailbox can have such a name',
  'long name': 'its name is too long to be kept',
};

export class Telling {
  readonly #call: Call;
  readonly #address: string;
  readonly #host: string;
  #sum = { folders: 0, there: 0, messages: 0, octets: 0, flagged: 0, gone: 0, removed: 0, failed: 0 };
  #withoutKeywords = 0;
  #faults = 0;
  #ended: string | undefined;
  #verified: Counted | undefined;

  constructor(call: Call, { address, host }: { address: string; host: string }) {
    this.#call = call;
    this.#address = address;
    this.#host = host;
  }

  folder(result: FolderResult): void {
    if (result.verified !== undefined) return this.#verify(result, result.verified);
    const { planned, isNew, isRenumbered, fault } = result;
    const counts = countsOf(result);
    this.#add(counts);
    if (fault !== undefined) this.#faults++;
    this.#ended ??= result.tally?.ended;
    const failed = result.tally?.failed ?? [];
    const object = {
      ...{ address: this.#address, folder: planned.folder.name, mailbox: planned.name, isNew, isRenumbered },
      ...counts,
      ...(failed.length === 0 ? {} : { failedUids: failed.map(({ uid }) => uid) }),
      ...(fault === undefined ? {} : { fault: fault.message }),
      ...(this.#isDryRun ? { dryRun: true } : {}),
    };
    this.#call.output.item(object, this.#line(result, counts));
    for (const { uid, why } of failed.slice(0, MOST_NAMED))
      this.#call.output.note(`${nameForPeople(planned.folder.name)}: message ${uid} cannot be read: ${why}`);
  }

  #verify({ planned }: FolderResult, { named, ...counts }: Verified): void {
    const address = this.#address;
    const sum = (this.#verified ??= { ...NOTHING });
    for (const key of Object.keys(NOTHING) as (keyof typeof NOTHING)[]) sum[key] += counts[key];
    const what = differencesIn(counts).join('; ');
    const which =
      named.length === 0
        ? ''
        : ` (UID there: ${named.slice(0, MOST_NAMED).join(', ')}${named.length > MOST_NAMED ? ', …' : ''})`;
    this.#call.output.item(
      { address, folder: planned.folder.name, mailbox: planned.name, ...counts, uids: named },
      `${nameForPeople(planned.folder.name)}: ${counts.same} of ${counted(counts.total, 'message')} the same${what === '' ? '' : `; ${what}`}${which}`,
    );
  }

  /** What differs in all folders; the exit code. */
  #verifiedSum(sum: Counted): number {
    const what = differencesIn(sum);
    this.#call.output.item(
      { schema: 'relais.import-verified/1', address: this.#address, host: this.#host, ...sum },
      `${this.#address}: ${sum.same} of ${counted(sum.total, 'message')} there the same here, with octets, date and flags${what.length === 0 ? '.' : `; ${what.join('; ')}.`}`,
    );
    return sum.same === sum.total ? EXIT.done : EXIT.failed;
  }

  get #isDryRun(): boolean {
    return isGiven(this.#call, 'dry-run');
  }

  #add({ withoutKeywords, ...counts }: Counts): void {
    const sum = this.#sum;
    sum.folders++;
    this.#withoutKeywords += withoutKeywords;
    for (const key of ['there', 'messages', 'octets', 'flagged', 'gone', 'removed', 'failed'] as const)
      sum[key] += counts[key];
  }

  #line({ planned, isRenamed, isNew, isRenumbered, fault }: FolderResult, counts: Counts): string {
    const { messages, octets, there, flagged, gone, removed, failed, withoutKeywords } = counts;
    const size = octets > 0 ? ` (${sizeForPeople(octets)})` : '';
    const parts = [
      `${counted(messages, 'message')}${size}${this.#isDryRun ? ' would come' : ''}, ${there} here already`,
      ...(flagged > 0 ? [`${flagged} with other flags`] : []),
      ...(gone > 0 ? [`${gone} not there any more${this.#isDryRun ? '' : ', kept here'}`] : []),
      ...(removed > 0 ? [`${removed} not there any more, removed here`] : []),
      ...(failed > 0 ? [`${failed} cannot be read`] : []),
      ...(withoutKeywords > 0
        ? [`${withoutKeywords} without keywords: the mailbox has as many as it can`]
        : []),
      ...(isRenumbered
        ? ['it has new UIDs there: what was here already was recognised, and not doubled']
        : []),
      ...(fault === undefined ? [] : [fault.message]),
    ];
    const as = isRenamed ? ` as ${nameForPeople(planned.name)}` : '';
    return `${nameForPeople(planned.folder.name)}${as}${isNew ? ', new' : ''}: ${parts.join('; ')}`;
  }

  /** Says what was left out, and the sum; the exit code. */
  end({ left, goneFolders, unknown }: AccountResult): number {
    const { output } = this.#call;
    const address = this.#address;
    for (const { folder, why } of left)
      if (why !== 'holds no messages')
        output.item(
          { address, folder: folder.name, left: why },
          `${nameForPeople(folder.name)} stays there: ${WHY_LEFT[why]}`,
        );
    for (const folder of goneFolders)
      output.item(
        { address, folder, left: 'gone' },
        `${nameForPeople(folder)} is not there any more; what came of it is kept here`,
      );
    for (const folder of unknown)
      output.note(`there is no folder ${nameForPeople(folder)}; relais import imap … --dry-run names those`);
    if (this.#verified !== undefined) {
      const code = this.#verifiedSum(this.#verified);
      return unknown.length + this.#faults > 0 ? EXIT.failed : code;
    }
    this.#summary();
    return unknown.length > 0 || this.#sum.failed + this.#faults > 0 || this.#ended !== undefined
      ? EXIT.failed
      : EXIT.done;
  }

  #summary(): void {
    const { output } = this.#call;
    const address = this.#address;
    const { messages, octets, there, flagged, gone, failed } = this.#sum;
    const ended = this.#ended;
    output.item(
      {
        ...{ schema: 'relais.import/1', address, host: this.#host, ...this.#sum },
        ...{ withoutKeywords: this.#withoutKeywords, ...(ended === undefined ? {} : { ended }) },
        ...(this.#isDryRun ? { dryRun: true } : {}),
      },
      this.#isDryRun
        ? `${address}: ${counted(messages, 'message')} would come, ${there} here already; ${flagged} with other flags, ${gone} not there any more. ${NOT_CHANGED}`
        : `${address}: ${counted(messages, 'message')} came (${sizeForPeople(octets)}), ${there} here already.`,
    );
    if (failed > 0)
      output.note(`${counted(failed, 'message')} of ${address} cannot be read there: run this again.`);
    if (ended === 'over quota') {
      const quota = commandLine(this.#call, ['account', 'quota', address]);
      output.note(
        `It ended there: ${address} has no room for more. See ${quota} and make room, or raise its limit (--size, --messages); then run this again: it goes on where it ended.`,
      );
    }
    if (ended === 'missing') output.note(`A mailbox of ${address} was deleted meanwhile. Run this again.`);
    if (ended === 'too many')
      output.note(`${address} has as many mailboxes as it may: not all folders came.`);
  }

  /** Said while nothing else is: it tries again by itself. */
  waits(ms: number, { message }: SourceError): void {
    const seconds = counted(Math.round(ms / 1000), 'second');
    this.#call.output.note(`${this.#address}: ${message}; tried again in ${seconds}`);
  }

  /** The server ended it; the exit code. */
  failed(error: SourceError): number {
    const { output } = this.#call;
    const isLater = isPassing(error);
    const { messages, there } = this.#sum;
    const goesOn =
      messages + there > 0 ? ' Run this again: it goes on where it ended.' : ' Run this again later.';
    output.item(
      {
        ...{ schema: 'relais.import/1', address: this.#address, host: this.#host, ...this.#sum },
        ...{ fault: error.fault, why: error.message },
      },
      `${this.#address}: ${error.message}. ${counted(messages, 'message')} came.${isLater ? goesOn : ''}`,
    );
    return isLater ? EXIT.later : EXIT.failed;
  }
}

const NOTHING = {
  ...{
    total: 0,
    same: 0,
    fresh: 0,
    away: 0,
    otherOctets: 0,
    otherDates: 0,
    otherFlags: 0,
    unread: 0,
    gone: 0,
  },
};
type Counted = typeof NOTHING;

function differencesIn(counts: Omit<Counted, 'total' | 'same'>): string[] {
  const words: Readonly<Record<keyof typeof counts, string>> = {
    fresh: 'did not come yet',
    away: 'not in that mailbox any more: moved or deleted here',
    otherOctets: 'with other octets',
    otherDates: 'with another date',
    otherFlags: 'with other flags',
    unread: 'cannot be read there',
    gone: 'not there any more',
  };
  const keys = Object.keys(words) as (keyof typeof words)[];
  return keys.flatMap((key) => (counts[key] > 0 ? `${counts[key]} ${words[key]}` : []));
}

interface Counts {
  readonly messages: number;
  readonly octets: number;
  readonly there: number;
  readonly flagged: number;
  readonly gone: number;
  readonly removed: number;
  readonly withoutKeywords: number;
  /** Cannot be read there. */
  readonly failed: number;
}

function countsOf({ tally, difference }: FolderResult): Counts {
  if (difference !== undefined) {
    const { fresh, total, flagged, gone } = difference;
    const [octets, removed, withoutKeywords] = [0, 0, 0];
    return {
      messages: fresh,
      octets,
      there: total - fresh,
      flagged,
      gone,
      removed,
      withoutKeywords,
      failed: 0,
    };
  }
  const { came: messages = 0, octets = 0, flagged = 0, gone = 0, removed = 0 } = tally ?? {};
  const { there = 0, withoutKeywords = 0, failedCount: failed = 0 } = tally ?? {};
  return { messages, octets, there, flagged, gone, removed, withoutKeywords, failed };
}
