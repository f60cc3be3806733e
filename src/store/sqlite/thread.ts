/** The thread that owns a server's SQLite connection, so that a slow disk never stops the event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Outcome } from '../sql/sql.ts';
import { SqliteEngine } from './engine.ts';
import type { FromThread, ToThread } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const engine = new SqliteEngine((workerData as { file: string }).file);

port.on('message', (message: ToThread) => {
  void answer(message).then((reply) => {
    port.postMessage(reply);
    if (message.kind === 'close') port.close();
  });
});

async function answer(message: ToThread): Promise<FromThread> {
  switch (message.kind) {
    case 'transact':
      return { id: message.id, ...(await engine.transact(message.calls)) };
    case 'read':
      return { id: message.id, outcomes: [await outcomeOf(() => engine.read(message.call))], changed: [] };
    case 'space':
      return { id: message.id, outcomes: [await outcomeOf(() => engine.space())], changed: [] };
    case 'close':
      await engine.close();
      return { id: message.id, outcomes: [], changed: [] };
    default:
      return message satisfies never;
  }
}

async function outcomeOf(ask: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    return { ok: false, error: error as Error };
  }
}
