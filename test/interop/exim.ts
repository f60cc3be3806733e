/** Exim from its unpacked Debian package. It runs as the user that it was built for, or as whoever we are. */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilEnded } from '../children.ts';
import type { Peer } from '../peers.ts';
import { freePort } from '../server.ts';
import {
  isRoot,
  makeFolder,
  type RealFarEnd,
  textOf,
  type User,
  untilListening,
  userNamed,
} from './far-end.ts';
import { LOCAL_PARTS } from './samples.ts';

/** `peer`: `exim4`. */
export async function startExim(peer: Peer): Promise<RealFarEnd> {
  const user = isRoot() ? userNamed('Debian-exim') : undefined;
  if (isRoot() && user === undefined) throw new Error('the user Debian-exim is needed: .ci/run makes it');
  const { folder, mail } = makeFolder('exim', user);
  const port = await freePort();
  // A copy, since it runs itself again as another user, who may not look where we found it.
  copyFileSync(peer.program, join(folder, 'exim'));
  chmodSync(join(folder, 'exim'), 0o755);
  for (const name of ['spool', 'logs']) {
    mkdirSync(join(folder, name));
    if (user !== undefined) chownSync(join(folder, name), user.uid, user.gid);
  }
  writeFileSync(join(folder, 'users'), LOCAL_PARTS.map((name) => `${name}: ${name}\n`).join(''));
  writeFileSync(join(folder, 'conf'), configuration(folder, port, user));
  const options = { ...user, cwd: folder, stdio: 'ignore' as const };
  const daemon = spawn(join(folder, 'exim'), ['-C', join(folder, 'conf'), '-bdf', '-q1m'], options);
  const log = (): string =>
    ['main', 'panic', 'reject'].map((name) => textOf(join(folder, 'logs', name))).join('');
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

function configuration(folder: string, port: number, user: User | undefined): string {
  const { uid, gid } = user ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return `exim_path = ${folder}/exim
exim_user = ${uid}
exim_group = ${gid}
primary_hostname = mx.far.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/logs/%s
pid_file_path = ${folder}/pid
keep_environment =
never_users =
deliver_drop_privilege
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
host_lookup =
rfc1413_hosts =
tls_advertise_hosts = *
tls_certificate = ${folder}/cert.pem
tls_privatekey = ${folder}/key.pem
log_selector = +tls_cipher
acl_smtp_mail = tls_only
acl_smtp_rcpt = all
acl_smtp_data = all
begin acl
tls_only:
  accept encrypted = *
all:
  accept
begin routers
known:
  driver = accept
  domains = far.example
  local_parts = lsearch;${folder}/users
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = ${folder}/mail/$local_part_data
  create_directory
  user = ${uid}
  group = ${gid}
begin retry
* * F,1h,1m
`;
}
