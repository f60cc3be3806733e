/** Relais as an operator runs it: one worker, its store a file. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runWith } from '../../command-line.ts';
import { RelaisServer } from '../../server.ts';
import type { ImapSubject } from './subject.ts';

const LOGIN = { user: 'ana@here.example', password: 'correct horse battery' };

export async function startRelais(port: number): Promise<ImapSubject> {
  const toml = `hostname = "mail.here.example"
[login]
plainOnLoopback = true
[[listen]]
kind = "imap"
address = "127.0.0.1:${port}"
tls = "none"
`;
  const server = new RelaisServer({ workers: 1, toml });
  const config = join(server.folder, 'relais.toml');
  const done = async (words: string[], input = ''): Promise<void> => {
    const { code, err } = await runWith([...words, '--config', config], Readable.from([Buffer.from(input)]));
    if (code !== 0) throw new Error(err);
  };
  await done(['domain', 'add', 'here.example']);
  await done(['account', 'add', LOGIN.user, '--password-stdin'], `${LOGIN.password}\n`);
  await server.start();
  return { name: 'Relais', port, login: LOGIN, stop: () => server.remove() };
}
