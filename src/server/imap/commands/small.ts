/** The commands that need no more than a response. */
import type { Command } from '../../../wire/imap/command.ts';
import { formatNamespace } from '../../../wire/imap/response/mailbox.ts';
import { formatCapability, formatId } from '../../../wire/imap/response/session.ts';
import { SEPARATOR } from '../../../core/mailbox/name.ts';
import { capabilities } from '../capabilities.ts';
import { bad, type Completion, type ImapHandle, ok } from '../handle.ts';

/** CAPABILITY (RFC 9051 6.1.1). */
export function capability(session: ImapHandle): Completion {
  session.send(formatCapability(capabilities(session)));
  return ok('That is all');
}

/** NOOP and CHECK (RFC 9051 6.1.2, RFC 3501 6.4.1): the store is asked what is new, as word of it may be on its way. */
export async function noop(session: ImapHandle): Promise<Completion> {
  if (session.phase.kind === 'selected') await session.selected.live.lookAgain();
  return ok('Done');
}

/** LOGOUT (RFC 9051 6.1.3). */
export function logout(session: ImapHandle, _: Command, tag: string): undefined {
  session.end(`* BYE Goodbye\r\n${tag} OK Logged out\r\n`);
}

/** ID (RFC 2971). */
export function id(session: ImapHandle): Completion {
  const { version } = session.context;
  session.send(
    formatId(
      new Map([
        ['name', 'Relais'],
        ['version', version],
      ]),
    ),
  );
  return ok('Pleased to meet you');
}

/** NAMESPACE (RFC 2342): everybody has mailboxes of their own, and no others. */
export function namespace(session: ImapHandle): Completion {
  const personal = [{ prefix: '', delimiter: SEPARATOR }];
  session.send(formatNamespace({ personal, others: [], shared: [] }, session.reader.names));
  return ok('That is all');
}

/** A command of an extension that is not announced. */
export function notOffered(): Completion {
  return bad('This is not offered here');
}
