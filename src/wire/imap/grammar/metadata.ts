/** METADATA (RFC 5464): what is noted about a mailbox, or, for the empty name, about the server. */
import type { Cursor } from '../cursor.ts';

/** Entries of one command, and octets of a name. */
const MAX_ENTRIES = 200;
const MAX_NAME = 255;

export type MetadataCommand =
  | {
      readonly verb: 'GETMETADATA';
      /** Empty for the server. */
      readonly mailbox: string;
      /** In lower case. */
      readonly entries: readonly string[];
      /** Octets; longer values are left out. */
      readonly maxSize?: number;
      readonly depth: 0 | 1 | 'infinity';
    }
  | {
      readonly verb: 'SETMETADATA';
      readonly mailbox: string;
      /** `null` removes. A name that stands twice has its last value. */
      readonly values: ReadonlyMap<string, Buffer | null>;
    };

interface Options {
  maxSize?: number;
  depth: 0 | 1 | 'infinity';
}

/** RFC 5464 4.2: its grammar has the options before the mailbox, its examples behind it. */
export function getMetadata(cursor: Cursor): MetadataCommand {
  const options: Options = { depth: 0 };
  cursor.space();
  if (cursor.peek() === '(') {
    optionsAt(cursor, options);
    cursor.space();
  }
  const mailbox = cursor.mailbox();
  cursor.space();
  if (/^\((DEPTH|MAXSIZE)\b/i.test(cursor.text.slice(cursor.at, cursor.at + 10))) {
    optionsAt(cursor, options);
    cursor.space();
  }
  const entries = cursor.listOrOne(() => entryName(cursor));
  if (entries.length > MAX_ENTRIES) cursor.fail(`more than ${MAX_ENTRIES} entries`);
  return { verb: 'GETMETADATA', mailbox, entries, ...options };
}

function optionsAt(cursor: Cursor, options: Options): void {
  cursor.list(() => {
    const word = cursor.keyword();
    cursor.space();
    if (word === 'MAXSIZE') options.maxSize = cursor.number();
    else if (word === 'DEPTH') options.depth = depthAt(cursor);
    else cursor.fail('GETMETADATA knows the options MAXSIZE and DEPTH');
  });
}

function depthAt(cursor: Cursor): 0 | 1 | 'infinity' {
  switch (cursor.keyword()) {
    case '0':
      return 0;
    case '1':
      return 1;
    case 'INFINITY':
      return 'infinity';
    default:
      return cursor.fail('DEPTH is 0, 1 or infinity');
  }
}

export function setMetadata(cursor: Cursor): MetadataCommand {
  cursor.space();
  const mailbox = cursor.mailbox();
  cursor.space();
  const values = new Map<string, Buffer | null>();
  cursor.list(() => {
    if (values.size >= MAX_ENTRIES) cursor.fail(`more than ${MAX_ENTRIES} entries`);
    const name = entryName(cursor);
    cursor.space();
    values.set(name, cursor.takeKeyword('NIL') ? null : cursor.octets());
  });
  if (values.size === 0) cursor.fail('SETMETADATA sets nothing');
  return { verb: 'SETMETADATA', mailbox, values };
}

/** RFC 5464 3.2: a path in `/private` or `/shared`, without wildcards, without empty components. */
function entryName(cursor: Cursor): string {
  const name = cursor.astring().toLowerCase();
  if (name.length > MAX_NAME || !/^\/(private|shared)(\/[!-$&-)+-.0-~]+)*$/.test(name))
    cursor.fail('an entry is named /private/... or /shared/... (RFC 5464 3.2)');
  return name;
}
