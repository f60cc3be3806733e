import { decideSender, type SenderDecision } from '../../../core/intake/sender.ts';
import type { Command } from '../../../wire/smtp/command.ts';
import { type Reply, reply } from '../../../wire/smtp/reply.ts';
import { goodbye, refusal } from '../replies.ts';
import type { Answer, SmtpHandle } from '../handle.ts';

type MailCommand = Extract<Command, { verb: 'MAIL' }>;

const SENDER_OK = reply(250, '2.1.0', 'Ok');

/** MAIL (RFC 5321 4.1.1.2): begins a transaction. */
export function mail(session: SmtpHandle, command: MailCommand): Answer {
  const { limits, acceptor } = session.context;
  if (session.transactions >= limits.maxTransactions)
    return goodbye('4.7.0', 'Too many messages in one session');
  const busy = acceptor.budget.refusal(session.client);
  if (busy !== undefined) return refusal(busy);
  const delay = acceptor.budget.delay(session.client);
  return delay === undefined ? decide(session, command) : delay.then(() => decide(session, command));
}

function decide(session: SmtpHandle, command: MailCommand): Answer {
  const { limits, directory } = session.context;
  const decision = decideSender({ client: session.client, ...command }, directory, limits);
  return decision instanceof Promise
    ? decision.then((late) => begin(session, command, late))
    : begin(session, command, decision);
}

function begin(session: SmtpHandle, { parameters }: MailCommand, decision: SenderDecision): Reply {
  if (!decision.ok) return refusal(decision.refusal);
  const { envelope } = decision;
  const sizeBytes = parameters.size ?? 0;
  session.phase = { kind: 'mail', transaction: { envelope, sizeBytes, recipients: [] } };
  return SENDER_OK;
}
