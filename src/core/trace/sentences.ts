/** Tells the life of a message in plain sentences: what became of each recipient, then what happened when. */
import { DSN_WORDS, fill } from '../../wire/dsn/words.ts';
import type { Blame, DeliveryId, Language, Mishap, PathKey, RemoteReply } from '../envelope.ts';
import { groupName, reasonInWords } from '../guard/reasons.ts';
import type { Freeze } from '../queue/freeze.ts';
import type { DeliveryState, DrainEstimate } from '../queue/port.ts';
import type { TracedMessage, TraceEvent } from './port.ts';
import { TRACE_WORDS, type TraceWords, type VerdictKind } from './words.ts';

export interface Telling {
  readonly language: Language;
  /** Whom it is told: who sent it, or who decides about held mail. */
  readonly reader: 'sender' | 'operator';
  /** A moment as this reader wants it, without an article. */
  time(ms: number): string;
  readonly now: number;
  /**
   * What the paths that the message's deliveries are on stand still by: of several freezes the widest. Whoever tells
   * a customer leaves out `by` and, where it is not for them, writes another `reason`.
   */
  readonly frozen: ReadonlyMap<DeliveryId, Freeze>;
  /** How far the backlogs of those paths are that drain now. */
  readonly draining?: ReadonlyMap<PathKey, DrainEstimate>;
}

/** What became of one recipient. */
export interface Verdict {
  readonly delivery: DeliveryId;
  readonly recipient: string;
  readonly state: DeliveryState;
  readonly kind: VerdictKind;
  readonly sentence: string;
  readonly blame?: Blame;
  readonly nextTryAt?: number;
  /** What the far end last said, word for word. */
  readonly reply?: RemoteReply;
}

/** One thing that happened. */
export interface ToldEvent {
  readonly at: number;
  readonly kind: TraceEvent['kind'];
  readonly recipient?: string;
  readonly sentence: string;
  /** When what it stood still by was over. */
  readonly until?: number;
  readonly blame?: Blame;
  readonly reply?: RemoteReply;
  /** How the reply was read. */
  readonly reading?: NonNullable<TraceEvent['detail']['reading']>;
}

type TracedDelivery = TracedMessage['deliveries'][number];

/** What it stood still by happened to its path, and its sender was told of how things stood. */
const CHANGE_NOTHING: ReadonlySet<TraceEvent['kind']> = new Set(['stood-still', 'delay-told']);

/** The verdict on each recipient, in the order of their deliveries. */
export function verdictsOn(message: TracedMessage, telling: Telling): Verdict[] {
  return message.deliveries.map((delivery) => {
    const events = message.events.filter(
      ({ delivery: of, kind }) => of === delivery.id && !CHANGE_NOTHING.has(kind),
    );
    const last = events.at(-1);
    const reply = events.findLast(({ detail }) => detail.reply !== undefined)?.detail.reply;
    const kind = verdictKind(delivery, { last, telling });
    const trouble = kind.startsWith('retrying-') || kind.startsWith('failed-') || kind === 'expired';
    const frozen = kind === 'frozen' ? telling.frozen.get(delivery.id) : undefined;
    const open = delivery.state === 'waiting' || delivery.state === 'ready';
    return {
      delivery: delivery.id,
      recipient: delivery.recipient,
      state: delivery.state,
      kind,
      sentence: verdictSentence(message, delivery, { kind, last, reply, telling }),
      ...(trouble ? { blame: last?.detail.blame ?? 'unknown' } : {}),
      ...(frozen === undefined ? {} : { blame: frozen.blame }),
      ...(open && trouble ? { nextTryAt: delivery.dueAt } : {}),
      ...(reply === undefined ? {} : { reply }),
    };
  });
}

interface Known {
  readonly kind: VerdictKind;
  readonly last: TraceEvent | undefined;
  readonly reply: RemoteReply | undefined;
  readonly telling: Telling;
}

function verdictSentence(
  message: TracedMessage,
  delivery: TracedDelivery,
  { kind, last, reply, telling }: Known,
): string {
  const words = TRACE_WORDS[telling.language];
  const frozen = telling.frozen.get(delivery.id);
  const reason = last?.detail.reason ?? delivery.holdReason;
  if (kind === 'frozen' && frozen !== undefined)
    return frozenSentence(frozen, { rcpt: delivery.recipient, until: message.expiresAt, telling });
  const toDecide = kind === 'doubted' && telling.reader === 'operator';
  const filled = fill(toDecide ? words.doubtedToDecide : words.verdicts[kind], {
    rcpt: delivery.recipient,
    host: hostOf(reply, words),
    at: telling.time(last?.at ?? message.acceptedAt),
    next: telling.time(Math.max(delivery.dueAt, telling.now)),
    until: telling.time(message.expiresAt),
    mailbox: mailboxOf(last?.detail),
    reason:
      kind === 'doubted' ? reasonInWords(reason ?? '', telling.language) : (reason ?? words.unknownReason),
    group: groupName(delivery.holdGroup ?? 0),
  });
  if (kind === 'not-tried') return `${filled}${drainSentence(telling, delivery.path)}`;
  if (!kind.startsWith('failed-') && kind !== 'expired' && kind !== 'suppressed') return filled;
  return `${filled} ${last?.detail.notice === undefined ? words.senderNotTold : words.senderTold}`;
}

