import type { NotifyCommand } from '../../../wire/imap/grammar/notify.ts';
import { contentItems, MAX_CONTENT_ITEMS } from '../fetch/messages.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { AccountWatch } from '../notify/account-watch.ts';
import { Notified } from '../notify/notified.ts';
import { EVENTS, Wishes } from '../notify/wishes.ts';

/** Names of mailboxes in one command: each is held against each mailbox that changes. */
const MAX_NAMES = 1_000;

/** NOTIFY (RFC 5465 3.1): from now on the client hears of this, and of nothing else, also when it has no command under way. */
export async function notify(session: ImapHandle, command: NotifyCommand): Promise<Completion> {
  const groups = command.action === 'set' ? command.groups : [];
  const events = groups.flatMap((group) => group.events);
  if (events.some(({ kind }) => !(EVENTS as readonly string[]).includes(kind)))
    return no('There is no such event here', { kind: 'BADEVENT', events: EVENTS });
  const names = groups.flatMap(({ mailboxes }) => ('names' in mailboxes ? mailboxes.names : []));
  if (names.length > MAX_NAMES)
    return no(`One NOTIFY names at most ${MAX_NAMES} mailboxes`, { kind: 'NOTIFICATIONOVERFLOW' });
  const wishes = groups.length === 0 ? Wishes.NONE : new Wishes(groups);
  if (contentItems(wishes.selected?.fetch ?? []) > MAX_CONTENT_ITEMS)
    return no(`Of a new message at most ${MAX_CONTENT_ITEMS} sections and parts are told`, { kind: 'LIMIT' });
  if (command.action === 'set') await tellSoFar(session);
  const others = wishes.isOfOthers ? await AccountWatch.begin(session, wishes) : undefined;
  session.notified?.end();
  session.notified = new Notified(session, wishes, others);
  if (session.isOver) session.notified.end();
  else if (session.phase.kind === 'selected') session.notified.follow(session.phase.selected);
  if (command.action === 'set' && command.status)
    for (const piece of others?.statuses() ?? []) {
      session.send(piece);
      await session.room();
    }
  return ok(wishes === Wishes.NONE ? 'You will hear of nothing' : 'You will hear of it');
}

/** The selected mailbox as it is now (RFC 5465 3.1): what follows is told of from there. */
async function tellSoFar(session: ImapHandle): Promise<void> {
  if (session.phase.kind !== 'selected') return;
  await session.selected.live.lookAgain();
  await session.tell({ expunges: 'told', isAnswer: true });
}
