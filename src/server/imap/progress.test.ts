import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { ImapHandle } from './handle.ts';
import { Progress } from './progress.ts';

test('a command that takes long says how far it is, once in ten seconds', async () => {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const session = {
    context: { clock },
    tag: 'a1',
    send: (piece: string) => sent.push(piece),
    flush: () => undefined,
  } as unknown as ImapHandle;
  const progress = new Progress(session, 1_000);
  for (let done = 0; done < 640; done++) {
    if (done % 64 === 0) await clock.advance(4_000);
    progress.made();
  }
  assert.deepEqual(
    sent.map((line) => /^\* OK \[INPROGRESS \("a1" (\d+) 1000\)\] /.exec(line)?.[1]),
    ['192', '384', '576'],
  );
});
