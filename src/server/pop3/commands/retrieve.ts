/** RETR and TOP (RFC 1939 sections 5 and 7): a message, or its beginning, piece by piece. */
import type { Command } from '../../../wire/pop3/command.ts';
import { Top } from '../../../wire/pop3/top.ts';
import { DotStuffer } from '../../../wire/smtp/dot-stuffing.ts';
import type { Pop3Handle } from '../handle.ts';
import { NO_SUCH } from './listing.ts';

const GONE = '-ERR This message was deleted meanwhile';

export async function retr(
  session: Pop3Handle,
  { number }: Extract<Command, { verb: 'DELE' | 'RETR' }>,
): Promise<string | undefined> {
  const { maildrop } = session;
  if (!maildrop.has(number)) return NO_SUCH;
  const answer = await sent(session, number, undefined);
  if (answer === undefined && !session.isOver) maildrop.noteRead(number);
  return answer;
}

export async function top(
  session: Pop3Handle,
  { number, lines }: Extract<Command, { verb: 'TOP' }>,
): Promise<string | undefined> {
  return session.maildrop.has(number) ? sent(session, number, new Top(lines)) : NO_SUCH;
}

async function sent(session: Pop3Handle, number: number, only: Top | undefined): Promise<string | undefined> {
  const reader = await session.maildrop.reader(number);
  if (reader === undefined) return GONE;
  const pieces = reader.pieces(0, reader.sizeBytes);
  // Before anything is said: bytes that are missing are an error then, and a broken connection later.
  let piece = await pieces.next();
  session.send(only === undefined ? `+OK ${reader.sizeBytes} octets\r\n` : '+OK\r\n');
  const stuffer = new DotStuffer();
  while (piece.done !== true && !session.isOver) {
    const wanted = only?.take(piece.value) ?? piece.value;
    for (const stuffed of stuffer.stuff(wanted)) session.send(stuffed);
    if (only?.isDone === true) break;
    await session.room();
    piece = await pieces.next();
  }
  session.send(stuffer.end());
  return undefined;
}
