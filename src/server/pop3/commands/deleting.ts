/** DELE, RSET and QUIT (RFC 1939 sections 5 and 6): nothing is deleted before QUIT. */
import type { Command } from '../../../wire/pop3/command.ts';
import type { Answer, Pop3Handle } from '../handle.ts';
import { NO_SUCH } from './listing.ts';

export function dele(
  { maildrop }: Pop3Handle,
  { number }: Extract<Command, { verb: 'DELE' | 'RETR' }>,
): Answer {
  if (!maildrop.has(number)) return NO_SUCH;
  maildrop.delete(number);
  return '+OK It goes when you QUIT';
}

export function rset({ maildrop }: Pop3Handle): Answer {
  maildrop.undelete();
  return '+OK Nothing is deleted';
}

export async function quit(session: Pop3Handle): Promise<string | undefined> {
  let last = '+OK Goodbye';
  if (session.phase.kind === 'transaction') {
    try {
      await session.phase.maildrop.update();
    } catch (error) {
      session.context.log.error({ error: String(error), client: session.address }, 'a QUIT deleted nothing');
      last = '-ERR [SYS/TEMP] Some of what you deleted may still be there';
    }
  }
  session.end(`${last}\r\n`);
  return undefined;
}
