/** METADATA responses (RFC 5464 4.4.1). */
import type { NameForm } from '../mailbox-name.ts';
import { formatAstring, formatMailbox } from './strings.ts';

/** The line as octets: a value can be anything. Without a value: NIL. */
export function formatMetadata(
  mailbox: string,
  entries: readonly { readonly name: string; readonly value?: Uint8Array }[],
  form: NameForm,
): Buffer {
  // The server has the empty name.
  const name = mailbox === '' ? '""' : formatMailbox(mailbox, form);
  const pieces: Buffer[] = [Buffer.from(`* METADATA ${name} (`)];
  for (const [index, { name: entry, value }] of entries.entries()) {
    pieces.push(Buffer.from(`${index === 0 ? '' : ' '}${formatAstring(entry, form)} `));
    pieces.push(value === undefined ? Buffer.from('NIL') : formatValue(value));
  }
  return Buffer.concat([...pieces, Buffer.from(')\r\n')]);
}

/** Quoted where a quoted string can hold it; with NUL in it a literal8 (RFC 3516). */
function formatValue(value: Uint8Array): Buffer {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = bytes.toString('latin1');
  if (bytes.length <= 1_000 && /^[\x20-\x7e]*$/.test(text))
    return Buffer.from(`"${text.replace(/["\\]/g, '\\$&')}"`);
  return Buffer.concat([Buffer.from(`${bytes.includes(0) ? '~' : ''}{${bytes.length}}\r\n`), bytes]);
}
