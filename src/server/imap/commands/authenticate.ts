import type { Command } from '../../../wire/imap/command.ts';
import { LoginDialogue, mayLogIn, mechanismsFor } from '../../login.ts';
import { answerLogin } from '../auth.ts';
import { type Answer, type ImapHandle, no } from '../handle.ts';

/** AUTHENTICATE (RFC 9051 6.2.2), with an initial response (RFC 4959). */
export function authenticate(
  session: ImapHandle,
  { mechanism, initial }: Extract<Command, { verb: 'AUTHENTICATE' }>,
  tag: string,
): Answer {
  const { context, address, tlsSocket: tls } = session;
  const client = { address, tls };
  if (!mayLogIn(context.login, client))
    return no('Please start TLS before logging in', { kind: 'PRIVACYREQUIRED' });
  if (!mechanismsFor(context.login, client).includes(mechanism))
    return no(`${mechanism} is not offered here`, { kind: 'CANNOT' });
  const dialogue = new LoginDialogue(context.login, client, mechanism);
  return dialogue.begin(initial).then((step) => answerLogin(session, { tag, dialogue, step }));
}
