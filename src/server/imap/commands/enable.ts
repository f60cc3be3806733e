import type { Command } from '../../../wire/imap/command.ts';
import { formatEnabled } from '../../../wire/imap/response/session.ts';
import type { Enabled } from '../telling.ts';
import { type Completion, type ImapHandle, ok } from '../handle.ts';

/** What can be enabled, and what each turns on. */
const EFFECTS = new Map<string, readonly (keyof Enabled)[]>([
  ['IMAP4REV2', ['rev2', 'utf8']],
  ['UTF8=ACCEPT', ['utf8']],
  ['CONDSTORE', ['condStore']],
  ['UIDONLY', ['uidOnly']],
  // RFC 7162 3.2.3.
  ['QRESYNC', ['qresync', 'condStore']],
]);

/** ENABLE (RFC 5161). What is not known is passed over. */
export function enable(
  session: ImapHandle,
  { capabilities }: Extract<Command, { verb: 'ENABLE' }>,
): Completion {
  const known = [...new Set(capabilities)].filter((name) => EFFECTS.has(name));
  for (const name of known) for (const effect of EFFECTS.get(name) ?? []) session.enabled[effect] = true;
  if (session.enabled.utf8) session.reader.names = 'utf8';
  session.send(formatEnabled(known.map((name) => (name === 'IMAP4REV2' ? 'IMAP4rev2' : name))));
  return ok('Done');
}
