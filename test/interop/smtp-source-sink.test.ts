/** smtp-source > relais serve > smtp-sink: what Postfix's own load tools send arrives, all of it, as it was. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { untilEnded } from '../children.ts';
import { type Peer, requirePeer } from '../peers.ts';
import { freePort } from '../server.ts';
import { isRoot, untilListening, userNamed } from './far-end.ts';
import { startHouse } from './house.ts';

const run = promisify(execFile);
const PATIENCE_MS = 60_000;
const POLL_MS = 200;

test('a thousand different messages, two recipients each', async (t) => {
  const [source, sink] = [requirePeer(t, 'smtp-source'), await startSink(t)];
  if (source === undefined || sink === undefined) return;
  const house = await startHouse(t, { nextHop: sink.port, tls: 'none' });
  const options = [
    '-s',
    '20',
    '-m',
    '1000',
    '-r',
    '2',
    '-l',
    '5000',
    '-f',
    'a@here.test',
    '-t',
    'b@far.test',
  ];
  await run(source.program, [...options, `127.0.0.1:${house.mx}`], { timeout: PATIENCE_MS });
  const seen = new Map<string, number>();
  // A message may come once for both recipients or once for each.
  for (const dump of await sink.until((dumps) => countRecipients(dumps) >= 2000)) {
    const [, id = ''] = /^Message-Id: <(.*)>$/m.exec(dump) ?? [];
    seen.set(id, (seen.get(id) ?? 0) + countRecipients([dump]));
  }
  assert.equal(seen.size, 1000);
  assert.deepEqual([...new Set(seen.values())], [2]);
});

test('the same message, dots and 8-bit and all, two hundred times', async (t) => {
  const [source, sink] = [requirePeer(t, 'smtp-source'), await startSink(t)];
  if (source === undefined || sink === undefined) return;
  const house = await startHouse(t, { nextHop: sink.port, tls: 'none' });
  const content = `From: a@here.test\nSubject: dots\n\n.\n..\n.dot\nDéjà vu\n\n ${'x'.repeat(900)}\n`;
  const file = join(sink.folder, 'message');
  writeFileSync(file, content);
  // Told to send a file, smtp-source ends it with one more line; smtp-sink ends a dump with another.
  const options = ['-s', '10', '-m', '200', '-F', file, '-f', 'a@here.test', '-t', 'b@far.test'];
  await run(source.program, [...options, `127.0.0.1:${house.mx}`], { timeout: PATIENCE_MS });
  for (const dump of await sink.until((dumps) => dumps.length >= 200)) {
    const [, before] = /^([\s\S]*?)From: a@here\.test\n/.exec(dump) ?? [];
    assert.match(before ?? '', /^Received: from [\s\S]*\n\tby mail\.here\.example /m);
    assert.equal(dump.slice(before?.length), `${content}\n\n`);
  }
});

function countRecipients(dumps: readonly string[]): number {
  return dumps.reduce((sum, dump) => sum + (dump.match(/^X-Rcpt-Args: /gm)?.length ?? 0), 0);
}

interface Sink {
  readonly port: number;
  readonly folder: string;
  /** What it took, a text for each message, once that is enough. */
  until(enough: (dumps: readonly string[]) => boolean): Promise<string[]>;
}

async function startSink(t: TestContext): Promise<Sink | undefined> {
  const peer: Peer | undefined = requirePeer(t, 'smtp-sink');
  if (peer === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'relais-sink-'));
  chmodSync(folder, 0o755);
  const dumps = join(folder, 'dumps');
  mkdirSync(dumps);
  const nobody = userNamed('nobody');
  const asRoot = isRoot() && nobody !== undefined;
  if (asRoot) chownSync(dumps, nobody.uid, nobody.gid);
  const port = await freePort();
  const user = asRoot ? ['-u', 'nobody'] : [];
  const sink = spawn(peer.program, [...user, '-d', join(dumps, 'm.'), `127.0.0.1:${port}`, '100'], {
    stdio: 'ignore',
  });
  t.after(async () => {
    sink.kill();
    await untilEnded(sink);
    rmSync(folder, { recursive: true, force: true });
  });
  await untilListening(port, () => 'smtp-sink says nothing');
  return { port, folder, until: (enough) => dumped(dumps, enough) };
}

async function dumped(folder: string, enough: (dumps: readonly string[]) => boolean): Promise<string[]> {
  let before = '';
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const dumps = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    // Twice the same: nothing is being written any more.
    const now = `${dumps.length} ${dumps.join('').length}`;
    if (enough(dumps) && now === before) return dumps;
    before = now;
    assert.ok(waitedMs < PATIENCE_MS, `only ${dumps.length} messages arrived`);
    await sleep(POLL_MS);
  }
}
