/** A supervisor is killed in the midst of a delivery, and started again: what its workers were about to send is not sent twice. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialogue } from '../dialogue.ts';
import { freePort, RelaisServer, relaying } from '../server.ts';

/** Before it says a word to MAIL. */
const SLOW_MS = 6_000;
const ENDS_WITHIN_MS = 15_000;

test('workers without their supervisor end, and send nothing that others may have by then', async (t) => {
  let [begun, taken] = [0, 0];
  const far = createServer((socket) =>
    answer(socket, (line) => {
      if (line.startsWith('MAIL')) begun++;
      if (line === '.') taken++;
    }),
  );
  far.listen(0, '127.0.0.1');
  await once(far, 'listening');
  t.after(() => far.close());
  const port = await freePort();
  const toml = relaying(port, { '*': `127.0.0.1:${(far.address() as AddressInfo).port}` });
  const server = new RelaisServer({ workers: 1, toml });
  const again = new RelaisServer({ workers: 1, toml, folder: server.folder });
  t.after(async () => {
    await again.killAll();
    await server.remove();
  });
  await server.start();
  await submit(port);
  while (begun === 0) await sleep(50);
  const [worker] = server.workers as [number];
  await server.killSupervisor();
  const killed = Date.now();
  await again.start();
  while (isThere(worker)) {
    assert.ok(Date.now() - killed < ENDS_WITHIN_MS, 'the worker goes on without its supervisor');
    await sleep(100);
  }
  while (taken === 0) {
    assert.ok(Date.now() - killed < 60_000, 'nothing arrives');
    await sleep(100);
  }
  // A second copy would have come by then.
  await sleep(2 * SLOW_MS);
  assert.equal(taken, 1);
});

function answer(socket: Socket, heard: (line: string) => void): void {
  let isContent = false;
  socket.on('error', () => undefined).write('220 far.example\r\n');
  socket.on('data', async (chunk) => {
    for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
      if (isContent && line !== '.') continue;
      isContent = false;
      heard(line);
      if (line.startsWith('MAIL')) await sleep(SLOW_MS);
      isContent = line === 'DATA';
      if (line === 'QUIT') socket.end('221 bye\r\n');
      else socket.write(isContent ? '354 go on\r\n' : '250 fine\r\n');
    }
  });
}

async function submit(port: number): Promise<void> {
  const client = await Dialogue.open({ port, patienceMs: 20_000 });
  await client.codes(1);
  await client.send('EHLO here.example\r\nMAIL FROM:<a@here.example>\r\nRCPT TO:<b@far.example>\r\nDATA\r\n');
  await client.codes(4);
  await client.send('Subject: one\r\n\r\none\r\n.\r\n');
  assert.deepEqual(
    (await client.codes(1)).map((code) => code.slice(0, 3)),
    ['250'],
  );
  client.close();
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
