/** What was expunged or deleted, and is still kept, put back by its owner's wish. */
import { quotaOf } from '../../core/config/quota.ts';
import type { Account } from '../../core/directory/port.ts';
import {
  type DeletedMailbox,
  type ExpungedItem,
  type Mailbox,
  UNDELETE_FOR_MS,
} from '../../core/mailbox/port.ts';
import { isFull, type Usage, withDefaults } from '../../core/mailbox/quota.ts';
import { toRanges } from '../../core/mailbox/uid-ranges.ts';
import type { SqlStore } from '../../store/store.ts';
import { accountOf, toMailbox } from '../account/of.ts';
import { commandLine, isGiven, momentOf, optionOf, readOption, toAddress, toCount } from '../arguments.ts';
import { DRY_RUN, NOT_CHANGED } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';

/** Put back in one transaction. */
const BATCH = 500;

export const mailboxUndelete: Command = {
  name: 'mailbox undelete',
  usage: 'ADDRESS [--mailbox NAME] [--since 24h] [--uid N] [--dry-run]',
  summary: `Puts back messages that were expunged and mailboxes that were deleted, for ${UNDELETE_FOR_MS / 86_400_000} days.`,
  options: {
    mailbox: { type: 'string', doc: 'Only what was in this mailbox, or the mailbox itself.' },
    since: { type: 'string', doc: 'Only what went since then: 24h, or a date.' },
    uid: { type: 'string', doc: 'Only the message that had this UID in that mailbox.' },
    ...DRY_RUN,
  },
  positionals: [1, 1],
  examples: [
    'relais mailbox undelete ana@example.org --since 24h --dry-run',
    'relais mailbox undelete ana@example.org --mailbox INBOX --uid 17',
  ],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const wanted = wantedOf(call);
    return withStore(call, async (store) => {
      const account = await accountOf(store, call, address);
      return undelete({ call, store, account, wanted, isDryRun: isGiven(call, 'dry-run') });
    });
  },
};

interface Wanted {
  readonly mailbox?: string;
  readonly since: number;
  readonly uid?: number;
}

function wantedOf(call: Call): Wanted {
  const named = optionOf(call, 'mailbox');
  const uid = readOption(call, 'uid', toCount);
  const since = momentOf(call, 'since', Date.now());
  if (uid !== undefined && named === undefined)
    throw new CommandError(EXIT.usage, '--uid is of one mailbox: say which, with --mailbox NAME');
  if (named === undefined && since === undefined && !isGiven(call, 'dry-run'))
    throw new CommandError(
      EXIT.usage,
      'say what is to come back, with --mailbox NAME or --since 24h; for all that is kept, --since 25d',
    );
  return {
    since: since ?? 0,
    ...(named === undefined ? {} : { mailbox: toMailbox(named) }),
    ...(uid === undefined ? {} : { uid }),
  };
}

interface About {
  readonly call: Call;
  readonly store: SqlStore;
  readonly account: Account;
  readonly wanted: Wanted;
  readonly isDryRun: boolean;
}

interface Back {
  messages: number;
  octets: number;
  mailboxes: number;
  isFull: boolean;
}

async function undelete(about: About): Promise<number> {
  const { call, store, account, wanted, isDryRun } = about;
  const back: Back = { messages: 0, octets: 0, mailboxes: 0, isFull: false };
  const kept = (await store.mailboxes(account.id)).filter(({ name }) => isWanted(wanted, name));
  // What was expunged of them before they went comes too.
  if (wanted.uid === undefined)
    for (const mailbox of await store.deletedMailboxes(account.id)) {
      const isOne = isWanted(wanted, mailbox.name, mailbox.deletedAt);
      const name = isOne ? await putMailboxBack(about, mailbox, back) : undefined;
      if (name !== undefined) kept.push({ ...mailbox, name });
    }
  for (const mailbox of kept) await putItemsBack(about, mailbox, back);
  if (!isDryRun && back.messages + back.mailboxes > 0) await tellServer(call);
  const { isFull: ended, ...counts } = back;
  if (ended) call.output.note(noRoom(call, account.address));
  else if (back.messages + back.mailboxes === 0)
    throw new CommandError(
      EXIT.nothing,
      `nothing of ${account.address} that went so is kept any more: for ${UNDELETE_FOR_MS / 86_400_000} days it is`,
    );
  const what = `${counted(back.messages, 'message')}, ${sizeForPeople(back.octets)}, and ${counted(back.mailboxes, 'mailbox')}`;
  const object = { schema: 'relais.undelete/1', address: account.address, ...counts };
  call.output.item(
    { ...object, ...(isDryRun ? { dryRun: true } : {}) },
    isDryRun ? `${what} would come back. ${NOT_CHANGED}` : `${what} came back.`,
  );
  return ended ? EXIT.failed : EXIT.done;
}

