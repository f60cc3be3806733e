/** Commands of POP3 (RFC 1939, with RFC 2449, 2595, 5034 and 6856). */

export type Command =
  | { readonly verb: 'CAPA' | 'NOOP' | 'QUIT' | 'RSET' | 'STAT' | 'STLS' | 'UTF8' }
  | { readonly verb: 'USER'; readonly user: string }
  | { readonly verb: 'PASS'; readonly password: string }
  /** `initial`: in base64. */
  | { readonly verb: 'AUTH'; readonly mechanism: string; readonly initial?: string }
  | { readonly verb: 'DELE' | 'RETR'; readonly number: number }
  | { readonly verb: 'LIST' | 'UIDL'; readonly number?: number }
  | { readonly verb: 'TOP'; readonly number: number; readonly lines: number };

export type Verb = Command['verb'];

export type ParsedCommand =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly why: string };

/** Octets of a command with its CRLF (RFC 2449 section 4). */
export const MAX_COMMAND_BYTES = 255;

/** A number of a message, or of lines, that no mailbox and no message reaches. */
const NUMBER = /^\d{1,10}$/;

/** `line`: without its end. */
export function parseCommand(line: string): ParsedCommand {
  const [word = '', ...words] = line.split(' ');
  const verb = word.toUpperCase();
  switch (verb) {
    case 'CAPA':
    case 'NOOP':
    case 'QUIT':
    case 'RSET':
    case 'STAT':
    case 'STLS':
    case 'UTF8':
      return words.length === 0 ? { ok: true, command: { verb } } : tooMuch(verb);
    case 'USER': {
      const [user = ''] = words;
      if (user === '') return wrong('USER takes a name');
      return words.length === 1 ? { ok: true, command: { verb, user } } : tooMuch(verb);
    }
    // A password may have spaces in it.
    case 'PASS':
      return words.length === 0
        ? wrong('PASS takes a password')
        : { ok: true, command: { verb, password: words.join(' ') } };
    case 'AUTH': {
      const [mechanism = '', initial] = words;
      if (mechanism === '') return wrong('AUTH takes a mechanism; CAPA lists them');
      if (words.length > 2) return tooMuch(verb);
      const more = initial === undefined ? {} : { initial };
      return { ok: true, command: { verb, mechanism: mechanism.toUpperCase(), ...more } };
    }
    case 'DELE':
    case 'RETR': {
      const [number] = words;
      if (words.length > 1) return tooMuch(verb);
      return isNumber(number)
        ? { ok: true, command: { verb, number: Number(number) } }
        : wrong(`${verb} takes the number of a message`);
    }
    case 'LIST':
    case 'UIDL': {
      const [number] = words;
      if (number === undefined) return { ok: true, command: { verb } };
      if (words.length > 1) return tooMuch(verb);
      return isNumber(number)
        ? { ok: true, command: { verb, number: Number(number) } }
        : wrong(`${verb} takes the number of a message, or nothing`);
    }
    case 'TOP': {
      const [number, lines] = words;
      if (words.length > 2) return tooMuch(verb);
      return isNumber(number) && isNumber(lines)
        ? { ok: true, command: { verb, number: Number(number), lines: Number(lines) } }
        : wrong('TOP takes the number of a message and how many lines of its body');
    }
    default:
      return wrong(
        word === '' ? 'A command is missing' : 'There is no such command; CAPA lists what there is',
      );
  }
}

function isNumber(word: string | undefined): word is string {
  return word !== undefined && NUMBER.test(word);
}

function wrong(why: string): ParsedCommand {
  return { ok: false, why };
}

function tooMuch(verb: string): ParsedCommand {
  return wrong(`There is more than ${verb} takes`);
}
