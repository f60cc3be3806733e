/** What a client may make the server hold of one command. One object for all: thousands of sessions idle. */
import type { InputLimits } from '../../wire/imap/input.ts';
import type { ImapLimits } from './context.ts';

/** Octets of a literal that may be sent unasked where LITERAL- is offered (RFC 7888 section 5). */
const LITERAL_MINUS_BYTES = 4_096;

/** Before the login: names, passwords, and nothing long. */
export const STRANGER_INPUT: InputLimits = {
  commandBytes: 8_192,
  literalBytes: 4_096,
  valueBytes: 4_096,
  messageBytes: 0,
  unaskedBytes: LITERAL_MINUS_BYTES,
};

const customers = new WeakMap<ImapLimits, InputLimits>();

/** LITERAL+: any literal that is taken at all may come unasked. */
export function customerInput(limits: ImapLimits): InputLimits {
  const known = customers.get(limits);
  if (known !== undefined) return known;
  const input: InputLimits = {
    commandBytes: 65_536,
    literalBytes: 65_536,
    valueBytes: 65_536,
    messageBytes: limits.maxMessageBytes,
    unaskedBytes: Number.MAX_SAFE_INTEGER,
  };
  customers.set(limits, input);
  return input;
}
