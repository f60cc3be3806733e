/**
 * Names of mailboxes on the wire: modified UTF-7 (RFC 3501 5.1.3) until the client enables IMAP4rev2 or UTF8=ACCEPT, UTF-8
 * from then on (RFC 9051 5.1, RFC 6855). INBOX is one name in any case.
 */

/** How names stand on the wire of this connection. */
export type NameForm = 'utf7' | 'utf8';

const PLAIN = /^[\x20-\x25\x27-\x7e]*$/;
const SHIFT = /&([A-Za-z0-9+,]*)-/g;

/** The name as it is kept: composed (NFC), INBOX in capitals. Undefined for what is not of the form. */
export function decodeMailboxName(wire: string, form: NameForm): string | undefined {
  if (wire.length === 5 && wire.toUpperCase() === 'INBOX') return 'INBOX';
  if (PLAIN.test(wire)) return wire;
  const name = form === 'utf7' ? decodeUtf7(wire) : wire;
  return name === undefined || !name.isWellFormed() || /\p{Cc}/u.test(name)
    ? undefined
    : name.normalize('NFC');
}

/** The name as the form writes it, not yet quoted. */
export function encodeMailboxName(name: string, form: NameForm): string {
  return form === 'utf8' || PLAIN.test(name) ? name : encodeUtf7(name);
}

/** Undefined for what `encodeUtf7` would not write: RFC 3501 5.1.3 allows one spelling of a name only. */
export function decodeUtf7(wire: string): string | undefined {
  const name = wire.replace(SHIFT, (_, base64: string) => (base64 === '' ? '&' : fromBase64(base64)));
  return encodeUtf7(name) === wire ? name : undefined;
}

export function encodeUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => (run === '&' ? '&-' : `&${toBase64(run)}-`));
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf16le').swap16().toString('base64').replaceAll('/', ',').replace(/=+$/, '');
}

function fromBase64(base64: string): string {
  const octets = Buffer.from(base64.replaceAll(',', '/'), 'base64');
  return octets.length % 2 === 0 ? octets.swap16().toString('utf16le') : '';
}
