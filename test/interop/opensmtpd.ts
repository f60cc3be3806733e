/**
 * OpenSMTPD from its unpacked Debian package. Its paths are compiled in, so it runs in a mount namespace of its own,
 * where empty file systems stand in their places; that needs root.
 *
 * Debian 12's offers STARTTLS, but cannot do it: built for OpenSSL 1.1, it breaks every handshake under OpenSSL 3
 * (OpenSMTPD issue 1171). That makes it the far end which fails just when it should encrypt.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { untilEnded } from '../children.ts';
import type { Peer } from '../peers.ts';
import { freePort } from '../server.ts';
import { makeFolder, type RealFarEnd, textOf, untilListening, userNamed } from './far-end.ts';

/** `peer`: `opensmtpd`. */
export async function startOpensmtpd(peer: Peer): Promise<RealFarEnd> {
  const { folder, mail } = makeFolder('opensmtpd', userNamed('nobody'));
  // It asks for the key to be root's.
  chownSync(join(folder, 'key.pem'), 0, 0);
  const port = await freePort();
  writeFileSync(join(folder, 'conf'), configuration(folder, port));
  writeFileSync(join(folder, 'start'), startScript(peer, folder));
  chmodSync(join(folder, 'start'), 0o755);
  const logFile = join(folder, 'log');
  // In the foreground, and the parent of a new group, so that all of it ends together.
  const daemon = spawn('unshare', ['--mount', '--propagation', 'private', join(folder, 'start')], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [daemon.stdout, daemon.stderr])
    stream.on('data', (chunk: Buffer) => appendFileSync(logFile, chunk));
  const log = (): string => textOf(logFile);
  await untilListening(port, log);
  return {
    port,
    mail,
    log,
    async stop() {
      daemon.kill('SIGTERM');
      await untilEnded(daemon);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** `exec` at the end: the daemon is the process that we started. */
function startScript({ program, folder: found }: Peer, folder: string): string {
  const libexec = join(dirname(found), 'libexec', 'opensmtpd');
  return `#!/bin/sh
set -e
for place in /var/spool /var/lib /run; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
mkdir -m 711 /var/spool/smtpd
mkdir -p /var/lib/opensmtpd/empty
[ -d /usr/libexec ] || mkdir /usr/libexec
mkdir ${folder}/libexec
cp -r ${libexec} ${folder}/libexec/opensmtpd
cp ${program} ${folder}/libexec/smtpd
mount --bind ${folder}/libexec /usr/libexec
exec /usr/libexec/smtpd -d -f ${folder}/conf
`;
}

function configuration(folder: string, port: number): string {
  return `pki far cert "${folder}/cert.pem"
pki far key "${folder}/key.pem"
listen on 127.0.0.1 port ${port} tls pki far hostname mx.far.example
action keep maildir "${folder}/mail/%{rcpt.user}" virtual { "@far.example" = nobody }
match from any for domain far.example action keep
`;
}
