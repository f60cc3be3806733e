import { type Reply, reply } from '../../../wire/smtp/reply.ts';
import { BAD_SEQUENCE } from '../replies.ts';
import type { SmtpHandle } from '../handle.ts';

const GO_AHEAD = reply(354, undefined, 'Send the message, end with a line that has only a dot');

/** DATA (RFC 5321 4.1.1.4). */
export function data(session: SmtpHandle): Reply {
  if (session.phase.kind !== 'mail') return BAD_SEQUENCE;
  const { transaction } = session.phase;
  if (transaction.recipients.length === 0)
    // RFC 2033 4.2 has a code of its own for it.
    return reply(session.context.kind === 'lmtp' ? 503 : 554, '5.5.1', 'No valid recipients');
  // RFC 3030 section 3: what BINARYMIME promises cannot be sent with DATA.
  if (transaction.envelope.bodyType === 'BINARYMIME') return reply(503, '5.5.1', 'BINARYMIME needs BDAT');
  session.phase = {
    kind: 'content',
    transaction,
    arriving: { content: session.context.newContent(), how: 'data' },
  };
  session.reader.beginData();
  return GO_AHEAD;
}
