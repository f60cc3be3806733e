/** The texts of a message that searches look into, by what is kept of them (`core/mailbox/sketch.ts`): folded, as they are compared. */
import { type Layer, Sketcher } from '../../../core/mailbox/sketch.ts';
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import { decodeWords } from '../../../wire/mime/encoded-words.ts';
import type { Envelope, EnvelopeAddress } from '../../../wire/mime/structure.ts';
import { folded } from './folded.ts';

/** Fields that the envelope has. */
const IN_ENVELOPE = new Map<string, (envelope: Envelope) => readonly string[]>([
  ['from', ({ from }) => addressTexts(from)],
  ['to', ({ to }) => addressTexts(to)],
  ['cc', ({ cc }) => addressTexts(cc)],
  ['bcc', ({ bcc }) => addressTexts(bcc)],
  ['subject', ({ subject }) => (subject === undefined ? [] : [decodeWords(subject)])],
  ['message-id', ({ messageId }) => (messageId === undefined ? [] : [messageId])],
]);
/** By their places above: what their sketch tells them apart by. */
const NUMBERS = new Map([...IN_ENVELOPE.keys()].map((name, index) => [name, index]));

/** `Name <mailbox@host>` of each, as a person reads it. */
function addressTexts(list: readonly EnvelopeAddress[]): string[] {
  return list.map(({ name, mailbox, host }) => {
    const address = host === undefined ? (mailbox ?? '') : `${mailbox}@${host}`;
    return name === undefined ? address : `${decodeWords(name)} <${address}>`;
  });
}

/** What the envelope has of a field, one text for each value, folded; undefined for a field that is not in it. */
export function envelopeTexts(nameLower: string): ((envelope: Envelope) => string[]) | undefined {
  const valuesOf = IN_ENVELOPE.get(nameLower);
  return valuesOf && ((envelope) => valuesOf(envelope).map(folded));
}

export function sketchOfEnvelope(envelope: Envelope): Uint8Array {
  const sketcher = new Sketcher('envelope');
  for (const [name, valuesOf] of IN_ENVELOPE)
    for (const value of valuesOf(envelope)) sketcher.addField(NUMBERS.get(name) as number, folded(value));
  return sketcher.finish();
}

/** A key that looks for a text: in which layers, and, of an envelope, in which of its fields. */
export interface TextKey {
  readonly key: SearchKey;
  readonly text: string;
  readonly layers: readonly Layer[];
  readonly field: number;
}

/** Those of a search, in their order. */
export function textKeys(key: SearchKey): TextKey[] {
  if ('keys' in key) return key.keys.flatMap(textKeys);
  if ('key' in key) return textKeys(key.key);
  switch (key.kind) {
    case 'header': {
      const field = NUMBERS.get(key.name.toLowerCase());
      const layer = field === undefined ? 'header' : 'envelope';
      return [{ key, text: folded(key.text), layers: [layer], field: field ?? 0 }];
    }
    case 'body':
      return [{ key, text: folded(key.text), layers: ['body'], field: 0 }];
    case 'text':
      return [{ key, text: folded(key.text), layers: ['header', 'body'], field: 0 }];
    default:
      return [];
  }
}
