/** A mailbox as a Maildir: flags in the names of its files, dates as theirs, and the UIDs, as Dovecot keeps them. */
import { createWriteStream, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ExportStore, exportedMessages } from '../../core/import/exported.ts';
import type { Account } from '../../core/directory/port.ts';
import { SEPARATOR } from '../../core/mailbox/name.ts';
import type { Mailbox } from '../../core/mailbox/port.ts';
import {
  encodeLevel,
  escapeLevel,
  formatFolderName,
  formatKeywords,
  lettered,
  maildirInfo,
} from '../../wire/maildir/name.ts';
import { MOST_NAME_BYTES, type Place, placeOf, type Written } from './written.ts';

export type Layout = 'maildir++' | 'fs';

/** Have a meaning in the layout fs, where levels are folders beside the files of a Maildir; so have names that begin with a point. */
const OWN = ['cur', 'new', 'tmp', 'maildirfolder', 'dovecot-keywords', 'dovecot-uidlist', 'subscriptions'];

/** The folder of a mailbox. */
export function maildirPlace(name: string, layout: Layout): Place {
  const levels = name.split(SEPARATOR);
  if (layout === 'fs')
    return placeOf(
      levels.map((level) => escapeLevel(level, level.startsWith('.') || OWN.includes(level) ? 0 : undefined)),
    );
  if (name === 'INBOX') return { path: '' };
  const path = formatFolderName(levels);
  if (Buffer.byteLength(path) <= MOST_NAME_BYTES) return { path };
  return { fault: 'it is too long for Maildir++, which has all levels in one name: write --layout fs' };
}

export function writeSubscriptions(folder: string, names: readonly string[]): void {
  const lines = names.map((name) => `${name.split(SEPARATOR).map(encodeLevel).join('\t')}\n`);
  writeFileSync(join(folder, 'subscriptions'), `V\t2\n\n${lines.join('')}`, { mode: 0o600 });
}

/** `folder`: of all mailboxes. */
export async function writeMaildir(
  store: ExportStore,
  { account, mailbox, folder, place }: { account: Account; mailbox: Mailbox; folder: string; place: string },
): Promise<Written> {
  const path = join(folder, place);
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(path, part), { recursive: true, mode: 0o700 });
  if (place.startsWith('.')) writeFileSync(join(path, 'maildirfolder'), '', { mode: 0o600 });
  const keywords = lettered(mailbox.keywords);
  if (keywords.length > 0)
    writeFileSync(join(path, 'dovecot-keywords'), formatKeywords(keywords), { mode: 0o600 });
  const known = new Set([...keywords, '$Forwarded']);
  const uids: string[] = [];
  const written = { messages: 0, octets: 0, withoutKeywords: 0, changed: 0 };
  const ref = { account: account.id, mailbox: mailbox.id, keywords: mailbox.keywords };
  for await (const { uid, flags, internalAt, read } of exportedMessages(store, ref)) {
    const unique = `${Math.floor(internalAt / 1000)}.U${uid}V${mailbox.uidValidity}.relais`;
    const file = join(path, 'cur', `${unique}${maildirInfo(flags, keywords)}`);
    const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    const { pieces } = await read();
    await pipeline(Readable.from(pieces, { objectMode: true }), stream);
    utimesSync(file, internalAt / 1000, internalAt / 1000);
    uids.push(`${uid} :${unique}\n`);
    written.messages++;
    written.octets += stream.bytesWritten;
    if (flags.some((flag) => !flag.startsWith('\\') && !known.has(flag))) written.withoutKeywords++;
  }
  const guid = mailbox.id.toString(16).padStart(32, '0');
  const head = `3 V${mailbox.uidValidity} N${mailbox.uidNext} G${guid}\n`;
  writeFileSync(join(path, 'dovecot-uidlist'), head + uids.join(''), { mode: 0o600 });
  return written;
}
