/** Logging in (RFC 9051 6.2.2, 6.2.3): what is said of each step. */
import { formatContinuation } from '../../wire/imap/response/status.ts';
import { type LoginDialogue, type LoginRefusal, type LoginStep, MAX_LOGIN_FAILURES } from '../login.ts';
import { capabilities } from './capabilities.ts';
import { bad, type Completion, type ImapHandle, no, ok } from './handle.ts';

/** Octets of a line of the dialogue with its end: what SMTP allows (RFC 4954 section 4). */
const MAX_LINE_BYTES = 12_288;

/** Undefined when the dialogue goes on. `dialogue`: that of AUTHENTICATE. */
export function answerLogin(
  session: ImapHandle,
  { tag, dialogue, step }: { tag: string; dialogue?: LoginDialogue; step: LoginStep },
): Completion | undefined {
  switch (step.kind) {
    case 'challenge':
      session.send(formatContinuation(step.text));
      if (dialogue !== undefined) session.waiting = { kind: 'login', tag, dialogue };
      session.reader.expectLine(MAX_LINE_BYTES);
      return undefined;
    case 'in':
      session.loggedIn(step.account);
      return ok('Welcome', { kind: 'CAPABILITY', capabilities: capabilities(session) });
    case 'cancelled':
      return bad('The login was cancelled');
    case 'not base64':
      return bad('This is not base64');
    case 'malformed':
      return bad('The login dialogue is malformed');
    case 'trouble':
      return no('Logging in does not work at the moment; please try again later', { kind: 'UNAVAILABLE' });
    default:
      return refused(session, step);
  }
}

function refused(session: ImapHandle, step: LoginRefusal): Completion | undefined {
  session.loginFailures++;
  if (session.loginFailures >= MAX_LOGIN_FAILURES) {
    session.end('* BYE Too many failed logins\r\n');
    return undefined;
  }
  switch (step.kind) {
    case 'wrong':
      return no('Wrong user name or password', { kind: 'AUTHENTICATIONFAILED' });
    case 'later':
      return no(`Too many failed logins lately; please try again in ${step.seconds} s`, {
        kind: 'UNAVAILABLE',
      });
    default:
      return step satisfies never;
  }
}
