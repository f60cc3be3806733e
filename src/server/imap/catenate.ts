/** Octets that CATENATE takes from messages that are here already (RFC 4469), by their URLs (RFC 5092). */
import { parseMessageUrl } from '../../wire/imap/grammar/url.ts';
import { filterHeader, sectionRange } from '../../wire/mime/section.ts';
import type { ImapHandle } from './handle.ts';
import { MessageReader, PIECE_BYTES } from '../message-reader.ts';

/** In pieces; undefined for a URL that names nothing that this account has. */
export async function octetsOf(session: ImapHandle, url: string): Promise<AsyncIterable<Buffer> | undefined> {
  const named = parseMessageUrl(url);
  if (named === undefined || !isOwn(session, named.authority)) return undefined;
  const { store } = session.context;
  const account = session.account.id;
  const mailbox = await store.mailboxNamed({ account, name: named.mailbox });
  if (mailbox === undefined || (named.uidValidity ?? mailbox.uidValidity) !== mailbox.uidValidity)
    return undefined;
  const uids = [[named.uid, named.uid]] as const;
  const [item] = await store.items({
    account,
    mailbox: mailbox.id,
    uids,
    limit: 1,
    contentUpTo: PIECE_BYTES,
  });
  if (item === undefined) return undefined;
  const message = new MessageReader(store, item);
  const section = named.section ?? { kind: 'whole', path: [] };
  const range = sectionRange(await message.structure(), section);
  if (range === undefined) return undefined;
  const { offset = 0, count = Number.POSITIVE_INFINITY } = named.partial ?? {};
  if (section.kind === 'fields') {
    const header = filterHeader(await message.read(range.start, range.end), section);
    return only(header.subarray(offset, offset + count));
  }
  const start = Math.min(range.end, range.start + offset);
  return message.pieces(start, Math.min(range.end, start + count));
}

/** A path alone is about this server and this account; a whole URL may say so. */
function isOwn({ account, context }: ImapHandle, authority: string | undefined): boolean {
  if (authority === undefined) return true;
  const [user = '', host = ''] = authority.split(/@(?=[^@]*$)/);
  const name = user.replace(/;auth=.*$/i, '').replaceAll('%40', '@');
  return (
    name.toLowerCase() === account.address && host.replace(/:\d+$/, '').toLowerCase() === context.hostname
  );
}

async function* only(octets: Buffer): AsyncGenerator<Buffer> {
  yield octets;
}
