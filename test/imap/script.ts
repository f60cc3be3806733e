/**
 * Dialogues as RFCs write them, one text file for each command or extension:
 *
 *     == what is shown
 *     append INBOX (\Seen)      a message that is there before, its lines behind bars
 *     | Subject: one
 *     C: SELECT INBOX           what the client says, without its tag; `\r\n` as `^`
 *     S: * 1 EXISTS             every response, in order, without the tag; `…` is anything, alone any number of responses
 *     C2: NOOP                  another client of the same account
 *
 * Each has an account of its own, and clients that have logged in. `C: <LINE` sends a line without a tag, and waits for nothing.
 */
import assert from 'node:assert/strict';
import { ImapTalk } from './talk.ts';
import { addAccount } from '../account.ts';
import { ALICE, PASSWORD, type World } from '../world.ts';

interface Step {
  readonly line: number;
  readonly client: string;
  readonly says: string;
  readonly hears: string[];
}

export interface Script {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly messages: readonly { readonly where: string; readonly text: string }[];
}

export function parseScripts(text: string): Script[] {
  const scripts: { name: string; steps: Step[]; messages: { where: string; text: string }[] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const script = scripts.at(-1);
    const [, kind = '', client = '', rest = ''] = /^([CS])(\d?): ?(.*)$/.exec(line) ?? [];
    if (line.startsWith('== ')) scripts.push({ name: line.slice(3), steps: [], messages: [] });
    else if (line === '' || line.startsWith('#')) continue;
    else if (script === undefined) throw new Error(`line ${index + 1}: no dialogue has begun`);
    else if (line.startsWith('append ')) script.messages.push({ where: line.slice(7), text: '' });
    else if (line.startsWith('|')) {
      const message = script.messages.at(-1);
      if (message !== undefined) message.text += `${unwritten(line.slice(2))}\r\n`;
    } else if (kind === 'C') script.steps.push({ line: index + 1, client, says: unwritten(rest), hears: [] });
    else if (kind === 'S') script.steps.at(-1)?.hears.push(rest);
    else throw new Error(`line ${index + 1} is nothing: ${line}`);
  }
  return scripts;
}

function unwritten(text: string): string {
  return text.replaceAll('^', '\r\n');
}

let accounts = 0;

export async function play(world: World, script: Script): Promise<void> {
  const address = `dialogue${++accounts}@x.example`;
  await addAccount(world, { address, like: ALICE });
  const clients = new Map<string, ImapTalk>();
  const client = async (name: string): Promise<ImapTalk> => {
    const known = clients.get(name) ?? (await loggedIn(world, address));
    clients.set(name, known);
    return known;
  };
  try {
    const first = await client('');
    for (const { where, text } of script.messages) {
      const said = await first.ask(`APPEND ${where} {${Buffer.byteLength(text)}}\r\n${text}`);
      assert.match(said.at(-1) ?? '', /^OK/);
    }
    for (const step of script.steps) await take(await client(step.client), step, script.name);
  } finally {
    for (const talk of clients.values()) talk.close();
  }
}

export function loggedIn(world: World, address: string): Promise<ImapTalk> {
  return ImapTalk.loggedIn({ port: world.imap, user: address, password: PASSWORD });
}

async function take(talk: ImapTalk, { says, hears, line }: Step, name: string): Promise<void> {
  const where = `${name}, line ${line}`;
  if (says === '<') {
    const heard: string[] = [];
    for (const _ of hears) heard.push(await talk.response());
    return assertHeard(heard, hears, where);
  }
  if (says.startsWith('<')) {
    talk.send(`${says.slice(1)}\r\n`);
    const heard: string[] = [];
    for (const _ of hears) heard.push(await talk.response());
    return assertHeard(heard, hears, where);
  }
  assertHeard(await talk.ask(says), hears, where);
}

function assertHeard(heard: readonly string[], wanted: readonly string[], where: string): void {
  const shown = heard.map((line) => line.replaceAll('\r\n', '^'));
  const pattern = wanted.map((line) => (line === '…' ? '(?:[^\\n]*\\n)*' : `${escaped(line)}\\n`)).join('');
  if (new RegExp(`^${pattern}$`).test(shown.map((line) => `${line}\n`).join(''))) return;
  assert.deepEqual(shown, wanted, where);
}

function escaped(line: string): string {
  return line
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n]*');
}
