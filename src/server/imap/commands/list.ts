import { isInferior, SEPARATOR, superiors } from '../../../core/mailbox/name.ts';
import type { Mailbox } from '../../../core/mailbox/port.ts';
import type { Command } from '../../../wire/imap/command.ts';
import type { ListCommand } from '../../../wire/imap/grammar/list.ts';
import { formatList, type ListEntry } from '../../../wire/imap/response/mailbox.ts';
import { type Completion, type ImapHandle, ok } from '../handle.ts';
import { patternMatcher } from '../list-pattern.ts';
import { statusOf } from './status.ts';

/** All that LIST may tell of. */
export interface Names {
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  readonly subscribed: ReadonlySet<string>;
  /** Those that have something below them. */
  readonly parents: ReadonlySet<string>;
  /** Those with something below them that is subscribed. */
  readonly subscribedParents: ReadonlySet<string>;
}

/** LIST (RFC 9051 6.3.9) with its extensions, and LSUB (RFC 3501 6.3.9). */
export async function list(
  session: ImapHandle,
  command: Extract<Command, { verb: 'LIST' | 'LSUB' }>,
): Promise<Completion> {
  const form = session.reader.names;
  if (!command.extended && command.patterns[0] === '') {
    session.send(
      formatList(command.verb, { attributes: ['\\Noselect'], delimiter: SEPARATOR, mailbox: '' }, form),
    );
    return ok('That is all');
  }
  const names = await namesOf(session);
  const isWanted = matcher(command);
  const answer = command.verb === 'LSUB' ? lsubEntry : listEntry;
  for (const name of candidates(names, command)) {
    const turn = session.room();
    if (turn !== undefined) await turn;
    if (!isWanted(name)) continue;
    const entry = answer(name, names, command);
    if (entry === undefined) continue;
    session.send(formatList(command.verb, entry, form));
    const mailbox = names.mailboxes.get(name);
    if (command.returns.status.length > 0 && mailbox !== undefined)
      session.send(await statusOf(session, mailbox, command.returns.status));
  }
  return ok('That is all');
}

export async function namesOf(session: ImapHandle): Promise<Names> {
  const { store } = session.context;
  const [mailboxes, subscriptions] = await Promise.all([
    store.mailboxes(session.account.id),
    store.subscriptions(session.account.id),
  ]);
  return {
    mailboxes: new Map(mailboxes.map((mailbox) => [mailbox.name, mailbox])),
    subscribed: new Set(subscriptions),
    parents: new Set(mailboxes.flatMap(({ name }) => superiors(name))),
    subscribedParents: new Set(subscriptions.flatMap(superiors)),
  };
}

/** Mailboxes, and names that only stand above some; for who asks for subscriptions, those. In order, INBOX first. */
function candidates(names: Names, { verb, selection }: ListCommand): string[] {
  const found = new Set<string>();
  const bySubscription = verb === 'LSUB' || selection.includes('SUBSCRIBED');
  if (bySubscription)
    for (const set of [names.subscribed, names.subscribedParents]) for (const name of set) found.add(name);
  if (verb === 'LIST')
    for (const set of [names.mailboxes.keys(), names.parents]) for (const name of set) found.add(name);
  return [...found].sort((a, b) => Number(b === 'INBOX') - Number(a === 'INBOX') || (a < b ? -1 : 1));
}

/** Patterns of one command: each is held against each name. */
const MAX_PATTERNS = 100;

function matcher({ reference, patterns }: ListCommand): (name: string) => boolean {
  const whole = patterns
    .slice(0, MAX_PATTERNS)
    .map((pattern) => (reference + pattern).normalize('NFC').replace(/^inbox(?=\/|$)/i, 'INBOX'))
    .map(patternMatcher);
  return (name) => whole.some((fits) => fits(name));
}

/** A name as it is now, whoever asks; `\NonExistent` when it is no mailbox's. */
export function entryOf(name: string, names: Names): ListEntry {
  const attributes = names.mailboxes.has(name) ? [] : ['\\NonExistent'];
  const asked = { selection: [], returns: { subscribed: true } };
  return listEntry(name, names, asked) ?? { attributes, delimiter: SEPARATOR, mailbox: name };
}

function listEntry(
  name: string,
  names: Names,
  { selection, returns }: { selection: ListCommand['selection']; returns: { subscribed: boolean } },
): ListEntry | undefined {
  const mailbox = names.mailboxes.get(name);
  const isSubscribed = names.subscribed.has(name);
  const meets = selection.every((option) => {
    if (option === 'SUBSCRIBED') return isSubscribed;
    return option !== 'SPECIAL-USE' || mailbox?.specialUse !== undefined;
  });
  const isAbove = selection.includes('RECURSIVEMATCH') && hasBelow(name, names, selection);
  if (!meets && !isAbove) return undefined;
  const attributes: string[] = [];
  if (mailbox === undefined) attributes.push('\\NonExistent', '\\Noselect');
  attributes.push(names.parents.has(name) ? '\\HasChildren' : '\\HasNoChildren');
  if (isSubscribed && (returns.subscribed || selection.includes('SUBSCRIBED')))
    attributes.push('\\Subscribed');
  if (mailbox?.specialUse !== undefined) attributes.push(mailbox.specialUse);
  const entry = { attributes, delimiter: SEPARATOR, mailbox: name };
  const asked = selection.filter((option) => option === 'SUBSCRIBED' || option === 'SPECIAL-USE');
  return isAbove ? { ...entry, childInfo: asked } : entry;
}

/** Whether something below it is what is asked for (RFC 5258 3.5). */
function hasBelow(name: string, names: Names, selection: ListCommand['selection']): boolean {
  const isSpecial = selection.includes('SPECIAL-USE');
  if (!isSpecial) return names.subscribedParents.has(name);
  const needsSubscription = selection.includes('SUBSCRIBED');
  for (const [other, { specialUse }] of names.mailboxes)
    if (
      specialUse !== undefined &&
      isInferior(other, name) &&
      (!needsSubscription || names.subscribed.has(other))
    )
      return true;
  return false;
}

function lsubEntry(name: string, names: Names, { patterns }: ListCommand): ListEntry | undefined {
  const entry = { delimiter: SEPARATOR, mailbox: name };
  if (names.subscribed.has(name)) return { ...entry, attributes: [] };
  // A name above subscribed ones, where `%` hides those (RFC 3501 6.3.9).
  return patterns.some((pattern) => pattern.includes('%'))
    ? { ...entry, attributes: ['\\Noselect'] }
    : undefined;
}
