/** What of the rows that an operation changes is known before it runs: whom else it harms that it has to wait for one. */
import type { AccountId, MailboxId } from '../../core/envelope.ts';
import type { Acceptance } from '../../core/queue/port.ts';
import type { QuotaLimits } from '../../core/mailbox/quota.ts';
import { inboxesOf } from './accept.ts';
import type { Writes } from './operations.ts';
import type { Call, RowName } from './sql.ts';

type Input<Name extends keyof Writes> = Parameters<Writes[Name]>[1];
type Rows = (input: never) => RowName[];

/** The rows of each operation that others may have locked for long, as far as its input names them. */
const ROWS = {
  accept: (mail) => [...inboxRows({ name: 'accept', input: mail }), ...rowsOfHold(mail)],
  settle: (settlement) => inboxRows({ name: 'settle', input: settlement }),
  claim: ({ path }) => [`deliveries of path ${path}`],
  claimInTurn: ({ path }) => [`deliveries of path ${path}`],
  claimOne: ({ path }) => [`deliveries of path ${path}`],
  releasePath: ({ path }) => [`path ${path}`],
  keepPace: ({ path }) => [`path ${path}`],
  createMailbox: ofAccount,
  renameMailbox: ofAccount,
  deleteMailbox: ofAccount,
  restoreMailbox: ofAccount,
  subscribe: ofAccount,
  setMetadata: ofAccount,
  keepSketches: ofAccount,
  keepImportFolder: ofAccount,
  stopAccount: ofAccount,
  releaseByOwner: ofAccount,
  appendItems: ofMailboxes,
  replaceItem: ofMailboxes,
  copyItems: ofMailboxes,
  moveItems: ofMailboxes,
  importItems: ofMailboxes,
  importFlags: ofMailboxes,
  storeFlags: ofMailboxes,
  keepFlagChange: ({ mailbox }) => [`mailbox ${mailbox.id}`],
  expungeItems: ofMailboxes,
  undeleteItems: ofMailboxes,
} satisfies { readonly [Name in keyof Writes]?: (input: Input<Name>) => RowName[] };

const rowsByName: ReadonlyMap<string, Rows> = new Map<string, Rows>(Object.entries(ROWS));

/** The rows of an operation that others may have locked; none when its input does not name them. */
export function rowsOf({ name, input }: Call): RowName[] {
  // The input of a call is that of the operation that it names.
  return [...new Set(rowsByName.get(name)?.(input as never))];
}

export function rowOfInbox(account: AccountId): RowName {
  return `INBOX of account ${account}`;
}

/** The accounts whose INBOXes are among these rows, by rising number. */
export function inboxesAmong(rows: readonly RowName[]): AccountId[] {
  const accounts = rows.flatMap((row) => /^INBOX of account (\d+)$/.exec(row)?.[1] ?? []);
  return accounts.map((account) => Number(account) as AccountId).sort((a, b) => a - b);
}

function inboxRows(call: Call): RowName[] {
  return inboxesOf([call]).map(rowOfInbox);
}

/** What is held takes the row of its account, and then the INBOX of its owner, who is told. */
function rowsOfHold({ judged, account, holdNotices }: Acceptance): RowName[] {
  if (judged?.hold === undefined || account === undefined) return [];
  const notices = [holdNotices?.held.notice, holdNotices?.stopped].filter((notice) => notice !== undefined);
  return [`account ${account}`, ...notices.flatMap((notice) => inboxRows({ name: 'accept', input: notice }))];
}

function ofAccount({ account }: { account: number }): RowName[] {
  return [`account ${account}`];
}

/** With a quota the account is held as well. */
function ofMailboxes(about: {
  account: AccountId;
  mailbox: MailboxId;
  to?: MailboxId;
  limits?: QuotaLimits;
}): RowName[] {
  const { account, mailbox, to, limits } = about;
  return [
    ...(limits === undefined ? [] : ofAccount({ account })),
    `mailbox ${mailbox}`,
    ...(to === undefined ? [] : [`mailbox ${to}` as const]),
  ];
}
