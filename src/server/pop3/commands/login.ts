/** Logging in: USER and PASS (RFC 1939 section 7), and AUTH (RFC 5034). */
import type { Account } from '../../../core/directory/port.ts';
import type { Command } from '../../../wire/pop3/command.ts';
import {
  LoginDialogue,
  type LoginRefusal,
  type LoginStep,
  logInByPassword,
  MAX_LOGIN_FAILURES,
  mayLogIn,
  mechanismsFor,
} from '../../login.ts';
import { type Answer, type Pop3Handle, TROUBLE } from '../handle.ts';
import { Maildrop } from '../maildrop.ts';

const NO_TLS = '-ERR Please start TLS before logging in';

export function user(session: Pop3Handle, { user: name }: Extract<Command, { verb: 'USER' }>): Answer {
  if (!allowed(session)) return NO_TLS;
  session.phase = { kind: 'authorization', user: name };
  return '+OK The password, please';
}

export function pass(session: Pop3Handle, { password }: Extract<Command, { verb: 'PASS' }>): Answer {
  if (!allowed(session)) return NO_TLS;
  const name = session.phase.kind === 'authorization' ? session.phase.user : undefined;
  if (name === undefined) return '-ERR Please say USER before PASS';
  session.phase = { kind: 'authorization' };
  const { address } = session;
  return logInByPassword(session.context.login, { address, user: name, password }).then((step) =>
    answerLogin(session, step),
  );
}

export function auth(
  session: Pop3Handle,
  { mechanism, initial }: Extract<Command, { verb: 'AUTH' }>,
): Answer {
  if (!allowed(session)) return NO_TLS;
  const client = { address: session.address, tls: session.tlsSocket };
  if (!mechanismsFor(session.context.login, client).includes(mechanism))
    return `-ERR ${mechanism.slice(0, 20)} is not offered here`;
  const dialogue = new LoginDialogue(session.context.login, client, mechanism);
  session.dialogue = dialogue;
  return dialogue.begin(initial).then((step) => answerLogin(session, step));
}

/** Undefined when the dialogue goes on, or the session is over. */
export async function answerLogin(session: Pop3Handle, step: LoginStep): Promise<string | undefined> {
  const { dialogue } = session;
  session.dialogue = undefined;
  switch (step.kind) {
    case 'challenge':
      session.dialogue = dialogue;
      session.send(`+ ${step.text}\r\n`);
      return undefined;
    case 'in':
      return entered(session, step.account);
    case 'cancelled':
      return '-ERR The login was cancelled';
    case 'not base64':
      return '-ERR This is not base64';
    case 'malformed':
      return '-ERR The login dialogue is malformed';
    case 'trouble':
      return TROUBLE;
    default:
      return refused(session, step);
  }
}

function allowed({ context, address, tlsSocket: tls }: Pop3Handle): boolean {
  return mayLogIn(context.login, { address, tls });
}

async function entered(session: Pop3Handle, account: Account): Promise<string> {
  const { context } = session;
  const maildrop = await Maildrop.open(context, account.id);
  if (maildrop === undefined) return TROUBLE;
  session.loggedIn(account, maildrop);
  return `+OK Welcome; messages: ${maildrop.count}`;
}

/** RFC 3206: [AUTH] tells the client to ask for another password, [SYS/TEMP] not to. */
function refused(session: Pop3Handle, refusal: LoginRefusal): string | undefined {
  session.loginFailures++;
  if (session.loginFailures >= MAX_LOGIN_FAILURES) {
    session.end('-ERR [AUTH] Too many failed logins\r\n');
    return undefined;
  }
  switch (refusal.kind) {
    case 'wrong':
      return '-ERR [AUTH] Wrong user name or password';
    case 'later':
      return `-ERR [SYS/TEMP] Too many failed logins lately; please try again in ${refusal.seconds} s`;
    default:
      return refusal satisfies never;
  }
}
