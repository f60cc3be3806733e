/** Where measured mail goes: Postfix's smtp-sink, which takes everything. */
import { type ChildProcess, spawn } from 'node:child_process';

export function startSink(port: number): ChildProcess {
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  return spawn('smtp-sink', [...asNobody, '-c', `127.0.0.1:${port}`, '1000'], { stdio: 'ignore' });
}
