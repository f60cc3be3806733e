import { decideSender, type SenderDecision } from '../../../core/intake/sender.ts';
import type { Command } from '../../../wire/smtp/command.ts';
import { type Reply, reply } from '../../../wire/smtp/reply.ts';
import { goodbye, refusal } from '../replies.ts';
import type { Answer, SmtpHandle } from '../handle.ts';

const SENDER_OK = reply(250, '2.1.0', 'Ok');

/** MAIL (RFC 5321 4.1.1.2): begins a transaction. */
export function mail(session: SmtpHandle, command: Extract<Command, { verb: 'MAIL' }>): Answer {
  const { limits, directory, acceptor } = session.context;
  if (session.transactions >= limits.maxTransactions)
    return goodbye('4.7.0', 'Too many messages in one session');
  const full = acceptor.refusal();
  if (full !== undefined) return refusal(full);
  const decision = decideSender({ client: session.client, ...command }, directory, limits);
  return decision instanceof Promise
    ? decision.then((late) => begin(session, late))
    : begin(session, decision);
}

function begin(session: SmtpHandle, decision: SenderDecision): Reply {
  if (!decision.ok) return refusal(decision.refusal);
  session.phase = { kind: 'mail', transaction: { envelope: decision.envelope, recipients: [] } };
  return SENDER_OK;
}
