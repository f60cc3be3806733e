/**
 * The life of a message to many recipients, without saying the same thing for each: those that met the same, in the same
 * words, are told in one sentence, with how many they are and the first of them.
 */
import { fill } from '../../wire/dsn/words.ts';
import type { DeliveryId } from '../envelope.ts';
import type { TracedMessage } from './port.ts';
import { type Telling, type ToldEvent, toldEvents, type Verdict, verbatim, verdictsOn } from './sentences.ts';
import { TRACE_WORDS } from './words.ts';

/** Recipients of one sentence that are named. */
const MOST_NAMED = 5;
/** What happened to several is one thing when it happened within this time, ms. */
const AT_ONCE_MS = 60_000;

/** Stand for a recipient and a moment while sentences are compared. */
const RECIPIENT = '\ue000';
const MOMENT = /\ue001(-?\d+)\ue001/g;

/** The verdicts, the first of each group with the sentence of all. */
export function groupedVerdicts(message: TracedMessage, telling: Telling): Verdict[] {
  const open = masked(message, telling);
  const groups = Map.groupBy(verdictsOn(open.message, open.telling), (verdict) => {
    const { state, kind, blame, sentence, reply } = verdict;
    return JSON.stringify([state, kind, blame, pattern(sentence), reply?.remote, reply && verbatim(reply)]);
  });
  return [...groups.values()].map((group) => {
    const [first] = group as [Verdict, ...Verdict[]];
    const recipients = group.map(({ delivery }) => open.recipients.get(delivery) ?? '');
    const sentences = group.map(({ sentence }) => sentence);
    return {
      ...first,
      recipient: recipients[0] as string,
      sentence: ofAll(sentences, { recipients, telling }),
    };
  });
}

/** Which addresses here sent it on, and to whom. */
export function forwardsInWords({ deliveries }: TracedMessage, telling: Telling): string[] {
  const ways = Map.groupBy(deliveries, ({ via }) => via);
  return [...ways].flatMap(([via, group]) =>
    via === undefined
      ? []
      : fill(TRACE_WORDS[telling.language].sentOn, {
          via,
          rcpt: inWords(
            group.map(({ recipient }) => recipient),
            telling,
          ),
        }),
  );
}

interface Group {
  readonly first: ToldEvent;
  /** Its place among all events. */
  readonly begun: number;
  readonly sentences: string[];
  readonly deliveries: Set<DeliveryId>;
}

/** What happened, in the order of time; what happened to many at once is told where it began. */
export function groupedEvents(message: TracedMessage, telling: Telling): ToldEvent[] {
  const open = masked(message, telling);
  const groups: Group[] = [];
  const latest = new Map<string, Group>();
  /** The last event of each delivery. */
  const before = new Map<DeliveryId | undefined, number>();
  for (const [index, told] of toldEvents(open.message, open.telling).entries()) {
    const delivery = message.events[index]?.delivery;
    const { kind, sentence, reply, at } = told;
    const key = JSON.stringify([kind, pattern(sentence), reply && verbatim(reply)]);
    const group = latest.get(key);
    // What happened to a recipient in between is not told after what came of it.
    const goesOn =
      group !== undefined && at - group.first.at <= AT_ONCE_MS && (before.get(delivery) ?? -1) < group.begun;
    before.set(delivery, index);
    if (goesOn && delivery !== undefined && !group.deliveries.has(delivery)) {
      group.sentences.push(sentence);
      group.deliveries.add(delivery);
      continue;
    }
    const begun = {
      first: told,
      begun: index,
      sentences: [sentence],
      deliveries: new Set(delivery === undefined ? [] : [delivery]),
    };
    latest.set(key, begun);
    groups.push(begun);
  }
  return groups.map(({ first, sentences, deliveries }) => {
    // The acceptance names its only recipient itself.
    const meant = deliveries.size === 0 ? [...open.recipients.keys()] : [...deliveries];
    const recipients = meant.map((delivery) => open.recipients.get(delivery) ?? '');
    return { ...first, sentence: ofAll(sentences, { recipients, telling }) };
  });
}

/** With marks in place of what tells one recipient's sentence from another's. */
function masked(
  message: TracedMessage,
  telling: Telling,
): { message: TracedMessage; telling: Telling; recipients: ReadonlyMap<DeliveryId, string> } {
  const deliveries = message.deliveries.map((delivery) => ({ ...delivery, recipient: RECIPIENT }));
  return {
    message: { ...message, deliveries },
    telling: { ...telling, time: (ms) => `\ue001${ms}\ue001` },
    recipients: new Map(message.deliveries.map(({ id, recipient }) => [id, recipient])),
  };
}

function pattern(sentence: string): string {
  return sentence.replace(MOMENT, '\ue001');
}

/** One sentence for those that differ in their moments alone: each moment is told from the first to the last. */
function ofAll(
  sentences: readonly string[],
  { recipients, telling }: { recipients: readonly string[]; telling: Telling },
): string {
  const moments = sentences.map((sentence) => [...sentence.matchAll(MOMENT)].map(([, ms]) => Number(ms)));
  const spans = (moments[0] ?? []).map((_, index) => {
    const all = moments.map((one) => one[index] as number);
    const [from, to] = [telling.time(Math.min(...all)), telling.time(Math.max(...all))];
    return from === to ? from : fill(TRACE_WORDS[telling.language].span, { from, to });
  });
  let index = 0;
  return (sentences[0] as string)
    .replace(MOMENT, () => spans[index++] as string)
    .replaceAll(RECIPIENT, () => inWords(recipients, telling));
}

/** An address, or `150 recipients (a@x.example, … and 145 more)`. */
function inWords(recipients: readonly string[], { language }: Telling): string {
  const [only] = recipients;
  if (only !== undefined && recipients.length === 1) return only;
  const words = TRACE_WORDS[language];
  const named = recipients.slice(0, MOST_NAMED).join(', ');
  const more = recipients.length - MOST_NAMED;
  const some = more > 0 ? `${named} ${fill(words.andMore, { more: String(more) })}` : named;
  return fill(words.recipients, { count: String(recipients.length), some });
}
