/** Mailboxes in mbox files: one, or those of a folder, as Thunderbird keeps them (`NAME`, and what is below it in `NAME.sbd`). */
import { closeSync, createReadStream, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FileFolder, FileMessage } from '../../core/import/files.ts';
import { knownUse } from '../../core/import/well-known.ts';
import { MAX_LEVELS } from '../../core/mailbox/name.ts';
import { MboxError, type MboxMessage, mboxMessages, type Quoting } from '../../wire/mbox/reader.ts';
import { CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';

/** Of a folder, what is no mbox is passed over; whatever else is wrong throws, naming file and line: then nothing came. */
export async function mboxFolders(
  path: string,
  quoting: Quoting,
): Promise<{ folders: FileFolder[]; messages: number; passedOver: string[] }> {
  const passedOver: string[] = [];
  const isFolder = statOf(path).isDirectory();
  const places = isFolder
    ? [...placesIn(path, { levels: [], passedOver })]
    : [{ path, levels: [levelOf(path)] }];
  if (places.length === 0) throw new CommandError(EXIT.nothing, `there is no mbox file in ${path}`);
  let messages = 0;
  const folders: FileFolder[] = [];
  for (const { path: file, levels } of places) {
    messages += await checked(file, quoting);
    const use = knownUse(levels);
    folders.push({
      ...{ name: file, levels, isSubscribed: true, read: () => messagesIn(file, quoting) },
      ...(use === undefined ? {} : { use }),
    });
  }
  return { folders, messages, passedOver };
}

interface Place {
  readonly path: string;
  readonly levels: readonly string[];
}

function* placesIn(
  folder: string,
  { levels, passedOver }: { levels: readonly string[]; passedOver: string[] },
): Generator<Place> {
  if (levels.length > MAX_LEVELS) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const level = entry.name.endsWith('.sbd') ? entry.name.slice(0, -4) : entry.name;
      yield* placesIn(path, { levels: [...levels, level], passedOver });
    } else if (entry.isFile() && isMbox(path)) yield { path, levels: [...levels, levelOf(path)] };
    else if (entry.isFile()) passedOver.push(path);
  }
}

function levelOf(path: string): string {
  const name = basename(path).replace(/\.(mbox|mbx)$/i, '') || 'mbox';
  return name.toLowerCase() === 'inbox' ? 'INBOX' : name;
}

function statOf(path: string): import('node:fs').Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CommandError {
  return new CommandError(EXIT.usage, `${path} cannot be read: ${fileFault(error)}`);
}

/** By its beginning; an empty one is a mailbox without messages. */
function isMbox(path: string): boolean {
  const begun = Buffer.alloc(5);
  try {
    const file = openSync(path, 'r');
    try {
      const octets = readSync(file, begun);
      return octets === 0 || begun.toString('latin1') === 'From ';
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function checked(file: string, quoting: Quoting): Promise<number> {
  let messages = 0;
  for await (const { isExpunged } of messagesOf(file, quoting)) if (!isExpunged) messages++;
  return messages;
}

async function* messagesOf(file: string, quoting: Quoting): AsyncGenerator<MboxMessage> {
  try {
    yield* mboxMessages(createReadStream(file), quoting);
  } catch (error) {
    if (error instanceof MboxError)
      throw new CommandError(
        EXIT.failed,
        `${file}, line ${error.line}: ${error.message}. Nothing of it came.`,
      );
    throw error instanceof CommandError || !('syscall' in (error as object))
      ? error
      : unreadable(file, error);
  }
}

/** A message without a date in its From line has that of the file. */
async function* messagesIn(file: string, quoting: Quoting): AsyncGenerator<FileMessage> {
  const changedAt = Math.floor(statOf(file).mtimeMs / 1000) * 1000;
  for await (const { at, flags, isExpunged, pieces } of messagesOf(file, quoting))
    if (!isExpunged) yield { flags, internalAt: at ?? changedAt, pieces };
}
