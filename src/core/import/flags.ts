/**
 * Flags as another server has them. What a message had there when it was last looked at is kept, so that a change there is
 * brought here and a change here stays.
 */
import { type FlagSet, flagNames, isKeyword, toFlagSet } from '../mailbox/flags.ts';
import type { ImportedChange, ImportedItem } from './port.ts';

/** Those that can be had here: `\Recent`, other system flags and words that are no keywords cannot. */
export function toOurs(names: Iterable<string>): FlagSet {
  const kept = [...names].filter((name) =>
    name.startsWith('\\') ? !('unknown' in toFlagSet([name])) : isKeyword(name),
  );
  return toFlagSet(kept) as FlagSet;
}

/** The same text for the same flags. */
export function flagsText({ system, keywords }: FlagSet): string {
  return [...flagNames(system, []), ...keywords.toSorted()].join(' ');
}

function fromText(text: string): FlagSet {
  return toOurs(text === '' ? [] : text.split(' '));
}

/** Messages whose flags are others now, those that changed alike together. */
export function changesOf(
  messages: Iterable<{ readonly before: ImportedItem; readonly now: FlagSet }>,
): ImportedChange[] {
  const alike = new Map<string, ImportedItem[]>();
  for (const { before, now } of messages) {
    const text = flagsText(now);
    if (text === before.flags) continue;
    const key = `${before.flags}\n${text}`;
    const items = alike.get(key);
    if (items === undefined) alike.set(key, [before]);
    else items.push(before);
  }
  return [...alike].map(([key, items]) => {
    const [before = '', flags = ''] = key.split('\n');
    const [old, now] = [fromText(before), fromText(flags)];
    return { items, flags, add: without(now, old), remove: without(old, now) };
  });
}

function without(all: FlagSet, some: FlagSet): FlagSet {
  const gone = new Set(some.keywords.map((name) => name.toLowerCase()));
  return {
    system: all.system & ~some.system,
    keywords: all.keywords.filter((name) => !gone.has(name.toLowerCase())),
  };
}
