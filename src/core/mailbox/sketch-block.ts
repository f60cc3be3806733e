/** Sketches of many messages in one row: which messages, and behind each other their sketches. */
import type { MessageId } from '../envelope.ts';
import { decode, encode } from './numbers.ts';

/** Octets of sketches in a row, more or less: what is read and written at once. */
export const BLOCK_BYTES = 64 * 1024;
/** Messages in a row at most. */
export const MAX_SKETCHES = 1024;
/** To be raised when searches read anything else of a message than they did, or its pieces are others. */
const VERSION = 1;

export interface Sketch {
  readonly message: MessageId;
  readonly bits: Uint8Array;
}

export interface PackedSketches {
  readonly messages: Uint8Array;
  readonly bytes: Uint8Array;
}

/** By message, rising: that of `messages[i]` are the octets from `ends[i - 1]`, or the first, up to `ends[i]`. */
export interface SketchBlock {
  readonly messages: Float64Array;
  readonly ends: Float64Array;
  readonly bytes: Uint8Array;
}

/** Of several of one message the last counts. */
export function packSketches(sketches: readonly Sketch[]): PackedSketches {
  const byMessage = new Map(sketches.map((one) => [one.message, one]));
  const sorted = [...byMessage.values()].sort((a, b) => a.message - b.message);
  const numbers = new Float64Array(sorted.length * 2);
  let before = 0;
  for (const [index, { message, bits }] of sorted.entries()) {
    numbers[2 * index] = message - before;
    numbers[2 * index + 1] = bits.length;
    before = message;
  }
  return {
    messages: encode([VERSION, sorted.length], numbers),
    bytes: Buffer.concat(sorted.map(({ bits }) => bits)),
  };
}

/** Undefined for what another version has written. */
export function unpackSketches({ messages: packed, bytes }: PackedSketches): SketchBlock | undefined {
  if (packed[0] !== VERSION) return undefined;
  const head = decode(packed, { from: 1, count: 1 });
  const count = head.numbers[0] as number;
  const { numbers } = decode(packed, { from: head.end, count: count * 2 });
  const [messages, ends] = [new Float64Array(count), new Float64Array(count)];
  let [message, end] = [0, 0];
  for (let index = 0; index < count; index++) {
    message += numbers[2 * index] as number;
    end += numbers[2 * index + 1] as number;
    messages[index] = message;
    ends[index] = end;
  }
  return { messages, ends, bytes };
}

/** Whether the text of the message at a place may have all of the pieces that `probesOf` made. */
export function mayHave({ bytes, ends }: SketchBlock, at: number, probes: Uint16Array): boolean {
  const start = at === 0 ? 0 : (ends[at - 1] as number);
  const octets = (ends[at] as number) - start;
  if (octets === 0) return probes.length === 0;
  const mask = octets - 1;
  for (let index = 0; index < probes.length; index++) {
    const hash = probes[index] as number;
    if (((bytes[start + ((hash >>> 3) & mask)] as number) & (1 << (hash & 7))) === 0) return false;
  }
  return true;
}

export function sketchesIn({ messages, ends, bytes }: SketchBlock): Sketch[] {
  return Array.from(messages, (message, index) => ({
    message: message as MessageId,
    bits: bytes.subarray(index === 0 ? 0 : (ends[index - 1] as number), ends[index] as number),
  }));
}
