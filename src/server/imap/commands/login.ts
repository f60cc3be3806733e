import type { Command } from '../../../wire/imap/command.ts';
import { logInByPassword, mayLogIn } from '../../login.ts';
import { answerLogin } from '../auth.ts';
import { type Answer, type ImapHandle, no } from '../handle.ts';

/** LOGIN (RFC 9051 6.2.3). */
export function login(
  session: ImapHandle,
  { user, password }: Extract<Command, { verb: 'LOGIN' }>,
  tag: string,
): Answer {
  const { context, address, tlsSocket: tls } = session;
  if (!mayLogIn(context.login, { address, tls }))
    return no('Please start TLS before logging in', { kind: 'PRIVACYREQUIRED' });
  return logInByPassword(context.login, { address, user, password }).then((step) =>
    answerLogin(session, { tag, step }),
  );
}
