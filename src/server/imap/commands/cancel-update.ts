import type { Command } from '../../../wire/imap/command.ts';
import { type Completion, type ImapHandle, ok } from '../handle.ts';

/** CANCELUPDATE (RFC 5267 4.3.5): also of searches that are not kept up any more. */
export function cancelUpdate(
  { selected }: ImapHandle,
  { tags }: Extract<Command, { verb: 'CANCELUPDATE' }>,
): Completion {
  selected.contexts?.cancel(tags);
  return ok('No further updates');
}
