import type { Command } from '../../../wire/imap/command.ts';
import { formatStatus } from '../../../wire/imap/response/status.ts';
import { bad, type Completion, type ImapHandle, no } from '../handle.ts';

/** COMPRESS (RFC 4978): from behind its answer on, what is said is compressed both ways. */
export function compress(
  session: ImapHandle,
  { mechanism }: Extract<Command, { verb: 'COMPRESS' }>,
  tag: string,
): Completion | undefined {
  if (mechanism !== 'DEFLATE') return bad('COMPRESS knows DEFLATE');
  if (session.isCompressed) return no('It is compressed already');
  session.compress(formatStatus({ tag, condition: 'OK', text: 'Compressed from here on' }));
  return undefined;
}
