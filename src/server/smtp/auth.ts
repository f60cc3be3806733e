import type { Command } from '../../wire/smtp/command.ts';
import { type Reply, reply } from '../../wire/smtp/reply.ts';
import type { Answer, SmtpSession } from './session.ts';

/** A login under way: each response of the client gets a reply, until one ends it. */
export interface SaslDialogue {
  respond(response: string): Promise<Reply> | Reply;
}

/** The mechanisms offered to this session now. */
export function mechanisms(_session: SmtpSession): string[] {
  return [];
}

export function beginAuth(_session: SmtpSession, command: Extract<Command, { verb: 'AUTH' }>): Answer {
  return reply(504, '5.5.4', `${command.mechanism} is not offered here`);
}
