import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailboxId, MessageId } from '../../../core/envelope.ts';
import type { MailboxStore, SketchRef } from '../../../core/mailbox/port.ts';
import { type Layer, Sketcher } from '../../../core/mailbox/sketch.ts';
import { type PackedSketches, packSketches } from '../../../core/mailbox/sketch-block.ts';
import { SketchCache } from '../../../core/mailbox/sketch-cache.ts';
import { columnsOf } from '../../../core/mailbox/snapshot.ts';
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import type { ImapHandle } from '../handle.ts';
import type { Selected } from '../selected.ts';
import { Narrowing } from './narrowing.ts';

const COUNT = 40;
type Rows = (PackedSketches & { ref: SketchRef; bytesRead?: PackedSketches })[];

function rowOf(block: number, layer: Layer, texts: Record<number, string>): Rows[number] {
  const sketches = Object.entries(texts).map(([message, text]) => {
    const sketcher = new Sketcher(layer);
    sketcher.add(text);
    return { message: Number(message) as MessageId, bits: sketcher.finish() };
  });
  return { ref: { layer, mailbox: 1 as MailboxId, block }, ...packSketches(sketches) };
}

/** The narrowing of a search in a mailbox of these messages, and the rows that were read for it. */
async function narrowed(
  key: SearchKey,
  { messages, rows, open = COUNT }: { messages: readonly number[]; rows: Rows; open?: number },
): Promise<{ narrowing: Narrowing | undefined; read: number[] }> {
  const columns = columnsOf(messages.length);
  columns.messages.set(messages);
  const read: number[] = [];
  const store: Pick<MailboxStore, 'sketchHeads' | 'sketches'> = {
    async sketchHeads({ layers, most }) {
      if (most < rows.length) return undefined;
      return rows
        .filter(({ ref }) => layers.includes(ref.layer))
        .map(({ ref, messages: those }) => ({ ...ref, messages: those }));
    },
    async sketches({ of }) {
      return of.map(({ block, layer }) => {
        read.push(block);
        const row = rows.find(({ ref }) => ref.block === block && ref.layer === layer);
        return row && { layer, ...(row.bytesRead ?? row) };
      });
    },
  };
  // What it uses of a session and of a mailbox.
  const session = {
    context: { store, mailboxes: { sketches: new SketchCache() } },
    isOver: false,
    room: () => undefined,
  } as unknown as ImapHandle;
  const selected = {
    columns,
    count: messages.length,
    live: { ref: { account: 1, mailbox: 1 } },
  } as unknown as Selected;
  const narrowing = await Narrowing.of(session, selected, { key, open: [[0, open]] });
  return { narrowing, read };
}

const BODY: SearchKey = { kind: 'body', text: 'Needle' };
const TEXT: SearchKey = { kind: 'text', text: 'Needle' };
/** In no order, the fourth and the last are one message. */
const MESSAGES = Array.from({ length: COUNT }, (_, at) =>
  at === COUNT - 1 ? 1003 : 1000 + ((at * 7) % COUNT),
);
const placesOf = (message: number): number[] => MESSAGES.flatMap((one, at) => (one === message ? [at] : []));

function excluded(narrowing: Narrowing | undefined, key: SearchKey): number[] {
  const isExcluded = narrowing?.excluded(key);
  return MESSAGES.flatMap((message, at) => (isExcluded?.(at) ? [message] : []));
}

test('what is known not to have it is excluded, its copies too, and nothing else', async () => {
  const rows = [
    rowOf(1, 'body', { 7: 'hay', 1003: 'hay', 1005: 'a needle' }),
    rowOf(2, 'body', { 1004: 'straw' }),
  ];
  const { narrowing, read } = await narrowed(BODY, { messages: MESSAGES, rows });
  assert.deepEqual(
    excluded(narrowing, BODY).sort(),
    MESSAGES.filter((one) => one === 1003 || one === 1004).sort(),
  );
  assert.deepEqual(read, [1, 2]);
  const known = [1003, 1005, 1004].flatMap(placesOf);
  for (const [at] of MESSAGES.entries()) assert.equal(narrowing?.isKnown('body', at), known.includes(at));
});

test('a text is excluded where neither the header nor the body has it', async () => {
  const rows = [
    rowOf(1, 'header', { 1001: 'hay', 1002: 'hay', 1003: 'hay' }),
    rowOf(1, 'body', { 1001: 'hay', 1002: 'a needle' }),
  ];
  const { narrowing } = await narrowed(TEXT, { messages: MESSAGES, rows });
  assert.deepEqual(excluded(narrowing, TEXT), [1001]);
});

test('rows of other messages are not read, nor one that is about few of many', async () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [at, 'hay']));
  const rows = [
    rowOf(1, 'body', { 5: 'hay' }),
    rowOf(2, 'body', { ...many, 1001: 'hay' }),
    rowOf(3, 'body', { 1002: 'hay' }),
  ];
  assert.deepEqual((await narrowed(BODY, { messages: MESSAGES, rows })).read, [3]);
});

test('what was written anew while it was asked excludes nothing', async () => {
  const row = rowOf(1, 'body', { 1001: 'hay', 1002: 'hay' });
  const rows = [{ ...row, bytesRead: rowOf(1, 'body', { 1001: 'a needle', 1002: 'hay', 1003: 'hay' }) }];
  const { narrowing } = await narrowed(BODY, { messages: MESSAGES, rows });
  assert.deepEqual(excluded(narrowing, BODY), []);
});

test('nothing is asked for few messages, nor for a key that has no text', async () => {
  const rows = [rowOf(1, 'body', { 1001: 'hay' })];
  assert.equal((await narrowed(BODY, { messages: MESSAGES, rows, open: 31 })).narrowing, undefined);
  assert.equal((await narrowed({ kind: 'all' }, { messages: MESSAGES, rows })).narrowing, undefined);
});

test('a text too short to have pieces excludes nothing and reads no sketches', async () => {
  const rows = [rowOf(1, 'body', { 1001: 'hay' })];
  const short: SearchKey = { kind: 'body', text: 'ne' };
  const { narrowing, read } = await narrowed(short, { messages: MESSAGES, rows });
  assert.deepEqual([narrowing?.excluded(short), read], [undefined, []]);
  assert.equal(narrowing?.isKnown('body', placesOf(1001)[0] as number), true);
});
