/**
 * What the folders of another server are called here. A purpose goes to the mailbox with that purpose, whatever either is
 * called; what cannot be a name here is made one; no two folders become one mailbox.
 */
import { MAX_LEVEL_BYTES, MAX_LEVELS, SEPARATOR, toMailboxName } from '../mailbox/name.ts';
import type { Mailbox } from '../mailbox/port.ts';
import { SPECIAL_USES, type SpecialUse } from '../mailbox/special-use.ts';
import type { LeftFolder, SourceFolder } from './source.ts';

export interface PlannedFolder {
  readonly folder: SourceFolder;
  readonly name: string;
  /** To be made with it, where the account has no mailbox with that purpose. */
  readonly specialUse?: SpecialUse;
}

export interface LeftOut {
  readonly folder: SourceFolder;
  readonly why: LeftFolder | 'was deleted here' | 'no name' | 'long name';
}

/** Octets of what a folder is called there: it is kept in an index, and PostgreSQL takes no more than 2704 with whose it is. */
const MAX_NAME_THERE = 2_000;

export interface Plan {
  readonly planned: readonly PlannedFolder[];
  readonly left: readonly LeftOut[];
}

/**
 * `named`: only these, of those that are there, and also what would be left out. `mailboxes`: of the account. `kept`: where
 * folders of that name went before; they go there again.
 */
export function planFolders(
  folders: readonly SourceFolder[],
  about: {
    named: ReadonlySet<string>;
    mailboxes: readonly Pick<Mailbox, 'id' | 'name' | 'specialUse'>[];
    kept: ReadonlyMap<string, Mailbox['id']>;
  },
): Plan {
  const { named, mailboxes, kept } = about;
  const names = new Map(mailboxes.map((mailbox) => [mailbox.id, mailbox.name]));
  const before = new Map([...kept].map(([name, id]) => [name, names.get(id)]));
  const taken = new Set([...before.values()].filter((name) => name !== undefined));
  const renamed = new Map<string, string>();
  const planned: PlannedFolder[] = [];
  const left: LeftOut[] = [];
  for (const folder of inOrder(folders)) {
    const isDeleted = kept.has(folder.name) && before.get(folder.name) === undefined;
    const { why, isWanted } = isLong(folder)
      ? { why: 'long name' as const, isWanted: false }
      : wanted(folder, { named, isDeleted });
    const place = before.get(folder.name) ?? newPlace(folder, { mailboxes, taken, renamed });
    if (place !== undefined) {
      const one = typeof place === 'string' ? { name: place } : place;
      renamed.set(folder.levels.join('\0'), one.name);
      if (isWanted) {
        taken.add(one.name);
        planned.push({ folder, ...one });
      }
    }
    if (!isWanted && why !== undefined && (named.size === 0 || named.has(folder.name)))
      left.push({ folder, why });
    if (isWanted && place === undefined) left.push({ folder, why: 'no name' });
  }
  return { planned, left };
}

function isLong({ name }: SourceFolder): boolean {
  return Buffer.byteLength(name) > MAX_NAME_THERE;
}

function wanted(
  { name, left }: SourceFolder,
  { named, isDeleted }: { named: ReadonlySet<string>; isDeleted: boolean },
): { isWanted: boolean; why?: LeftOut['why'] } {
  if (left === 'holds no messages') return { isWanted: false, why: left };
  if (named.size > 0) return { isWanted: named.has(name) };
  if (isDeleted) return { isWanted: false, why: 'was deleted here' };
  return left === undefined ? { isWanted: true } : { isWanted: false, why: left };
}

/** INBOX and purposes first, then what is above before what is below. */
function inOrder(folders: readonly SourceFolder[]): SourceFolder[] {
  const rank = ({ levels, use }: SourceFolder): number =>
    isInbox(levels) ? 0 : specialUseOf(use) === undefined ? 2 : 1;
  return folders.toSorted((a, b) => rank(a) - rank(b) || a.levels.length - b.levels.length);
}

function isInbox(levels: readonly string[]): boolean {
  return levels.length === 1 && levels[0]?.toUpperCase() === 'INBOX';
}

function specialUseOf(use: string | undefined): SpecialUse | undefined {
  return SPECIAL_USES.find((one) => one === use);
}

function newPlace(
  { levels, use }: SourceFolder,
  about: {
    mailboxes: readonly Pick<Mailbox, 'name' | 'specialUse'>[];
    taken: ReadonlySet<string>;
    renamed: ReadonlyMap<string, string>;
  },
): Omit<PlannedFolder, 'folder'> | undefined {
  const { mailboxes, taken, renamed } = about;
  const special = specialUseOf(use);
  const there = mailboxes.find(({ specialUse }) => specialUse !== undefined && specialUse === special);
  if (there !== undefined && !taken.has(there.name)) return { name: there.name };
  const name = freeName(fitted(levels, renamed), taken);
  if (name === undefined) return undefined;
  return special === undefined || there !== undefined ? { name } : { name, specialUse: special };
}

/** Below what its superiors are called here. */
function fitted(levels: readonly string[], renamed: ReadonlyMap<string, string>): string | undefined {
  for (let count = levels.length - 1; count > 0; count--) {
    const above = renamed.get(levels.slice(0, count).join('\0'));
    if (above !== undefined) return nameOf([...above.split(SEPARATOR), ...fitting(levels.slice(count))]);
  }
  return nameOf(fitting(levels));
}

function nameOf(levels: readonly string[]): string | undefined {
  const deep = levels.length > MAX_LEVELS;
  const most = deep
    ? [...levels.slice(0, MAX_LEVELS - 1), cut(levels.slice(MAX_LEVELS - 1).join('_'), MAX_LEVEL_BYTES)]
    : levels;
  const named = toMailboxName(most.join(SEPARATOR));
  return 'name' in named ? named.name : undefined;
}

/** What may not stand in a level here: see `toMailboxName`. */
const UNFIT = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069/]/gu;

function fitting(levels: readonly string[]): string[] {
  const fit = levels
    .map((level) => cut(level.toWellFormed().normalize('NFC').replace(UNFIT, '_'), MAX_LEVEL_BYTES))
    .filter((level) => level !== '');
  return fit[0]?.startsWith('#') ? [`_${fit[0].slice(1)}`, ...fit.slice(1)] : fit;
}

function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let kept = '';
  for (const char of text) {
    if (Buffer.byteLength(kept + char) > bytes) break;
    kept += char;
  }
  return kept;
}

/** As many are tried as are taken, and one more. */
function freeName(name: string | undefined, taken: ReadonlySet<string>): string | undefined {
  if (name === undefined || !taken.has(name)) return name;
  for (let count = 2; count <= taken.size + 2; count++) {
    const level = name.slice(name.lastIndexOf(SEPARATOR) + 1);
    const suffix = ` (${count})`;
    const above = name.slice(0, name.length - level.length);
    const other = `${above}${cut(level, MAX_LEVEL_BYTES - suffix.length)}${suffix}`;
    if (!taken.has(other)) return other;
  }
  return undefined;
}

/** Whether a folder is called otherwise here, for more than its place below another. */
export function isRenamed({ folder, name }: PlannedFolder): boolean {
  return folder.levels.join(SEPARATOR) !== name && !(isInbox(folder.levels) && name === 'INBOX');
}
