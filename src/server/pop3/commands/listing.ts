/** What is in the maildrop: STAT, LIST and UIDL (RFC 1939 sections 5 and 7). */
import type { Command } from '../../../wire/pop3/command.ts';
import type { Answer, Pop3Handle } from '../handle.ts';

export const NO_SUCH = '-ERR There is no such message';

/** Lines that are made before the client is waited for. */
const TOGETHER = 2_000;

export function stat({ maildrop }: Pop3Handle): Answer {
  const { messages, octets } = maildrop.total;
  return `+OK ${messages} ${octets}`;
}

export function list(session: Pop3Handle, { number }: Extract<Command, { verb: 'LIST' | 'UIDL' }>): Answer {
  const { maildrop } = session;
  return listing(session, number, (one) => `${one} ${maildrop.sizeOf(one)}`);
}

export function uidl(session: Pop3Handle, { number }: Extract<Command, { verb: 'LIST' | 'UIDL' }>): Answer {
  const { maildrop } = session;
  return listing(session, number, (one) => `${one} ${maildrop.uniqueIdOf(one)}`);
}

function listing(session: Pop3Handle, number: number | undefined, line: (one: number) => string): Answer {
  if (number === undefined) return all(session, line);
  return session.maildrop.has(number) ? `+OK ${line(number)}` : NO_SUCH;
}

async function all(session: Pop3Handle, line: (one: number) => string): Promise<string | undefined> {
  session.send(`+OK ${session.maildrop.total.messages} messages\r\n`);
  let made = 0;
  for (const number of session.maildrop.numbers()) {
    session.send(`${line(number)}\r\n`);
    if (++made % TOGETHER === 0) await session.room();
    if (session.isOver) return undefined;
  }
  return '.';
}
