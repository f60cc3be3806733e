/** Relais as an operator runs it: one worker, its store a file. */
import { openSqlite } from '../../../src/store/sqlite/open.ts';
import { imapOnly, onboard } from '../../onboard.ts';
import { RelaisServer } from '../../server.ts';
import type { ImapSubject, Ports } from './subject.ts';

const LOGIN = { user: 'ana@here.example', password: 'correct horse battery' };

/** `receivers`: further accounts, which nobody logs in to. */
export async function startRelais(ports: Ports, receivers: readonly string[] = []): Promise<ImapSubject> {
  const lmtp = `[[listen]]\nkind = "lmtp"\naddress = "127.0.0.1:${ports.lmtp}"\ntls = "none"\n`;
  const server = new RelaisServer({ workers: 1, toml: `${imapOnly(ports.imap)}${lmtp}` });
  await onboard(server.folder, { address: LOGIN.user, password: LOGIN.password });
  const store = await openSqlite(server.data);
  for (const address of receivers)
    await store.addAccount({ address, language: 'en', password: '', scram: '', at: Date.now() });
  await store.close();
  await server.start();
  return { name: 'Relais', ports, login: LOGIN, stop: () => server.remove() };
}
