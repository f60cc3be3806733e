/** The folders of a Maildir: those of Maildir++ (`.A.B`), and folders in folders. */
import type { FileHandle } from 'node:fs/promises';
import type { FileFolder, FileMessage } from '../../core/import/files.ts';
import { knownUse } from '../../core/import/well-known.ts';
import { MAX_LEVELS } from '../../core/mailbox/name.ts';
import {
  decodeLevel,
  parseFolderName,
  parseKeywords,
  parseMaildirName,
  parseUidList,
  unescapeLevel,
} from '../../wire/maildir/name.ts';
import { LineEnds } from '../../wire/mime/line-ends.ts';
import { CommandError, EXIT } from '../command.ts';
import { nameForPeople } from '../output.ts';
import {
  checkReadable,
  entriesOf,
  followed,
  inFolder,
  lookAt,
  nameIn,
  openPlain,
  piecesOf,
  textOf,
} from './disk.ts';
import type { PassedOver } from './passed-over.ts';

const OWN = ['cur', 'new', 'tmp'];
/** Times that a folder is read again at its end for what is not where it was. */
const LOOKS = 3;

interface Place {
  readonly path: Buffer;
  readonly levels: readonly string[];
}

/** Throws when there is none, or a file in it may not be read: then nothing came. */
export function maildirFolders(
  named: string,
  passed: PassedOver,
): { folders: FileFolder[]; messages: number } {
  const root = Buffer.from(named.replace(/(?<=.)\/+$/, ''));
  if (!followed(root).isDirectory())
    throw new CommandError(
      EXIT.usage,
      `${nameForPeople(named)} is no folder: name the folder that has cur in it`,
    );
  const subscribed = subscriptionsOf(root, passed);
  const places = [...placesIn(root, passed)];
  if (places.length === 0)
    throw new CommandError(
      EXIT.nothing,
      `there is no Maildir in ${nameForPeople(named)}: name a folder that has one with cur in it`,
    );
  let messages = 0;
  const folders = places.map(({ path, levels }) => {
    const before = checked(path);
    messages += before.length;
    const use = knownUse(levels);
    return {
      ...{ name: nameIn(path), levels, read: () => messagesIn(path, { before, passed }) },
      isSubscribed: subscribed?.has(levels.join('/')) ?? true,
      ...(use === undefined ? {} : { use }),
    };
  });
  return { folders, messages };
}

function* placesIn(root: Buffer, passed: PassedOver): Generator<Place> {
  const names = foldersIn(root, passed);
  if (names.some((name) => name.equals(Buffer.from('cur')))) yield { path: root, levels: ['INBOX'] };
  for (const octets of names) {
    const name = nameIn(octets);
    const levels = parseFolderName(name);
    const path = inFolder(root, octets);
    if (levels !== undefined && hasMessages(path, passed)) yield { path, levels };
    else if (levels === undefined && !OWN.includes(name))
      yield* placesBelow({ path, levels: [unescapeLevel(name)] }, passed);
  }
}

function* placesBelow({ path, levels }: Place, passed: PassedOver): Generator<Place> {
  if (levels.length > MAX_LEVELS) return passed.add('deep', nameIn(path));
  const names = foldersIn(path, passed);
  if (names.some((name) => name.equals(Buffer.from('cur')))) yield { path, levels };
  for (const octets of names) {
    const name = nameIn(octets);
    if (!OWN.includes(name))
      yield* placesBelow({ path: inFolder(path, octets), levels: [...levels, unescapeLevel(name)] }, passed);
  }
}

function hasMessages(path: Buffer, passed: PassedOver): boolean {
  const stats = lookAt(inFolder(path, 'cur'));
  if (stats?.isSymbolicLink()) passed.add('links', nameIn(inFolder(path, 'cur')));
  return stats?.isDirectory() ?? false;
}

/** Links to folders are told of (`new` when its folder is read); those to other files are none of a Maildir's folders. */
function foldersIn(path: Buffer, passed: PassedOver): Buffer[] {
  return entriesOf(path).flatMap((entry) => {
    const name = nameIn(entry.name);
    const isOther = entry.isSymbolicLink() && name !== 'new' && name !== 'tmp';
    if (isOther && leadsToFolder(inFolder(path, entry.name)))
      passed.add('links', nameIn(inFolder(path, entry.name)));
    return entry.isDirectory() ? [entry.name] : [];
  });
}

function leadsToFolder(link: Buffer): boolean {
  try {
    return followed(link).isDirectory();
  } catch {
    return false;
  }
}

/** Unique parts of the names of a folder's messages; throws when one of them may not be read. */
function checked(path: Buffer): string[] {
  const files = filesIn(path);
  for (const { file } of files) checkReadable(file);
  return files.map(({ name }) => uniqueOf(name));
}

interface MaildirFile {
  readonly file: Buffer;
  /** Its octets, a character each. */
  readonly name: string;
  readonly isNew: boolean;
}

function uniqueOf(name: string): string {
  return parseMaildirName(name, []).unique;
}

/** `passed`: is told of what is no plain file. */
function filesIn(path: Buffer, passed?: PassedOver): MaildirFile[] {
  return (['cur', 'new'] as const).flatMap((part) => {
    const folder = inFolder(path, part);
    const stats = lookAt(folder);
    if (stats?.isSymbolicLink()) passed?.add('links', nameIn(folder));
    if (!stats?.isDirectory()) return [];
    return entriesOf(folder).flatMap((entry) => {
      const name = entry.name.toString('latin1');
      if (name.startsWith('.')) return [];
      const file = inFolder(folder, entry.name);
      if (entry.isFile()) return [{ name, file, isNew: part === 'new' }];
      passed?.add(entry.isSymbolicLink() ? 'links' : 'special', nameIn(file));
      return [];
    });
  });
}

