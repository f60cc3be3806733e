import { decideRecipient, type RecipientDecision } from '../../../core/intake/recipient.ts';
import type { Command } from '../../../wire/smtp/command.ts';
import { type Reply, reply } from '../../../wire/smtp/reply.ts';
import { BAD_SEQUENCE, refusal } from '../replies.ts';
import type { Answer, SmtpHandle } from '../handle.ts';

const RECIPIENT_OK = reply(250, '2.1.5', 'Ok');

/** RCPT (RFC 5321 4.1.1.3): one recipient more, or why not. */
export function rcpt(session: SmtpHandle, command: Extract<Command, { verb: 'RCPT' }>): Answer {
  if (session.phase.kind !== 'mail') return BAD_SEQUENCE;
  const { transaction } = session.phase;
  const { limits, directory, hostname, returns } = session.context;
  if (transaction.recipients.length >= limits.maxRecipients) {
    // RFC 5321 4.5.3.1.10: the client sends the rest in another transaction.
    return reply(452, '4.5.3', `Too many recipients: at most ${limits.maxRecipients} in one message`);
  }
  const { sizeBytes, envelope } = transaction;
  const { smtpUtf8 } = envelope;
  const about = { client: session.client, ...command, sizeBytes, smtpUtf8, hostname, returns };
  const decision = decideRecipient(about, directory);
  return decision instanceof Promise ? decision.then(add) : add(decision);

  function add(decided: RecipientDecision): Reply {
    if (!decided.ok) return refusal(decided.refusal);
    transaction.recipients.push(decided.recipient);
    return RECIPIENT_OK;
  }
}
