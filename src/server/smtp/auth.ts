/** AUTH of submission (RFC 4954): what is said of each step of a login. */
import type { Command } from '../../wire/smtp/command.ts';
import type { Account } from '../../core/directory/port.ts';
import { REMEDY } from '../../core/guard/port.ts';
import { type Reply, reply } from '../../wire/smtp/reply.ts';
import {
  type LoginContext,
  LoginDialogue,
  type LoginRefusal,
  type LoginStep,
  MAX_LOGIN_FAILURES,
  mechanismsFor,
} from '../login.ts';
import type { SmtpHandle } from './handle.ts';

/** The mechanisms offered to this session now: only where mail is submitted, and nobody has logged in. */
export function mechanisms(session: SmtpHandle): string[] {
  const { kind, login } = session.context;
  const { address, account } = session.client;
  if (kind !== 'submission' || login === undefined || account !== undefined) return [];
  return mechanismsFor(login, { address, tls: session.tlsSocket });
}

/** Begins the exchange that AUTH names; the mechanism is one of `mechanisms`. */
export async function beginAuth(
  session: SmtpHandle,
  command: Extract<Command, { verb: 'AUTH' }>,
): Promise<Reply> {
  const client = { address: session.client.address, tls: session.tlsSocket };
  const dialogue = new LoginDialogue(session.context.login as LoginContext, client, command.mechanism);
  session.phase = {
    kind: 'auth',
    dialogue: { respond: async (response) => answer(session, await dialogue.respond(response)) },
  };
  session.reader.expectLines('login');
  return answer(session, await dialogue.begin(command.initial));
}

function answer(session: SmtpHandle, step: LoginStep): Reply {
  if (step.kind === 'challenge') return reply(334, undefined, step.text);
  session.reader.expectLines('commands');
  if (step.kind === 'in') return known(session, step.account);
  session.phase = { kind: 'ready' };
  switch (step.kind) {
    case 'cancelled':
      return reply(501, '5.7.0', 'Login cancelled');
    case 'not base64':
      return reply(501, '5.5.2', 'Not base64');
    case 'malformed':
      return reply(501, '5.5.2', 'The login dialogue is malformed');
    case 'trouble':
      return reply(454, '4.7.0', 'Logging in does not work at the moment; please try again later');
    default:
      return refused(session, step);
  }
}

function known(session: SmtpHandle, account: Account): Reply {
  if (account.lockedReason === undefined) {
    session.loggedIn(account);
    return reply(235, '2.7.0', 'Welcome');
  }
  session.phase = { kind: 'ready' };
  return refused(session, { kind: 'locked' });
}

/** Who may read may not always send. */
type Refusal = LoginRefusal | { readonly kind: 'locked' };

function refused(session: SmtpHandle, step: Refusal): Reply {
  session.loginFailures++;
  if (session.loginFailures >= MAX_LOGIN_FAILURES)
    return { code: 421, enhanced: '4.7.0', lines: ['Too many failed logins'], close: true };
  switch (step.kind) {
    case 'wrong':
      return reply(535, '5.7.8', 'Wrong user name or password');
    case 'locked':
      return reply(535, '5.7.13', `This account may not send: ${REMEDY}`);
    case 'later':
      return reply(454, '4.7.0', `Too many failed logins lately; please try again in ${step.seconds} s`);
    default:
      return step satisfies never;
  }
}
