import { TextCheck } from '../../../wire/smtp/text-check.ts';
import type { Envelope } from '../../../core/envelope.ts';
import type { Command } from '../../../wire/smtp/command.ts';
import type { Arriving, Transaction } from '../phase.ts';
import type { Answer, SmtpHandle } from '../handle.ts';
import { goodbye } from '../replies.ts';

const NO_ENVELOPE: Envelope = { reversePath: '', bodyType: '7BIT', smtpUtf8: false, requireTls: false };

/** BDAT (RFC 3030): a chunk of the message. Its octets are read even when they are refused. */
export function bdat(session: SmtpHandle, command: Extract<Command, { verb: 'BDAT' }>): Answer {
  const { maxMessageBytes } = session.context.limits;
  // A chunk far past the limit would only be read to be thrown away.
  if (command.size > 2 * maxMessageBytes)
    return goodbye('4.3.4', `Chunk too big: at most ${maxMessageBytes} octets are taken here`);
  const { transaction, content, text, fault } = current(session);
  const arriving: Arriving = {
    content,
    how: command.last ? 'last-chunk' : 'chunk',
    ...(text === undefined ? {} : { text }),
    ...(fault === undefined ? {} : { fault }),
  };
  session.phase = { kind: 'content', transaction, arriving };
  session.reader.beginChunk(command.size);
  return undefined;
}

function current(session: SmtpHandle): {
  transaction: Transaction;
  content: Arriving['content'];
  text?: TextCheck;
  fault?: Arriving['fault'];
} {
  const { phase } = session;
  if (phase.kind === 'chunks') return { transaction: phase.transaction, ...phase.arriving };
  const content = session.context.newContent();
  if (phase.kind === 'mail' && phase.transaction.recipients.length > 0)
    return { transaction: phase.transaction, content, ...textOf(session, phase.transaction) };
  return {
    transaction: { envelope: NO_ENVELOPE, sizeBytes: 0, recipients: [] },
    content,
    fault: 'no-transaction',
  };
}

/** Binary content is any octets (RFC 3030 section 3). */
function textOf(session: SmtpHandle, { envelope }: Transaction): { text?: TextCheck } {
  if (envelope.bodyType === 'BINARYMIME') return {};
  return { text: new TextCheck(session.context.limits.textLineBytes) };
}
