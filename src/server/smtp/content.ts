/** Message content: what arrives between DATA or BDAT and its end. */
import { type AcceptedRecipient, fullMailbox } from '../../core/intake/recipient.ts';
import { STORE_TROUBLE } from '../../core/intake/reply.ts';
import { isRefused } from '../../core/mailbox/quota.ts';
import type { ContentFault } from '../../wire/smtp/input.ts';
import { type Reply, reply } from '../../wire/smtp/reply.ts';
import type { Arriving, Transaction } from './phase.ts';
import { goodbye, INTERNAL, refusal } from './replies.ts';
import type { Answer, SmtpHandle } from './handle.ts';

/** Takes a piece of content; a promise when the client must wait. */
export function takeContent(session: SmtpHandle, bytes: Buffer): Answer {
  if (session.phase.kind !== 'content') return undefined;
  const { arriving } = session.phase;
  const { maxMessageBytes } = session.context.limits;
  const { budget } = session.context.acceptor;
  if (arriving.fault !== undefined) {
    // Whoever goes on as long again does not mean to end.
    arriving.skippedBytes = (arriving.skippedBytes ?? 0) + bytes.length;
    return arriving.skippedBytes > maxMessageBytes
      ? goodbye('4.3.4', 'Too much was sent of a message that is refused')
      : undefined;
  }
  if (arriving.content.sizeBytes + bytes.length > maxMessageBytes) {
    arriving.content.drop();
    arriving.fault = 'too-big';
    return undefined;
  }
  const fault = arriving.text?.check(bytes);
  if (fault !== undefined) {
    arriving.content.drop();
    arriving.fault = fault;
    return undefined;
  }
  if (budget.full(session.client) !== undefined) {
    arriving.content.drop();
    arriving.fault = 'budget';
    return undefined;
  }
  const [kept, paced] = [arriving.content.push(bytes), budget.pace(session.client, bytes.length)];
  if (kept === undefined) return paced?.then(() => undefined);
  return Promise.all([kept, paced]).then(
    () => undefined,
    (error: unknown) => {
      session.context.log.error({ error: String(error) }, 'a piece of a message could not be staged');
      arriving.content.drop();
      arriving.fault = 'store';
      return undefined;
    },
  );
}

/** The message, or a chunk of it, is complete. */
export function contentEnded(session: SmtpHandle, fault: ContentFault | undefined): Answer {
  if (session.phase.kind !== 'content') return INTERNAL;
  const { arriving, transaction } = session.phase;
  if (arriving.how === 'last-chunk') arriving.fault ??= arriving.text?.end();
  const why = arriving.fault ?? fault;
  if (why !== undefined) {
    session.resetTransaction();
    return toEach(session, transaction, { answer: faultReply(session, why) });
  }
  if (arriving.how === 'chunk') {
    session.phase = { kind: 'chunks', transaction, arriving };
    return reply(250, '2.0.0', `${arriving.content.sizeBytes} octets so far`);
  }
  session.transactions++;
  const { client, context } = session;
  const { envelope, recipients: all } = transaction;
  const { content } = arriving;
  // Over SMTP all get it where one has room: there is one answer.
  const isFull = ({ targets }: AcceptedRecipient): boolean =>
    context.kind === 'lmtp' && all.length > 1 && isRefused(targets, content.sizeBytes);
  const full = new Set(all.filter(isFull));
  const recipients = full.size === all.length ? all : all.filter((one) => !full.has(one));
  return context.acceptor.accept({ client, envelope, recipients, content }).then((result) => {
    session.phase = { kind: 'ready' };
    const answer = result.ok
      ? reply(250, '2.0.0', `Ok: kept as ${result.reference}`)
      : refusal(result.refusal);
    return toEach(session, transaction, { answer, full });
  });
}

/** LMTP answers for each recipient that it took (RFC 2033 4.2); `full`: those that got nothing for want of room. */
function toEach(
  { context }: SmtpHandle,
  { recipients }: Transaction,
  { answer, full }: { answer: Reply; full?: ReadonlySet<AcceptedRecipient> },
): Reply {
  const [first, ...others] = recipients;
  if (context.kind !== 'lmtp' || first === undefined || others.length === 0) return answer;
  const answerTo = (recipient: AcceptedRecipient): Reply =>
    full?.has(recipient) ? refusal(fullMailbox(recipient.address)) : answer;
  return { ...answerTo(first), others: others.map(answerTo) };
}

function faultReply(session: SmtpHandle, why: NonNullable<Arriving['fault']>): Reply {
  const { limits, acceptor } = session.context;
  switch (why) {
    case 'no-transaction':
      return reply(503, '5.5.1', 'There is no transaction to take this');
    case 'too-big':
      return reply(552, '5.3.4', `Message too big: at most ${limits.maxMessageBytes} octets are taken here`);
    case 'store':
      return INTERNAL;
    case 'budget':
      return refusal(acceptor.budget.full(session.client) ?? STORE_TROUBLE);
    case 'bare-newline':
      return reply(550, '5.6.0', 'A bare CR or LF in the message: lines end with CRLF (RFC 5321 2.3.8)');
    case 'nul':
      return reply(550, '5.6.0', 'A NUL in the message: use BDAT with BODY=BINARYMIME for binary content');
    case 'line-too-long':
      return reply(550, '5.6.0', `A line longer than ${limits.textLineBytes} octets`);
    default:
      return why satisfies never;
  }
}
