/** Hostile dialogues as rows of a table, against a whole worker over a real socket. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Dialogue } from './dialogue.ts';
import { ALICE, startWorld, type World, type WorldOptions } from './world.ts';

/** What is sent (Latin-1, one character an octet), and exactly the codes that come back: `250 354 501/5.5.2`. */
export type Exchange = readonly [sent: string, codes: string];

/** `secure`: the TLS handshake; `half-close`: no more is sent, everything is read. */
export type Turn = Exchange | Drip | 'secure' | 'half-close';

/** Sent again and again, an octet at a time, until the server ends the connection with these codes. */
export interface Drip {
  readonly drip: string;
  readonly everyMs: number;
  readonly codes: string;
}

export interface Row {
  readonly name: string;
  readonly turns: readonly Turn[];
  /**
   * What becomes of the connection. `open` (default): QUIT is answered and closes it, and nothing else was said before;
   * `closed`: the server has closed it, without another word; `vanishes`: the client resets it.
   */
  readonly end?: 'open' | 'closed' | 'vanishes';
  /** Messages that arrive in the INBOX. */
  readonly kept?: number;
  readonly at?: 'mx' | 'submission';
  /** Everything is sent before the greeting is read. */
  readonly early?: true;
  readonly byOctet?: true;
  readonly todo?: string;
}

export const EHLO: Exchange = ['EHLO far.example\r\n', '250'];
export const MAIL: Exchange = ['MAIL FROM:<s@far.example>\r\n', '250/2.1.0'];
export const RCPT: Exchange = [`RCPT TO:<${ALICE}>\r\n`, '250/2.1.5'];
export const DATA: Exchange = ['DATA\r\n', '354'];
export const BEGUN: readonly Exchange[] = [EHLO, MAIL, RCPT];
export const QUIT: Exchange = ['QUIT\r\n', '221/2.0.0'];
export const HEADER = 'From: s@far.example\r\nSubject: x\r\n\r\n';

/** Several exchanges in one write. */
export function atOnce(...exchanges: readonly Exchange[]): Exchange {
  return [exchanges.map(([sent]) => sent).join(''), exchanges.map(([, codes]) => codes).join(' ')];
}

/** Runs the rows one after the other in a world of their own; after each a well-behaved client is served as ever. */
export function abuse(options: WorldOptions, rows: readonly Row[]): void {
  let world: World;
  before(async () => {
    world = await startWorld(options);
  });
  after(() => world.stop());
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length, 'two rows have one name');
  for (const row of rows) {
    test(row.name, row.todo === undefined ? {} : { todo: row.todo }, () => run(world, row));
  }
}

async function run(world: World, row: Row): Promise<void> {
  const had = await world.inbox(ALICE);
  const dialogue = await world.dialogue(world[row.at ?? 'mx']);
  try {
    if (row.early !== true) assert.deepEqual(await dialogue.codes(1), ['220']);
    for (const turn of row.turns) await take(dialogue, turn, row);
    if (row.end === 'vanishes') dialogue.vanish();
    else await assertEnd(dialogue, row.end ?? 'open');
  } finally {
    dialogue.close();
  }
  await behaveWell(world);
  assert.equal((await world.inbox(ALICE)) - had - 1, row.kept ?? 0, 'messages kept');
}

async function take(dialogue: Dialogue, turn: Turn, row: Row): Promise<void> {
  if (turn === 'secure') return dialogue.secure();
  if (turn === 'half-close') return dialogue.halfClose();
  if ('drip' in turn) {
    await dialogue.drip(turn.drip, turn.everyMs);
    assert.deepEqual(await dialogue.untilClosed(), turn.codes.split(' '));
    return;
  }
  const [sent, codes] = turn;
  const expected = codes.split(' ').filter((code) => code !== '');
  const send = (): Promise<void> => (row.byOctet === true ? dialogue.sendByOctet(sent) : dialogue.send(sent));
  const sending = sent === '' ? undefined : send();
  assert.deepEqual(
    await dialogue.codes(expected.length),
    expected,
    `after ${JSON.stringify(sent.slice(0, 100))}`,
  );
  await sending;
}

async function assertEnd(dialogue: Dialogue, end: 'open' | 'closed'): Promise<void> {
  if (end === 'open') {
    await dialogue.send(QUIT[0]);
    assert.deepEqual(await dialogue.codes(1), [QUIT[1]]);
  }
  assert.deepEqual(await dialogue.untilClosed(), []);
}

/** One message, as every client sends it. */
export async function behaveWell(world: World): Promise<void> {
  const dialogue = await world.dialogue(world.mx, { from: '127.0.0.9' });
  assert.deepEqual(await dialogue.codes(1), ['220']);
  for (const [sent, code] of [...BEGUN, DATA, [`${HEADER}body\r\n.\r\n`, '250/2.0.0'], QUIT] as const) {
    await dialogue.send(sent);
    assert.deepEqual(await dialogue.codes(1), [code], 'a well-behaved client is not served');
  }
  dialogue.close();
}