/**
 * In the order of their UIDs, where Dovecot kept those, then of their names, which begin with the time. A program that uses
 * the Maildir renames files meanwhile: what is not where it was is looked for by the unique part of its name. `before`: those
 * that were there when the import began.
 */
async function* messagesIn(
  path: Buffer,
  { before, passed }: { before: readonly string[]; passed: PassedOver },
): AsyncGenerator<FileMessage> {
  const keywords = parseKeywords(textOf(inFolder(path, 'dovecot-keywords'), { passed, encoding: 'utf8' }));
  const list = textOf(inFolder(path, 'dovecot-uidlist'), { passed, encoding: 'latin1' });
  const uids = parseUidList(list);
  const files = filesIn(path, passed).map((one) => ({ ...one, unique: uniqueOf(one.name) }));
  const rank = (unique: string): number => uids.get(unique) ?? Number.POSITIVE_INFINITY;
  files.sort((a, b) => order(rank(a.unique), rank(b.unique)) || order(a.unique, b.unique));
  const listed = new Set(files.map(({ unique }) => unique));
  let missing = before.filter((unique) => !listed.has(unique));
  const now = new Now(path, files);
  for (const one of files) {
    const opened = await now.open(one);
    if (opened === 'missing') missing.push(one.unique);
    else if (opened !== 'own') yield* message(opened, keywords);
  }
  for (let look = 0; look < LOOKS && missing.length > 0; look++) {
    now.look();
    const still: string[] = [];
    for (const unique of missing) {
      const opened = await now.openByUnique(unique);
      if (opened === 'missing') still.push(unique);
      else if (opened !== 'own') yield* message(opened, keywords);
    }
    missing = still;
  }
  for (const unique of missing) passed.add('missing', nameIn(inFolder(path, Buffer.from(unique, 'latin1'))));
}

interface Opened {
  readonly handle: FileHandle;
  readonly mtimeMs: number;
  readonly found: MaildirFile;
}

/** Where the files of a folder are by now. */
class Now {
  readonly #path: Buffer;
  /** Came, or come by themselves: a file that is renamed while its folder is read may be listed by both its names. */
  readonly #own: Set<string>;
  #found: ReadonlyMap<string, MaildirFile> | undefined;

  constructor(path: Buffer, files: readonly MaildirFile[]) {
    this.#path = path;
    this.#own = new Set(files.map(keyOf));
  }

  look(): void {
    this.#found = new Map(filesIn(this.#path).map((file) => [uniqueOf(file.name), file]));
  }

  /** Looks again when it is not where it was; once for all that were renamed by then. */
  async open(one: MaildirFile & { unique: string }): Promise<Opened | 'own' | 'missing'> {
    const opened = await opening(one);
    if (opened !== undefined) return opened;
    this.#own.delete(keyOf(one));
    const there = this.#found?.get(one.unique);
    if (this.#found === undefined || (there !== undefined && keyOf(there) === keyOf(one))) this.look();
    return this.openByUnique(one.unique);
  }

  async openByUnique(unique: string): Promise<Opened | 'own' | 'missing'> {
    const found = this.#found?.get(unique);
    if (found === undefined) return 'missing';
    if (this.#own.has(keyOf(found))) return 'own';
    const opened = await opening(found);
    if (opened !== undefined) this.#own.add(keyOf(found));
    return opened ?? 'missing';
  }
}

function keyOf({ name, isNew }: MaildirFile): string {
  return `${isNew ? 'new' : 'cur'}/${name}`;
}

async function opening(found: MaildirFile): Promise<Opened | undefined> {
  const opened = await openPlain(found.file);
  return opened === undefined ? undefined : { handle: opened.handle, mtimeMs: opened.stats.mtimeMs, found };
}

async function* message(
  { handle, mtimeMs, found }: Opened,
  keywords: readonly string[],
): AsyncGenerator<FileMessage> {
  try {
    const { flags } = parseMaildirName(found.name, keywords);
    const internalAt = Math.floor(mtimeMs / 1000) * 1000;
    yield { flags: found.isNew ? [] : flags, internalAt, pieces: withCrlf(handle) };
  } finally {
    await handle.close();
  }
}

function order<Value extends number | string>(a: Value, b: Value): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

async function* withCrlf(handle: FileHandle): AsyncGenerator<Buffer> {
  const ends = new LineEnds();
  for await (const piece of piecesOf(handle)) yield ends.push(piece);
}

/** Names of levels, divided by `/`; undefined when nothing is said of them. */
function subscriptionsOf(root: Buffer, passed: PassedOver): Set<string> | undefined {
  const text = textOf(inFolder(root, 'subscriptions'), { passed, encoding: 'utf8' });
  if (text === '') return undefined;
  const lines = text.split('\n').filter((line) => line !== '');
  // Dovecot's second form has levels divided by tabs; the first, by points.
  const isSecond = lines[0]?.startsWith('V\t') === true;
  const levels = (isSecond ? lines.slice(1) : lines).map((line) =>
    isSecond ? line.split('\t').map(decodeLevel) : parseFolderName(`.${line}`),
  );
  return new Set(['INBOX', ...levels.map((one) => one?.join('/') ?? '')]);
}