/** With its owner's address, where another one was written to. */
function mailboxOf({ mailbox = 'INBOX', owner }: TraceEvent['detail'] = {}): string {
  return owner === undefined ? mailbox : `${mailbox} (${owner})`;
}

/** What stands still since when and by whom, whose fault it is, and what that does to the time of the message. */
function frozenSentence(
  freeze: Freeze,
  { rcpt, until, telling }: { rcpt: string; until: number; telling: Telling },
): string {
  const words = TRACE_WORDS[telling.language];
  const { canary } = freeze;
  const who = whoFroze(freeze, words);
  const sentences = [
    fill(words.verdicts.frozen, {
      rcpt,
      who,
      since: telling.time(freeze.since),
      reason: reasonOf(freeze, telling),
    }),
    fill(words.frozenBy[freeze.blame], { until: telling.time(until) }),
    canary === undefined
      ? freeze.until === undefined
        ? words.thawsLater
        : fill(words.thawsAt, { end: telling.time(freeze.until) })
      : fill(words.canary, { next: telling.time(Math.max(canary.at, telling.now)) }),
  ];
  return sentences.join(' ');
}

/** What showed it when nobody answered is told in the reader's language; a reason that somebody wrote stays as it is. */
function reasonOf({ cause, reason, reply }: Freeze, { language }: Telling): string {
  const happened = cause === 'automatic' && reply?.mishap !== undefined && language !== 'en';
  return happened ? replyInWords(reply, language).replace(/\.$/, '') : reason;
}

function whoFroze({ cause, by }: Pick<TraceEvent['detail'], 'cause' | 'by'>, words: TraceWords): string {
  return cause === 'operator' ? fill(words.byHand, { by: by ?? words.oneOfUs }) : words.automatically;
}

/** Nothing when its path does not drain, or nobody knows yet until when. */
function drainSentence({ draining, language, time }: Telling, path: PathKey): string {
  const drain = draining?.get(path);
  if (drain?.endsAt === undefined) return '';
  const left = String(drain.left);
  return ` ${fill(TRACE_WORDS[language].draining, { left, end: time(drain.endsAt) })}`;
}

function verdictKind(
  delivery: TracedDelivery,
  about: { last: TraceEvent | undefined; telling: Telling },
): VerdictKind {
  const { last, telling } = about;
  const blame = last?.detail.blame ?? 'unknown';
  switch (delivery.state) {
    case 'delivered':
      return last?.detail.mailbox === undefined ? 'accepted-remote' : 'in-mailbox';
    case 'failed':
      return last?.detail.suppressed === undefined ? `failed-${blame}` : 'suppressed';
    case 'expired':
      return 'expired';
    case 'cancelled':
      return delivery.holdGroup !== undefined && last?.detail.notice !== undefined ? 'dropped' : 'cancelled';
    case 'held':
      return delivery.holdGroup === undefined ? 'held' : 'doubted';
    case 'leased':
      return 'being-tried';
    case 'ready':
    case 'waiting':
      if (telling.frozen.has(delivery.id)) return 'frozen';
      if (last?.kind === 'recovered') return 'interrupted';
      return last?.detail.reply === undefined ? 'not-tried' : `retrying-${blame}`;
    default:
      return delivery.state satisfies never;
  }
}

/** Everything that happened, in the order of time. */
export function toldEvents(message: TracedMessage, telling: Telling): ToldEvent[] {
  const words = TRACE_WORDS[telling.language];
  const recipients = new Map(message.deliveries.map(({ id, recipient }) => [id, recipient]));
  return message.events.map((event) => {
    const recipient = event.delivery === undefined ? undefined : recipients.get(event.delivery);
    const { until, reply, reading, suppressed } = event.detail;
    // What its host said once, or one of us wrote down, is nobody's fault of today.
    const blame = suppressed === undefined ? event.detail.blame : undefined;
    return {
      at: event.at,
      kind: event.kind,
      sentence: capital(
        event.kind === 'accepted' ? origin(message, words) : happening(event, { recipient, words, telling }),
      ),
      ...(recipient === undefined ? {} : { recipient }),
      ...(until === undefined ? {} : { until }),
      ...(blame === undefined ? {} : { blame }),
      ...(reply === undefined ? {} : { reply }),
      ...(reading === undefined ? {} : { reading }),
    };
  });
}

