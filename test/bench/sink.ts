/** Where measured mail goes: Postfix's smtp-sink, which takes everything. */
import { type ChildProcess, spawn } from 'node:child_process';
import { findPeer, missingPeer } from '../peers.ts';

/** Ends the bench where there is none. */
export function startSink(port: number): ChildProcess {
  const peer = findPeer('smtp-sink');
  if (peer === undefined) {
    process.stderr.write(`${missingPeer('smtp-sink')}\n`);
    process.exit(1);
  }
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  return spawn(peer.program, [...asNobody, '-c', `127.0.0.1:${port}`, '1000'], { stdio: 'ignore' });
}
