/** The folders of a Maildir: those of Maildir++ (`.A.B`), and folders in folders. */
import { accessSync, constants, createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileFolder, FileMessage } from '../../core/import/files.ts';
import { knownUse } from '../../core/import/well-known.ts';
import { MAX_LEVELS } from '../../core/mailbox/name.ts';
import {
  decodeLevel,
  parseFolderName,
  parseKeywords,
  parseMaildirName,
  parseUidList,
} from '../../wire/maildir/name.ts';
import { LineEnds } from '../../wire/mime/line-ends.ts';
import { CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';

const OWN = ['cur', 'new', 'tmp'];

interface Place {
  readonly path: string;
  readonly levels: readonly string[];
}

/** Throws when there is none, or a file in it may not be read: then nothing came. */
export function maildirFolders(root: string): { folders: FileFolder[]; messages: number } {
  const subscribed = subscriptionsOf(root);
  const places = [...placesIn(root)];
  if (places.length === 0)
    throw new CommandError(
      EXIT.nothing,
      `there is no Maildir in ${root}: name a folder that has one with cur in it`,
    );
  let messages = 0;
  const folders = places.map(({ path, levels }) => {
    messages += checked(path);
    const use = knownUse(levels);
    return {
      ...{ name: path, levels, read: () => messagesIn(path) },
      isSubscribed: subscribed?.has(levels.join('/')) ?? true,
      ...(use === undefined ? {} : { use }),
    };
  });
  return { folders, messages };
}

function* placesIn(root: string): Generator<Place> {
  const names = foldersIn(root);
  if (names.includes('cur')) yield { path: root, levels: ['INBOX'] };
  for (const name of names) {
    const levels = parseFolderName(name);
    const path = join(root, name);
    if (levels !== undefined && existsSync(join(path, 'cur'))) yield { path, levels };
    else if (levels === undefined && !OWN.includes(name)) yield* placesBelow({ path, levels: [name] });
  }
}

function* placesBelow({ path, levels }: Place): Generator<Place> {
  if (levels.length > MAX_LEVELS) return;
  if (existsSync(join(path, 'cur'))) yield { path, levels };
  for (const name of foldersIn(path))
    if (!OWN.includes(name)) yield* placesBelow({ path: join(path, name), levels: [...levels, name] });
}

function foldersIn(path: string): string[] {
  return entriesOf(path)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function entriesOf(path: string): import('node:fs').Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CommandError {
  return new CommandError(EXIT.usage, `${path} cannot be read: ${fileFault(error)}`);
}

/** Messages of a folder; throws when one of them may not be read. */
function checked(path: string): number {
  const files = filesIn(path);
  for (const { file } of files)
    try {
      accessSync(file, constants.R_OK);
    } catch (error) {
      throw unreadable(file, error);
    }
  return files.length;
}

interface MaildirFile {
  readonly file: string;
  readonly name: string;
  readonly isNew: boolean;
}

function filesIn(path: string): MaildirFile[] {
  return (['cur', 'new'] as const).flatMap((part) =>
    existsSync(join(path, part))
      ? entriesOf(join(path, part))
          .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
          .map(({ name }) => ({ name, file: join(path, part, name), isNew: part === 'new' }))
      : [],
  );
}

/** In the order of their UIDs, where Dovecot kept those, then of their names, which begin with the time. */
async function* messagesIn(path: string): AsyncGenerator<FileMessage> {
  const keywords = parseKeywords(textOf(join(path, 'dovecot-keywords')));
  const uids = parseUidList(textOf(join(path, 'dovecot-uidlist')));
  const files = filesIn(path).map((one) => ({ ...one, ...parseMaildirName(one.name, keywords) }));
  const rank = (unique: string): number => uids.get(unique) ?? Number.POSITIVE_INFINITY;
  files.sort((a, b) => order(rank(a.unique), rank(b.unique)) || order(a.unique, b.unique));
  for (const { file, flags, isNew } of files) {
    const internalAt = await stat(file).then(
      ({ mtimeMs }) => Math.floor(mtimeMs / 1000) * 1000,
      () => undefined,
    );
    // Its program gave it other flags meanwhile, or took it away.
    if (internalAt === undefined) continue;
    yield { flags: isNew ? [] : flags, internalAt, pieces: piecesOf(file) };
  }
}

function order<Value extends number | string>(a: Value, b: Value): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

async function* piecesOf(file: string): AsyncGenerator<Buffer> {
  const ends = new LineEnds();
  for await (const piece of createReadStream(file)) yield ends.push(piece);
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Names of levels, divided by `/`; undefined when nothing is said of them. */
function subscriptionsOf(root: string): Set<string> | undefined {
  const text = textOf(join(root, 'subscriptions'));
  if (text === '') return undefined;
  const lines = text.split('\n').filter((line) => line !== '');
  // Dovecot's second form has levels divided by tabs; the first, by points.
  const isSecond = lines[0]?.startsWith('V\t') === true;
  const levels = (isSecond ? lines.slice(1) : lines).map((line) =>
    isSecond ? line.split('\t').map(decodeLevel) : parseFolderName(`.${line}`),
  );
  return new Set(['INBOX', ...levels.map((one) => one?.join('/') ?? '')]);
}
