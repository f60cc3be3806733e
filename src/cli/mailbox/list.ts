import { flagNames } from '../../core/mailbox/flags.ts';
import type { Mailbox, StoredItem } from '../../core/mailbox/port.ts';
import { mailboxObjectId } from '../../core/mailbox/object-id.ts';
import { MAX_UID } from '../../core/mailbox/uid-ranges.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, isGiven, readOption, toAddress, toCount } from '../arguments.ts';
import { accountOf, mailboxOf, toMailbox } from '../account/of.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { columns, counted, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { openReferences, withStore } from '../with-store.ts';
import { type Heading, headingOf, shortened } from './heading.ts';

/** Read from the store, and aligned, together. */
const PAGE = 500;
/** Characters in a column. */
const MOST_OF_FROM = 30;
const MOST_OF_SUBJECT = 60;

export const mailboxList: Command = {
  name: 'mailbox list',
  usage: 'ADDRESS [MAILBOX] [--after UID] [--limit N] [--folders]',
  summary: 'The messages in a mailbox (INBOX unless named), newest last; with --folders, the mailboxes.',
  options: {
    after: { type: 'string', doc: 'Only those after this UID.' },
    limit: { type: 'string', doc: 'At most this many.' },
    folders: { type: 'boolean', doc: 'The mailboxes of the account, and how much is in each.' },
  },
  positionals: [1, 2],
  async run(call) {
    const [written, named] = call.positionals as [string, string?];
    const [address, name] = [toAddress(written), toMailbox(named)];
    if (isGiven(call, 'folders') && named !== undefined)
      throw new CommandError(EXIT.usage, '--folders lists every mailbox: name none');
    return withStore(call, async (store) => {
      const account = await accountOf(store, call, address);
      if (isGiven(call, 'folders')) return listFolders(call, await store.mailboxes(account.id), address);
      const mailbox = await mailboxOf(store, call, { account, name });
      return listItems(call, store, { address, account: account.id, mailbox });
    });
  },
};

function listFolders({ output }: Call, mailboxes: readonly Mailbox[], address: string): number {
  const rows = mailboxes.map(({ name, specialUse = '', messages, unseen, sizeBytes }) => [
    ...[name, String(messages), String(unseen), sizeForPeople(sizeBytes), specialUse],
  ]);
  const [head, ...lines] = columns([['Mailbox', 'Messages', 'Unread', 'Size', 'Use'], ...rows], [1, 2, 3]);
  output.say(head as string);
  mailboxes.forEach((mailbox, index) => {
    const { id, name, specialUse, keywords: _, highestModseq, ...counters } = mailbox;
    const use = specialUse === undefined ? {} : { specialUse };
    const object = { address, mailbox: name, mailboxId: mailboxObjectId(id), ...use, ...counters };
    output.item({ ...object, modseq: highestModseq }, lines[index] as string);
  });
  return EXIT.done;
}

interface Listed {
  readonly address: string;
  readonly account: Parameters<SqlStore['items']>[0]['account'];
  readonly mailbox: Mailbox;
}

async function listItems(call: Call, store: SqlStore, listed: Listed): Promise<number> {
  const { output } = call;
  const { address, account, mailbox } = listed;
  const references = await openReferences(store);
  let last: number | undefined;
  let after = readOption(call, 'after', toCount) ?? 0;
  let left = readOption(call, 'limit', toCount) ?? Number.POSITIVE_INFINITY;
  for (let isFirst = true; left > 0; isFirst = false) {
    const uids = [[after + 1, MAX_UID]] as const;
    const items = await store.items({ account, mailbox: mailbox.id, uids, limit: Math.min(PAGE, left) });
    if (items.length === 0 && isFirst) output.say(`${mailbox.name} of ${address} is empty.`);
    if (items.length === 0) break;
    const headings = await Promise.all(items.map((item) => headingOf(store, item)));
    const [head, ...lines] = table(items, { mailbox, headings });
    if (isFirst) output.say(head as string);
    items.forEach((item, index) => {
      const { uid, sender, recipient, internalAt, sizeBytes, message } = item;
      const { from = sender, subject } = headings[index] ?? {};
      const object = {
        ...{ address, mailbox: mailbox.name, uid, reference: references.of(message) },
        ...{ sender, from, subject },
      };
      const flags = flagNames(item.flags, mailbox.keywords);
      const rest = { receivedAt: rfc3339(internalAt), sizeBytes, flags };
      output.item(
        { ...object, ...(recipient === undefined ? {} : { to: recipient }), ...rest },
        lines[index] as string,
      );
    });
    last = items.at(-1)?.uid as number;
    after = last;
    left -= items.length;
  }
  if (last !== undefined) sayMore(call, listed, last);
  return EXIT.done;
}

/** Flags only where something has one. */
function table(
  items: readonly StoredItem[],
  { mailbox: { keywords }, headings }: { mailbox: Mailbox; headings: readonly Heading[] },
): string[] {
  const flags = items.map((item) => flagNames(item.flags, keywords).join(' '));
  const rows = items.map((item, index) => {
    const { uid, internalAt, sizeBytes } = item;
    const { who = '', subject = '' } = headings[index] ?? {};
    return [
      ...[String(uid), localTime(internalAt), sizeForPeople(sizeBytes)],
      ...[shortened(who, MOST_OF_FROM), shortened(subject, MOST_OF_SUBJECT)],
      flags[index] as string,
    ];
  });
  const isFlagged = flags.some((names) => names !== '');
  return columns([['UID', 'Received', 'Size', 'From', 'Subject', isFlagged ? 'Flags' : ''], ...rows], [0, 2]);
}

function sayMore(call: Call, { address, mailbox }: Listed, last: number): void {
  const { name, messages, unseen, sizeBytes } = mailbox;
  const inbox = name === 'INBOX' ? [] : ['--mailbox', name];
  const read = commandLine(call, ['mailbox', 'show', address, String(last), ...inbox]);
  const folders = commandLine(call, ['mailbox', 'list', address, '--folders']);
  call.output.say(
    `\n${name}: ${counted(messages, 'message')}, ${unseen} unread, ${sizeForPeople(sizeBytes)}. All mailboxes: ${folders}`,
  );
  call.output.say(`To read the last: ${read}`);
}
