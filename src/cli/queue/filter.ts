/** Which deliveries a command means: the options that all queue commands share. */
import type { DeliveryId, MessageId, PathKey } from '../../core/envelope.ts';
import type { QueueFilter } from '../../core/queue/admin.ts';
import { groupNamed, ONLY_WAITED } from '../../core/guard/reasons.ts';
import { UNROUTED } from '../../core/envelope.ts';
import type { SqlStore } from '../../store/store.ts';
import {
  isGiven,
  momentOf,
  optionOf,
  readOption,
  toDomain,
  toOutsideAddress,
  toSender,
  toWord,
} from '../arguments.ts';
import { type Call, CommandError, EXIT, type OptionSpec } from '../command.ts';
import { openReferences } from '../with-store.ts';

export const FILTER_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  message: { type: 'string', doc: 'Of this message: its reference, or its number.' },
  path: { type: 'string', doc: 'On this path, as relais path list writes it; "unrouted" for none yet.' },
  domain: { type: 'string', doc: 'To recipients at this domain.' },
  sender: { type: 'string', doc: 'From this sender; "<>" for notices.' },
  recipient: { type: 'string', doc: 'To this recipient.' },
  state: { type: 'string', doc: 'In this state: ready, waiting, held, leased; or a final one.' },
  before: { type: 'string', doc: 'Accepted before: 24h ago, or a date.' },
  'hold-reason': { type: 'string', doc: 'Held for exactly this reason.' },
  group: { type: 'string', doc: 'That the guard put into this group: H4711.' },
  waited: {
    type: 'boolean',
    doc: 'That the guard holds only because it waited when its account was stopped.',
  },
};

const STATES = ['ready', 'waiting', 'held', 'leased', 'delivered', 'failed', 'expired', 'cancelled'] as const;

/** For messages that have no path yet; the key itself is empty, which nobody can type well. */
export const UNROUTED_WORD = 'unrouted';

/** As references look; whether it is one of ours, its check tells. */
const REFERENCE = /^r[0-9a-z]{9,20}$/i;

/** The filter that the options say; empty when they say none. A first argument is a message. */
export async function filterOf(call: Call, store: SqlStore): Promise<QueueFilter> {
  const message = optionOf(call, 'message') ?? call.positionals[0];
  const before = momentOf(call, 'before', Date.now());
  const holdGroup = readOption(call, 'group', toGroup);
  if (isGiven(call, 'waited') && optionOf(call, 'hold-reason') !== undefined)
    throw new CommandError(EXIT.usage, '--waited has a reason of its own: leave out --hold-reason');
  return {
    ...(message === undefined ? {} : { message: await messageOf(store, message) }),
    ...mapped(call, 'path', toPathKey),
    ...mapped(call, 'domain', toDomain),
    ...mapped(call, 'sender', toSender),
    ...mapped(call, 'recipient', toOutsideAddress),
    ...mapped(call, 'state', (text) => toWord(text, STATES)),
    ...(holdGroup === undefined ? {} : { holdGroup }),
    ...(before === undefined ? {} : { before }),
    ...(isGiven(call, 'waited') ? { holdReason: ONLY_WAITED } : {}),
    ...(optionOf(call, 'hold-reason') === undefined
      ? {}
      : { holdReason: optionOf(call, 'hold-reason') as string }),
  };
}

function mapped<Key extends string, Value>(
  call: Call,
  key: Key,
  read: (text: string) => Value,
): { [K in Key]?: Value } {
  const value = readOption(call, key, read);
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

/** `H4711`, or its number. */
function toGroup(text: string): number {
  const number = groupNamed(text);
  if (number !== undefined && Number.isSafeInteger(number)) return number;
  throw new CommandError(EXIT.usage, `"${text}": write a group, such as H4711 (relais guard holds)`);
}

export function toPathKey(text: string): PathKey {
  return (text === UNROUTED_WORD ? UNROUTED : text) as PathKey;
}

export function pathForPeople(path: PathKey): string {
  return path === UNROUTED ? UNROUTED_WORD : path;
}

/** The message of a reference, of its own number, or of the number of one of its deliveries. */
export async function messageOf(store: SqlStore, text: string): Promise<MessageId> {
  const byReference = (await openReferences(store)).message(text);
  if (byReference !== undefined) return byReference;
  if (REFERENCE.test(text)) {
    throw new CommandError(
      EXIT.nothing,
      `there is no message ${text}: compare it, letter by letter, with relais queue list, a 250 reply or a Received field`,
    );
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw new CommandError(
      EXIT.usage,
      `"${text}" is no reference of a message here: copy it from relais queue list, a 250 reply or a Received field`,
    );
  }
  const [delivery] = await store.listQueue({ filter: { delivery: Number(text) as DeliveryId }, limit: 1 });
  return delivery?.message ?? (Number(text) as MessageId);
}

/** The options of a filter as they were written, for a command line to copy. */
export function filterWords(call: Call): string[] {
  const message = optionOf(call, 'message') ?? call.positionals[0];
  const named = Object.keys(FILTER_OPTIONS).flatMap((name) => {
    if (FILTER_OPTIONS[name]?.type === 'boolean') return isGiven(call, name) ? [`--${name}`] : [];
    const value = name === 'message' ? message : optionOf(call, name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  return call.options['all'] === true ? ['--all', ...named] : named;
}
