/** Relais as an operator runs it: one worker, its store a file. */
import { imapOnly, onboard } from '../../onboard.ts';
import { RelaisServer } from '../../server.ts';
import type { ImapSubject } from './subject.ts';

const LOGIN = { user: 'ana@here.example', password: 'correct horse battery' };

export async function startRelais(port: number): Promise<ImapSubject> {
  const server = new RelaisServer({ workers: 1, toml: imapOnly(port) });
  await onboard(server.folder, { address: LOGIN.user, password: LOGIN.password });
  await server.start();
  return { name: 'Relais', port, login: LOGIN, stop: () => server.remove() };
}
