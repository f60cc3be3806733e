import { isAsked, MAX_VALUE_BYTES, type MetadataEntry } from '../../../core/mailbox/metadata.ts';
import type { MailboxId } from '../../../core/envelope.ts';
import type { Command } from '../../../wire/imap/command.ts';
import { formatMetadata } from '../../../wire/imap/response/metadata.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { mailboxCalled, noMailbox } from '../mailboxes.ts';

type Get = Extract<Command, { verb: 'GETMETADATA' }>;
type Set = Extract<Command, { verb: 'SETMETADATA' }>;

/** GETMETADATA (RFC 5464 4.2). What is noted is the account's own: of what is shared it is the only one that sees it. */
export async function getMetadata(session: ImapHandle, command: Get): Promise<Completion> {
  const of = await noted(session, command.mailbox);
  if ('condition' in of) return of;
  const { account, context } = session;
  const all = await context.store.metadata({ account: account.id, ...of.mailbox });
  const { maxSize = Number.POSITIVE_INFINITY } = command;
  const asked = entriesAsked(all, command);
  const told = asked.filter(({ value }) => (value?.length ?? 0) <= maxSize);
  if (told.length > 0) session.send(formatMetadata(of.name, told, session.reader.names));
  if (told.length === asked.length) return ok('That is all');
  const bytes = Math.max(...asked.map(({ value }) => value?.length ?? 0));
  return ok('Some are longer', { kind: 'METADATA LONGENTRIES', bytes });
}

/** Without a depth, what is not there is told as NIL. */
function entriesAsked(
  all: readonly MetadataEntry[],
  { entries, depth }: Get,
): { name: string; value?: Uint8Array }[] {
  const found = new Map<string, { name: string; value?: Uint8Array }>();
  for (const entry of entries) {
    const below = all.filter(({ name }) => isAsked(name, { entry, depth }));
    for (const one of below) found.set(one.name, one);
    if (below.length === 0 && depth === 0) found.set(entry, { name: entry });
  }
  return [...found.values()];
}

/** SETMETADATA (RFC 5464 4.3): all of it or nothing. */
export async function setMetadata(session: ImapHandle, { mailbox, values }: Set): Promise<Completion> {
  const of = await noted(session, mailbox);
  if ('condition' in of) return of;
  const given = [...values].map(([name, value]) => ({ name, ...(value === null ? {} : { value }) }));
  if (given.some(({ name }) => /^\/(private|shared)$/.test(name)))
    return no('An entry has a name below /private or /shared', { kind: 'CANNOT' });
  if (of.mailbox.mailbox === undefined && given.some(({ name }) => name.startsWith('/shared/')))
    return no('What all see of this server is noted by whoever runs it', { kind: 'NOPERM' });
  if (given.some(({ value }) => (value?.length ?? 0) > MAX_VALUE_BYTES))
    return no('The value is too long', { kind: 'METADATA MAXSIZE', bytes: MAX_VALUE_BYTES });
  const { account, context } = session;
  const set = await context.store.setMetadata({ account: account.id, ...of.mailbox, values: given });
  if (set.ok) return ok('It is noted');
  return set.why === 'missing'
    ? noMailbox('NONEXISTENT')
    : no('There are as many entries as there can be', { kind: 'METADATA TOOMANY' });
}

/** The mailbox, or, for the empty name, the server. */
async function noted(
  session: ImapHandle,
  written: string,
): Promise<{ name: string; mailbox: { mailbox?: MailboxId } } | Completion> {
  if (written === '') return { name: '', mailbox: {} };
  const found = await mailboxCalled(session, written);
  return 'condition' in found ? found : { name: found.name, mailbox: { mailbox: found.id } };
}
