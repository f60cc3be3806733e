/** A mailbox as an mbox file (mboxrd): flags in fields before each header, dates in the From lines. */
import { mkdirSync, type WriteStream, createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { type ExportedMessage, type ExportStore, exportedMessages } from '../../core/import/exported.ts';
import type { Account } from '../../core/directory/port.ts';
import { SEPARATOR } from '../../core/mailbox/name.ts';
import type { Mailbox } from '../../core/mailbox/port.ts';
import { flagFields } from '../../wire/mbox/flags.ts';
import { fromLine } from '../../wire/mbox/from-line.ts';
import { FromQuoting } from '../../wire/mbox/quoting.ts';
import { escapeLevel } from '../../wire/maildir/name.ts';
import { type Place, placeOf, type Written } from './written.ts';

/** Endings that have a meaning among mbox files. */
const OWN = /\.(sbd|mbox|mbx|msf|lock)$/i;

/** Its file: what is above it are folders `NAME.sbd`, as Thunderbird has them. */
export function mboxPlace(name: string): Place {
  const levels = name
    .split(SEPARATOR)
    .map((level) => escapeLevel(level, level.startsWith('.') ? 0 : OWN.exec(level)?.index));
  return placeOf(levels.map((level, index) => (index < levels.length - 1 ? `${level}.sbd` : level)));
}

export async function writeMbox(
  store: ExportStore,
  { account, mailbox, folder, place }: { account: Account; mailbox: Mailbox; folder: string; place: string },
): Promise<Written> {
  const file = join(folder, place);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  const over = finished(stream);
  // What goes wrong is told by what waits for it below.
  over.catch(() => undefined);
  const written = { messages: 0, octets: 0, withoutKeywords: 0, changed: 0 };
  const ref = { account: account.id, mailbox: mailbox.id, keywords: mailbox.keywords };
  for await (const message of exportedMessages(store, ref)) {
    const isWhole = await writeOne(stream, message);
    written.messages++;
    if (!isWhole) written.changed++;
  }
  stream.end();
  await over;
  written.octets = stream.bytesWritten;
  return written;
}

/** False when its last line had no end, which an mbox cannot say. */
async function writeOne(stream: WriteStream, message: ExportedMessage): Promise<boolean> {
  const { sender, internalAt, flags } = message;
  const { isPlain, pieces } = await message.read();
  const fields = flagFields(flags, isPlain ? '\n' : '\r\n');
  await write(stream, Buffer.from(fromLine(sender, internalAt) + fields));
  const quoting = new FromQuoting();
  let last = LF;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    last = piece.at(-1) as number;
    await write(stream, quoting.push(piece));
  }
  await write(stream, quoting.end());
  await write(stream, Buffer.from(last === LF ? '\n' : '\n\n'));
  return last === LF;
}

const LF = 0x0a;

async function write(stream: WriteStream, piece: Buffer): Promise<void> {
  if (stream.errored !== null) throw stream.errored;
  if (!stream.write(piece)) await once(stream, 'drain');
}