function isWanted({ mailbox, since }: Wanted, name: string, at = since): boolean {
  return (mailbox === undefined || mailbox === name) && at >= since;
}

/** Under its own name, or one like it where there is another of that name now; that name, when it is back. */
async function putMailboxBack(
  about: About,
  mailbox: DeletedMailbox,
  back: Back,
): Promise<string | undefined> {
  const { call, store, account, isDryRun } = about;
  const { name: was, messages, sizeBytes, deletedAt } = mailbox;
  if (back.isFull || !(await hasRoom(about, { bytes: sizeBytes, messages }))) {
    back.isFull = true;
    return undefined;
  }
  const name = await freeName(store, { account, was });
  if (!isDryRun) {
    const request = { account: account.id, mailbox: mailbox.id, name, at: Date.now() };
    const restored = await store.restoreMailbox(request);
    // Forgotten, or put back by another, just now.
    if (!restored.ok) return undefined;
    await store.subscribe({ account: account.id, name, isSubscribed: true });
  }
  back.mailboxes++;
  back.messages += messages;
  back.octets += sizeBytes;
  const now = name === was ? '' : ` as ${name}`;
  call.output.item(
    {
      ...{ address: account.address, mailbox: name, deletedMailbox: was, deletedAt: rfc3339(deletedAt) },
      ...{ messages, octets: sizeBytes, ...(isDryRun ? { dryRun: true } : {}) },
    },
    `${was}, deleted ${localTime(deletedAt)}, with ${counted(messages, 'message')}${now}`,
  );
  return name;
}

async function freeName(
  store: SqlStore,
  { account, was }: { account: Account; was: string },
): Promise<string> {
  const taken = new Set((await store.mailboxes(account.id)).map(({ name }) => name));
  // There are as many names as mailboxes, and one more.
  for (let count = 1; ; count++) {
    const name = count === 1 ? was : `${was} (${count})`;
    if (!taken.has(name)) return name;
  }
}

async function putItemsBack(about: About, mailbox: Mailbox, back: Back): Promise<void> {
  const { call, store, account, wanted, isDryRun } = about;
  const counts = { messages: 0, octets: 0 };
  for (let after = (wanted.uid ?? 1) - 1; !back.isFull; ) {
    const request = { account: account.id, mailbox: mailbox.id, after, limit: BATCH };
    const page = await store.expungedItems(request);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.uid;
    const items = page.filter(
      ({ uid, expungedAt }) => (wanted.uid ?? uid) === uid && expungedAt >= wanted.since,
    );
    if (items.length > 0 && !(await putPageBack(about, { mailbox, items }))) back.isFull = true;
    else {
      counts.messages += items.length;
      counts.octets += items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    }
    if (wanted.uid !== undefined) break;
  }
  if (counts.messages === 0) return;
  back.messages += counts.messages;
  back.octets += counts.octets;
  call.output.item(
    { address: account.address, mailbox: mailbox.name, ...counts, ...(isDryRun ? { dryRun: true } : {}) },
    `${mailbox.name}: ${counted(counts.messages, 'message')} (${sizeForPeople(counts.octets)})`,
  );
}

/** False when there is no room for them. */
async function putPageBack(
  about: About,
  { mailbox, items }: { mailbox: Mailbox; items: readonly ExpungedItem[] },
): Promise<boolean> {
  const { store, account, isDryRun } = about;
  const bytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (!(await hasRoom(about, { bytes, messages: items.length }))) return false;
  if (isDryRun) return true;
  await store.undeleteItems({
    ...{ account: account.id, mailbox: mailbox.id, at: Date.now() },
    uids: toRanges(items.map(({ uid }) => uid)),
  });
  return true;
}

async function hasRoom({ call, store, account }: About, more: Usage): Promise<boolean> {
  if (more.messages === 0) return true;
  const quota = await store.quota(account.id);
  return quota === undefined || !isFull(withDefaults(quota, quotaOf(call.config)), more);
}

function noRoom(call: Call, address: string): string {
  const quota = commandLine(call, ['account', 'quota', address]);
  return `It ended there: ${address} has no room for all of it. See ${quota} and make room, or raise its limit (--size, --messages); then run this again.`;
}
