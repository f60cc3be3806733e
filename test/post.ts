/** Mail from outside over a real connection, and a world on either store for it to come to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestContext, test } from 'node:test';
import { postgres } from './postgres.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

export interface Posted {
  /** `<>` unless given: the null reverse-path is written as it is. */
  readonly from?: string;
  readonly to: readonly string[];
  /** Header fields, CRLF after each; From and Subject unless given. */
  readonly fields?: string;
  readonly text?: string;
}

/** The last reply, as `250 2.0.0 …`: of the first RCPT that is refused, or of the content. */
export async function post({ mx, dialogue }: World, letter: Posted): Promise<string> {
  const client = await dialogue(mx);
  const ask = async (line: string): Promise<string> => {
    await client.send(`${line}\r\n`);
    const reply = await client.reply();
    return reply === 'closed' ? 'closed' : `${reply.code} ${reply.enhanced ?? ''} ${reply.lines.join(' ')}`;
  };
  const { from = '', to, fields = 'From: <friend@far.example>\r\nSubject: x\r\n', text = 'Hello.' } = letter;
  try {
    await client.reply();
    await ask('EHLO client.example');
    for (const line of [`MAIL FROM:<${from}>`, ...to.map((one) => `RCPT TO:<${one}>`)]) {
      const said = await ask(line);
      if (!said.startsWith('2')) return said;
    }
    await ask('DATA');
    return await ask(`${fields}\r\n${text}\r\n.`);
  } finally {
    client.close();
  }
}

const PATIENCE_MS = 20_000;
const POLL_MS = 20;

/** Until something is so, at most twenty seconds. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await isSo()); await sleep(POLL_MS))
    if (Date.now() > deadline) throw new Error(`it did not come to this: ${what}`);
}

/** The same on a file and on a PostgreSQL, where there is one. */
export function onBothStores(
  name: string,
  options: Omit<WorldOptions, 'store'>,
  run: (world: World, t: TestContext) => Promise<void>,
): void {
  const on = async (t: TestContext, store?: string): Promise<void> => {
    const world = await startWorld({ ...options, ...(store === undefined ? {} : { store }) });
    t.after(() => world.stop());
    await run(world, t);
  };
  test(`SQLite: ${name}`, (t) => on(t));
  test(`PostgreSQL: ${name}`, async (t) => {
    const database = await postgres(t);
    if (database !== undefined) await on(t, await database.database());
  });
}
