/** Mailboxes in mbox files: one, or those of a folder, as Thunderbird keeps them (`NAME`, and what is below it in `NAME.sbd`). */
import { closeSync, type Dirent, openSync, readSync, realpathSync } from 'node:fs';
import type { FileFolder, FileMessage } from '../../core/import/files.ts';
import { knownUse } from '../../core/import/well-known.ts';
import { MAX_LEVELS } from '../../core/mailbox/name.ts';
import { unescapeLevel } from '../../wire/maildir/name.ts';
import { MboxError, type MboxMessage, mboxMessages, type Quoting } from '../../wire/mbox/reader.ts';
import { CommandError, EXIT } from '../command.ts';
import { nameForPeople } from '../output.ts';
import { entriesOf, followed, inFolder, nameIn, openPlain, piecesOf, PLAINLY, unreadable } from './disk.ts';
import type { PassedOver } from './passed-over.ts';

/** Of a folder, what is no mbox is passed over; whatever else is wrong throws, naming file and line: then nothing came. */
export async function mboxFolders(
  named: string,
  { quoting, passed }: { quoting: Quoting; passed: PassedOver },
): Promise<{ folders: FileFolder[]; messages: number }> {
  const path = Buffer.from(named.replace(/(?<=.)\/+$/, ''));
  const stats = followed(path);
  if (!stats.isDirectory() && !stats.isFile())
    throw new CommandError(
      EXIT.usage,
      `${nameForPeople(named)} is no plain file: name an mbox file, or a folder of them`,
    );
  const places = stats.isDirectory()
    ? [...placesIn(path, { levels: [], passed })]
    : [{ path: realpathSync(path, 'buffer'), levels: [levelOf(named.slice(named.lastIndexOf('/') + 1))] }];
  if (places.length === 0)
    throw new CommandError(EXIT.nothing, `there is no mbox file in ${nameForPeople(named)}`);
  let messages = 0;
  const folders: FileFolder[] = [];
  for (const { path: file, levels } of places) {
    messages += await checked(file, quoting);
    const use = knownUse(levels);
    folders.push({
      ...{ name: nameIn(file), levels, isSubscribed: true, read: () => messagesIn(file, quoting) },
      ...(use === undefined ? {} : { use }),
    });
  }
  return { folders, messages };
}

interface Place {
  readonly path: Buffer;
  readonly levels: readonly string[];
}

/** Locks, and what programs hide, are none of its mailboxes. */
const NO_MAILBOX = /^\.|\.lock$/i;

function* placesIn(
  folder: Buffer,
  { levels, passed }: { levels: readonly string[]; passed: PassedOver },
): Generator<Place> {
  if (levels.length > MAX_LEVELS) return passed.add('deep', nameIn(folder));
  for (const entry of entriesOf(folder)) {
    const path = inFolder(folder, entry.name);
    const name = nameIn(entry.name);
    if (entry.isDirectory()) {
      const level = unescapeLevel(name.endsWith('.sbd') ? name.slice(0, -4) : name);
      yield* placesIn(path, { levels: [...levels, level], passed });
    } else {
      const why = NO_MAILBOX.test(name) ? 'notMbox' : whyPassed(entry, path);
      if (why === undefined) yield { path, levels: [...levels, levelOf(name)] };
      else passed.add(why, nameIn(path));
    }
  }
}

/** By the beginning of a file. */
function whyPassed(
  entry: Dirent<Buffer>,
  path: Buffer,
): 'links' | 'special' | 'empty' | 'notMbox' | undefined {
  if (entry.isSymbolicLink()) return 'links';
  if (!entry.isFile()) return 'special';
  const begun = Buffer.alloc(5);
  try {
    const file = openSync(path, PLAINLY);
    try {
      if (readSync(file, begun) === 0) return 'empty';
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  return begun.toString('latin1') === 'From ' ? undefined : 'notMbox';
}

function levelOf(file: string): string {
  const name = unescapeLevel(file.replace(/\.(mbox|mbx)$/i, '')) || 'mbox';
  return name.toLowerCase() === 'inbox' ? 'INBOX' : name;
}

async function checked(file: Buffer, quoting: Quoting): Promise<number> {
  let messages = 0;
  for await (const { isExpunged } of messagesOf(file, quoting)) if (!isExpunged) messages++;
  return messages;
}

async function* messagesOf(file: Buffer, quoting: Quoting): AsyncGenerator<MboxMessage> {
  const opened = await openPlain(file);
  if (opened === undefined)
    throw new CommandError(
      EXIT.failed,
      `${nameForPeople(nameIn(file))} was removed meanwhile: run this again`,
    );
  try {
    yield* mboxMessages(piecesOf(opened.handle), quoting);
  } catch (error) {
    if (error instanceof MboxError)
      throw new CommandError(
        EXIT.failed,
        `${nameForPeople(nameIn(file))}, line ${error.line}: ${error.message}. Nothing of it came.`,
      );
    throw error instanceof CommandError || !('syscall' in (error as object))
      ? error
      : unreadable(file, error);
  } finally {
    await opened.handle.close();
  }
}

/** A message without a date in its From line has that of the file. */
async function* messagesIn(file: Buffer, quoting: Quoting): AsyncGenerator<FileMessage> {
  const changedAt = Math.floor(followed(file).mtimeMs / 1000) * 1000;
  for await (const { at, flags, isExpunged, pieces } of messagesOf(file, quoting))
    if (!isExpunged) yield { flags, internalAt: at ?? changedAt, pieces };
}
