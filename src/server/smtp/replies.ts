/** Replies that more than one command gives. */
import type { Refusal } from '../../core/intake/reply.ts';
import type { CommandResult } from '../../wire/smtp/command.ts';
import { type Reply, reply } from '../../wire/smtp/reply.ts';

export const OK = reply(250, '2.0.0', 'Ok');
export const BAD_SEQUENCE = reply(503, '5.5.1', 'Bad sequence of commands');
export const INTERNAL = reply(451, '4.3.0', 'Temporary trouble on our side; please try again later');

export function refusal({ code, enhanced, text, close }: Refusal): Reply {
  const refused = reply(code, enhanced, text);
  return close === undefined ? refused : { ...refused, close };
}

/** 421 ends the connection (RFC 5321 3.8). */
export function goodbye(enhanced: string, text: string): Reply {
  return { code: 421, enhanced, lines: [text], close: true };
}

/** The reply to a line that is no command of ours. */
export function syntaxReply(result: Extract<CommandResult, { ok: false }>): Reply {
  switch (result.kind) {
    case 'unknown':
      return reply(500, '5.5.1', 'Command not recognised');
    case 'syntax':
      // How much follows a broken BDAT nobody knows: its octets must not be read as commands.
      return {
        ...reply(501, '5.5.2', result.why),
        ...(result.verb === 'BDAT' ? { close: true as const } : {}),
      };
    case 'bad-address':
      return reply(501, result.verb === 'MAIL' ? '5.1.7' : '5.1.3', `Bad address: ${result.why}`);
    case 'parameter':
      return reply(501, '5.5.4', result.why);
    case 'unknown-parameter':
      return reply(555, '5.5.4', result.why);
    default:
      return result.kind satisfies never;
  }
}
