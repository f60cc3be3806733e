/** The parameters of MAIL and RCPT: `KEY[=VALUE]` separated by spaces (RFC 5321 4.1.2), each by its own RFC. */

/** RFC 6152, RFC 3030: what the client declared about the octets of the body. */
export type BodyType = '7BIT' | '8BITMIME' | 'BINARYMIME';

/** RFC 3461 section 4.1: which outcomes the sender wants to hear of. `NEVER` stands alone. */
export type Notify = 'NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY';

export interface MailParameters {
  /** RFC 1870: octets the client means to send. */
  readonly size?: number;
  readonly body?: BodyType;
  readonly smtpUtf8?: true;
  readonly requireTls?: true;
  readonly ret?: 'FULL' | 'HDRS';
  readonly envid?: string;
}

export interface RcptParameters {
  readonly notify?: readonly Notify[];
  readonly orcpt?: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** `unknown`: 555 5.5.4, the client used what was not offered. `bad`: 501 5.5.4. */
  | { readonly ok: false; readonly kind: 'unknown' | 'bad'; readonly why: string };

/** Parameters of one command at most. */
const MAX_PARAMETERS = 16;

type Setter = (into: Record<string, unknown>, value: string | undefined) => string | undefined;

const MAIL = new Map<string, Setter>([
  [
    'SIZE',
    (into, value) => {
      if (value === undefined || !/^\d{1,20}$/.test(value)) return 'SIZE takes a number of octets (RFC 1870)';
      into.size = Math.min(Number(value), Number.MAX_SAFE_INTEGER);
      return undefined;
    },
  ],
  [
    'BODY',
    (into, value) => {
      const body = value?.toUpperCase();
      if (body !== '7BIT' && body !== '8BITMIME' && body !== 'BINARYMIME') {
        return 'BODY is 7BIT, 8BITMIME or BINARYMIME (RFC 6152, RFC 3030)';
      }
      into.body = body;
      return undefined;
    },
  ],
  ['SMTPUTF8', flag('smtpUtf8', 'SMTPUTF8 takes no value (RFC 6531)')],
  ['REQUIRETLS', flag('requireTls', 'REQUIRETLS takes no value (RFC 8689)')],
  [
    'RET',
    (into, value) => {
      const ret = value?.toUpperCase();
      if (ret !== 'FULL' && ret !== 'HDRS') return 'RET is FULL or HDRS (RFC 3461 4.3)';
      into.ret = ret;
      return undefined;
    },
  ],
  [
    'ENVID',
    (into, value) => {
      const envid = value === undefined || value.length > 100 ? undefined : decodeXtext(value);
      if (envid === undefined || envid === '') return 'ENVID is xtext of 1 to 100 characters (RFC 3461 4.4)';
      into.envid = envid;
      return undefined;
    },
  ],
  // RFC 4954 section 5: accepted and not believed; the login is what counts here.
  [
    'AUTH',
    (_into, value) =>
      value === undefined || value === '' ? 'AUTH takes a mailbox or <> (RFC 4954)' : undefined,
  ],
]);

const RCPT = new Map<string, Setter>([
  [
    'NOTIFY',
    (into, value) => {
      const notify = value?.toUpperCase().split(',') ?? [];
      const legal = notify.every((word) => /^(NEVER|SUCCESS|FAILURE|DELAY)$/.test(word));
      const alone = notify.includes('NEVER') && notify.length > 1;
      if (!legal || alone || notify.length === 0) {
        return 'NOTIFY is NEVER, or a list of SUCCESS, FAILURE and DELAY (RFC 3461 4.1)';
      }
      into.notify = [...new Set(notify)];
      return undefined;
    },
  ],
  [
    'ORCPT',
    (into, value) => {
      const orcpt = value === undefined || value.length > 500 ? undefined : parseOrcpt(value);
      if (orcpt === undefined) return 'ORCPT is type;xtext of at most 500 characters (RFC 3461 4.2)';
      into.orcpt = orcpt;
      return undefined;
    },
  ],
]);

function flag(name: string, why: string): Setter {
  return (into, value) => {
    if (value !== undefined) return why;
    into[name] = true;
    return undefined;
  };
}

/** Parses what stands after the path of MAIL FROM. */
export function parseMailParameters(text: string): Parsed<MailParameters> {
  return parse(text, MAIL);
}

/** Parses what stands after the path of RCPT TO. */
export function parseRcptParameters(text: string): Parsed<RcptParameters> {
  return parse(text, RCPT);
}

function parse<T>(text: string, known: ReadonlyMap<string, Setter>): Parsed<T> {
  const into: Record<string, unknown> = {};
  if (text === '') return { ok: true, value: into as T };
  const words = text.split(' ').filter((word) => word !== '');
  if (words.length > MAX_PARAMETERS) return bad(`more than ${MAX_PARAMETERS} parameters`);
  const seen = new Set<string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    const key = (equals < 0 ? word : word.slice(0, equals)).toUpperCase();
    const setter = known.get(key);
    if (setter === undefined)
      return { ok: false, kind: 'unknown', why: `parameter ${key.slice(0, 40)} is not known here` };
    if (seen.has(key)) return bad(`parameter ${key} is given twice`);
    seen.add(key);
    const why = setter(into, equals < 0 ? undefined : word.slice(equals + 1));
    if (why !== undefined) return bad(why);
  }
  return { ok: true, value: into as T };
}

function bad<T>(why: string): Parsed<T> {
  return { ok: false, kind: 'bad', why };
}

/** RFC 3461 section 4: xtext to text; undefined when it is not xtext. Control characters are refused. */
export function decodeXtext(text: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(text)) return undefined;
  const decoded = text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return /^[\x20-\x7e]*$/.test(decoded) ? decoded : undefined;
}

/** RFC 3461 section 4: text to xtext. Characters past ASCII are written as `\x{…}` by RFC 6533 section 3. */
export function encodeXtext(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code > 126) out += `\\x{${code.toString(16).toUpperCase()}}`;
    else if (code < 33 || character === '+' || character === '=')
      out += `+${code.toString(16).toUpperCase().padStart(2, '0')}`;
    else out += character;
  }
  return out;
}

function parseOrcpt(value: string): string | undefined {
  const semicolon = value.indexOf(';');
  const type = value.slice(0, Math.max(semicolon, 0));
  if (!/^[A-Za-z0-9-]{1,40}$/.test(type)) return undefined;
  const rest = value.slice(semicolon + 1);
  // RFC 6533 section 3: utf-8 addresses carry their characters as they are or as \x{…}.
  const address = type.toLowerCase() === 'utf-8' ? decodeUtf8Address(rest) : decodeXtext(rest);
  return address === undefined || address === '' ? undefined : `${type};${address}`;
}

function decodeUtf8Address(text: string): string | undefined {
  // A backslash begins such a character and nothing else.
  let legal = !/\\(?!x\{[0-9A-F]{2,6}\})/.test(text);
  const decoded = text.replace(/\\x\{([0-9A-F]{2,6})\}/g, (_, hex: string) => {
    const code = Number.parseInt(hex, 16);
    legal &&= code >= 0x20 && code !== 0x7f && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return legal ? String.fromCodePoint(code) : '';
  });
  return legal && !/[\u0000-\u0020\u007f]/.test(decoded) ? decoded : undefined;
}