function origin({ origin: from, sender, deliveries }: TracedMessage, words: TraceWords): string {
  const address = from.client === undefined ? undefined : `[${from.client}]`;
  // Who has no name says its address, which needs no saying twice.
  const client = [...new Set([from.helo, address])].filter((part) => part !== undefined);
  const recipients = deliveries.map(({ recipient }) => recipient);
  return fill(words.origins[from.kind], {
    client: client.length === 0 ? '?' : client.join(' '),
    login: from.login ?? (sender === '' ? words.nobody : sender),
    count: recipients.length === 1 ? (recipients[0] as string) : String(recipients.length),
  });
}

function happening(
  event: TraceEvent,
  about: { recipient: string | undefined; words: TraceWords; telling: Telling },
): string {
  const { words, telling } = about;
  const { detail, kind } = event;
  if (kind === 'accepted') return '';
  const key = happeningKey(kind, detail);
  const filled = fill(words.events[key], {
    rcpt: about.recipient ?? '?',
    host: hostOf(detail.reply, words),
    mailbox: mailboxOf(detail),
    next: telling.time(detail.dueAt ?? event.at),
    stage: detail.reply === undefined ? '' : words.stages[detail.reply.stage],
    until: telling.time(detail.until ?? event.at),
    who: whoFroze(detail, words),
    reason: key === 'doubted' ? reasonInWords(detail.reason ?? '', telling.language) : why(event, words),
    group: groupName(detail.group ?? 0),
  });
  return filled.replace(/ +(?=[.;,])/g, '').replace(/ {2,}/g, ' ');
}

function why({ kind, detail: { reason, until, blame } }: TraceEvent, words: TraceWords): string {
  if (kind === 'delay-told') return words.delays[blame ?? 'unknown'];
  if (reason !== undefined) return reason;
  const stopped = until !== undefined && (blame === 'local' || blame === 'reputation');
  return stopped ? words.stoodStillBy[blame] : words.unknownReason;
}

function happeningKey(
  kind: Exclude<TraceEvent['kind'], 'accepted'>,
  { mailbox, group, reply, suppressed }: TraceEvent['detail'],
): keyof TraceWords['events'] {
  if (kind === 'delivered') return mailbox === undefined ? 'delivered-remote' : 'delivered-local';
  // Nobody was met while looking up where to go, or without a connection.
  if (kind === 'returned' && reply !== undefined && !['route', 'connect'].includes(reply.stage))
    return reply.code === undefined ? 'broken-off' : 'turned-away';
  if (suppressed !== undefined) return 'suppressed';
  return kind === 'held' && group !== undefined ? 'doubted' : kind;
}

/** Who answered, without its address; the route has nobody who answers. */
export function hostOf(reply: RemoteReply | undefined, words: TraceWords): string {
  return reply?.remote?.split(' ')[0] ?? words.theFarEnd;
}

/** Whose fault it is, in a sentence. */
export function blameInWords(blame: Blame, language: Language): string {
  return TRACE_WORDS[language].blames[blame];
}

/** `mx1.far.example [192.0.2.1]:25 said:`; for what our own side noted, that it was no reply. */
export function saidBy(reply: RemoteReply, language: Language): string {
  const words = TRACE_WORDS[language];
  if (reply.code === undefined) return words.noReply;
  return capital(fill(words.said, { host: reply.remote ?? words.theFarEnd }));
}

/** The reply as it came: code, enhanced code, words; one line for each of its lines. */
export function verbatim(reply: RemoteReply): string {
  const codes = [reply.code, reply.enhanced].filter((part) => part !== undefined).join(' ');
  return codes === '' ? reply.text : `${codes} ${reply.text}`;
}

/** Of these our own side knows more than the sentence says. */
const WITH_MORE: ReadonlySet<Mishap> = new Set(['no-lookup', 'not-smtp', 'bad-tls']);

/** The reply as it came; what happened in the place of one, in the reader's language. */
export function replyInWords(reply: RemoteReply, language: Language): string {
  const { code, mishap, text } = reply;
  if (code !== undefined || mishap === undefined || language === 'en') return verbatim(reply);
  const { mishaps } = DSN_WORDS[language];
  const sentence = fill(mishaps[mishap], { host: hostOf(reply, TRACE_WORDS[language]) });
  return WITH_MORE.has(mishap) ? `${sentence} (${text})` : sentence;
}

/** The same where there is room for one line. */
export function inOneLine(reply: RemoteReply, language: Language = 'en'): string {
  return replyInWords(reply, language).replaceAll('\n', ' / ');
}

/** Only words of ours begin with a capital; a host's name stays as it is. */
function capital(sentence: string): string {
  return /^(the|le) /.test(sentence) ? sentence.charAt(0).toUpperCase() + sentence.slice(1) : sentence;
}
