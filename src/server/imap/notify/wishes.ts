/** What a client asked to hear of (RFC 5465), as questions about mailboxes. */
import { isInferior, toMailboxName } from '../../../core/mailbox/name.ts';
import type { FetchItem } from '../../../wire/imap/grammar/fetch.ts';
import type { NotifyCommand, NotifyEvent, NotifyMailboxes } from '../../../wire/imap/grammar/notify.ts';

type Group = Extract<NotifyCommand, { action: 'set' }>['groups'][number];
/** Those that there are here. */
export type Event = Exclude<NotifyEvent['kind'], 'AnnotationChange' | 'Unknown'>;

export const EVENTS: readonly Event[] = [
  'MessageNew',
  'MessageExpunge',
  'FlagChange',
  'MailboxName',
  'SubscriptionChange',
  'MailboxMetadataChange',
  'ServerMetadataChange',
];

/** Of the selected mailbox: new messages and those that went, always both. */
export interface SelectedWish {
  /** `held`: SELECTED-DELAYED, until a command allows it. */
  readonly expunges: 'told' | 'held';
  readonly flags: 'told' | 'not told';
  /** Of each new message. */
  readonly fetch: readonly FetchItem[];
}

export class Wishes {
  /** Nothing at all. */
  static readonly NONE = new Wishes([]);
  /** Undefined: nothing. */
  readonly selected: SelectedWish | undefined;
  readonly #others: readonly { readonly covers: Covers; readonly events: ReadonlySet<string> }[];

  constructor(groups: readonly Group[]) {
    this.selected = selectedWish(groups);
    this.#others = groups
      .filter(({ mailboxes, events }) => !isSelected(mailboxes) && events.length > 0)
      .map(({ mailboxes, events }) => ({
        covers: covering(mailboxes),
        events: new Set(events.map(({ kind }) => kind)),
      }));
  }

  /** Whether it is wanted of some mailbox that is not selected. */
  asks(event: Event): boolean {
    return this.#others.some(({ events }) => events.has(event));
  }

  get isOfOthers(): boolean {
    return this.#others.length > 0;
  }

  wants(event: Event, name: string, subscribed: ReadonlySet<string>): boolean {
    return this.#others.some(({ covers, events }) => events.has(event) && covers(name, subscribed));
  }
}

type Covers = (name: string, subscribed: ReadonlySet<string>) => boolean;

function isSelected({ kind }: NotifyMailboxes): boolean {
  return kind === 'selected' || kind === 'selected-delayed';
}

function selectedWish(groups: readonly Group[]): SelectedWish | undefined {
  const group = groups.find(({ mailboxes }) => isSelected(mailboxes));
  if (group === undefined || group.events.length === 0) return undefined;
  return {
    expunges: group.mailboxes.kind === 'selected' ? 'told' : 'held',
    flags: group.events.some(({ kind }) => kind === 'FlagChange') ? 'told' : 'not told',
    fetch: group.events.flatMap((event) => (event.kind === 'MessageNew' ? event.fetch : [])),
  };
}

function covering(mailboxes: NotifyMailboxes): Covers {
  switch (mailboxes.kind) {
    case 'personal':
      return () => true;
    // Mail is delivered to no other.
    case 'inboxes':
      return (name) => name === 'INBOX';
    case 'subscribed':
      return (name, subscribed) => subscribed.has(name);
    case 'mailboxes': {
      const names = new Set(namesIn(mailboxes.names));
      return (name) => names.has(name);
    }
    case 'subtree': {
      const names = namesIn(mailboxes.names);
      return (name) => names.some((above) => name === above || isInferior(name, above));
    }
    // The other mailboxes are none of theirs.
    case 'selected':
    case 'selected-delayed':
      return () => false;
    default:
      return mailboxes satisfies never;
  }
}

/** As they are kept; what cannot be a name is passed over, as no mailbox has it (RFC 5465 3.1). */
function namesIn(written: readonly string[]): string[] {
  return written.flatMap((one) => {
    const named = toMailboxName(one);
    return 'name' in named ? [named.name] : [];
  });
}
