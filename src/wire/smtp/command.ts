/** SMTP commands as values (RFC 5321 4.1.1 and the extensions that are announced). */
import { type Path, parsePath } from '../address/mailbox.ts';
import {
  type MailParameters,
  type Parsed,
  parseMailParameters,
  parseRcptParameters,
  type RcptParameters,
} from './parameters.ts';

export type Command =
  | { readonly verb: 'EHLO' | 'HELO' | 'LHLO'; readonly domain: string }
  | { readonly verb: 'MAIL'; readonly path: Path; readonly parameters: MailParameters }
  | { readonly verb: 'RCPT'; readonly path: Path; readonly parameters: RcptParameters }
  | { readonly verb: 'DATA' | 'RSET' | 'QUIT' | 'STARTTLS' }
  | { readonly verb: 'NOOP' | 'HELP' | 'VRFY' | 'EXPN'; readonly argument: string }
  | { readonly verb: 'BDAT'; readonly size: number; readonly last: boolean }
  | { readonly verb: 'AUTH'; readonly mechanism: string; readonly initial?: string };

export type Verb = Command['verb'];

export type CommandResult =
  | { readonly ok: true; readonly command: Command }
  | {
      readonly ok: false;
      /** `unknown`: 500 5.5.1 · `syntax`: 501 5.5.2 · `bad-address`: 501 5.1.3/5.1.7 · `parameter`: 501 5.5.4 · `unknown-parameter`: 555 5.5.4 */
      readonly kind: 'unknown' | 'syntax' | 'bad-address' | 'parameter' | 'unknown-parameter';
      readonly verb: string;
      readonly why: string;
    };

type Parser = (argument: string, verb: Verb) => CommandResult;

const PARSERS = new Map<string, Parser>([
  ['EHLO', greeting],
  ['HELO', greeting],
  ['LHLO', greeting],
  ['MAIL', mail],
  ['RCPT', rcpt],
  ['BDAT', bdat],
  ['AUTH', auth],
  ['DATA', bare],
  ['RSET', bare],
  ['QUIT', bare],
  ['STARTTLS', bare],
  ['NOOP', free],
  ['HELP', free],
  ['VRFY', free],
  ['EXPN', free],
]);

/** Parses one command line without its CRLF. */
export function parseCommand(line: string): CommandResult {
  const space = line.indexOf(' ');
  const verb = (space < 0 ? line : line.slice(0, space)).toUpperCase();
  const parser = PARSERS.get(verb);
  if (parser === undefined) {
    return { ok: false, kind: 'unknown', verb: verb.slice(0, 16), why: 'command not recognised' };
  }
  // RFC 5321 4.1.1: trailing white space is tolerated.
  return parser(space < 0 ? '' : line.slice(space + 1).trimEnd(), verb as Verb);
}

function syntax(verb: string, why: string): CommandResult {
  return { ok: false, kind: 'syntax', verb, why };
}

function greeting(argument: string, verb: Verb): CommandResult {
  const domain = argument.trim();
  // Odd names are common and harmless; what would forge a trace field is not.
  if (
    domain === '' ||
    domain.length > 255 ||
    !/^[!-~\u00a1-\u{10ffff}]+$/u.test(domain) ||
    /[<>()\\";]/.test(domain)
  ) {
    return syntax(verb, `${verb} takes the client's domain name or address literal (RFC 5321 4.1.1.1)`);
  }
  return { ok: true, command: { verb: verb as 'EHLO', domain } };
}

function bare(argument: string, verb: Verb): CommandResult {
  if (argument !== '') return syntax(verb, `${verb} takes no argument`);
  return { ok: true, command: { verb: verb as 'DATA' } };
}

function free(argument: string, verb: Verb): CommandResult {
  return { ok: true, command: { verb: verb as 'NOOP', argument } };
}

function mail(argument: string, verb: Verb): CommandResult {
  const found = pathAfter('FROM:', argument, verb);
  if (!found.ok) return found;
  const parameters = parseMailParameters(found.rest);
  if (!parameters.ok) return badParameter(verb, parameters);
  return { ok: true, command: { verb: 'MAIL', path: found.path, parameters: parameters.value } };
}

function rcpt(argument: string, verb: Verb): CommandResult {
  const found = pathAfter('TO:', argument, verb);
  if (!found.ok) return found;
  const parameters = parseRcptParameters(found.rest);
  if (!parameters.ok) return badParameter(verb, parameters);
  return { ok: true, command: { verb: 'RCPT', path: found.path, parameters: parameters.value } };
}

function badParameter(verb: string, result: Extract<Parsed<unknown>, { ok: false }>): CommandResult {
  return {
    ok: false,
    kind: result.kind === 'unknown' ? 'unknown-parameter' : 'parameter',
    verb,
    why: result.why,
  };
}

type PathResult = { ok: true; path: Path; rest: string } | Extract<CommandResult, { ok: false }>;

function pathAfter(word: string, argument: string, verb: string): PathResult {
  if (argument.slice(0, word.length).toUpperCase() !== word) {
    return {
      ok: false,
      kind: 'syntax',
      verb,
      why: `the syntax is ${verb} ${word}<address> (RFC 5321 4.1.1)`,
    };
  }
  // "MAIL FROM: <a@b>" is wrong and common.
  const text = argument.slice(word.length).trimStart();
  const parsed = parsePath(text);
  if (!parsed.ok) return { ok: false, kind: 'bad-address', verb, why: parsed.why };
  const rest = text.slice(parsed.length);
  if (rest !== '' && !rest.startsWith(' ')) {
    return { ok: false, kind: 'syntax', verb, why: 'parameters are separated from the address by a space' };
  }
  return { ok: true, path: parsed.path, rest };
}

function bdat(argument: string, verb: Verb): CommandResult {
  const match = /^(\d{1,15})( LAST)?$/i.exec(argument);
  if (match === null) return syntax(verb, 'the syntax is BDAT size [LAST] (RFC 3030)');
  return { ok: true, command: { verb: 'BDAT', size: Number(match[1]), last: match[2] !== undefined } };
}

function auth(argument: string, verb: Verb): CommandResult {
  const match = /^([A-Za-z0-9_-]{1,40})(?: +(\S+))?$/.exec(argument);
  if (match === null) return syntax(verb, 'the syntax is AUTH mechanism [initial-response] (RFC 4954)');
  const mechanism = (match[1] as string).toUpperCase();
  return {
    ok: true,
    command:
      match[2] === undefined ? { verb: 'AUTH', mechanism } : { verb: 'AUTH', mechanism, initial: match[2] },
  };
}
