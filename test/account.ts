/** Accounts that submit mail over real connections, from where they like. */
import type { World } from './world.ts';
import { PASSWORD } from './world.ts';

export interface Letter {
  readonly to: readonly string[];
  /** Header fields, CRLF after each. */
  readonly fields?: string;
  readonly subject: string;
  readonly text: string;
}

/** Makes another account with the password of all; `language` is that of its notices. */
export async function addAccount(
  { store }: World,
  about: { address: string; like: string; language?: 'en' | 'fr' },
): Promise<void> {
  const like = await store.account(about.like);
  if (like === undefined) throw new Error(`nobody is ${about.like}`);
  const { password, scram } = like;
  const { address, language = 'en' } = about;
  await store.addAccount({ address, language, password, scram, at: Date.now() });
}

/** Logs in from `from` (127.x.y.z) and sends; the last reply, as `250` or `535 5.7.13 …`. */
export async function submit(
  world: Pick<World, 'submission' | 'dialogue'>,
  account: string,
  { from, letter }: { from: string; letter: Letter },
): Promise<string> {
  const dialogue = await world.dialogue(world.submission, { from });
  const login = Buffer.from(`\0${account}\0${PASSWORD}`).toString('base64');
  const ask = async (line: string): Promise<string> => {
    await dialogue.send(`${line}\r\n`);
    const reply = await dialogue.reply();
    return reply === 'closed' ? 'closed' : `${reply.code} ${reply.enhanced ?? ''} ${reply.lines.join(' ')}`;
  };
  try {
    await dialogue.reply();
    await ask('EHLO client.example');
    const { to, subject, text, fields = '' } = letter;
    for (const line of [
      `AUTH PLAIN ${login}`,
      `MAIL FROM:<${account}>`,
      ...to.map((one) => `RCPT TO:<${one}>`),
    ]) {
      const said = await ask(line);
      if (!said.startsWith('2')) return said;
    }
    await ask('DATA');
    return await ask(`From: <${account}>\r\nSubject: ${subject}\r\n${fields}\r\n${text}\r\n.`);
  } finally {
    dialogue.close();
  }
}
