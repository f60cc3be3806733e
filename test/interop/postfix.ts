/** Debian's Postfix, its own instance beside any other; its master needs root. */
import { execFile } from 'node:child_process';
import { chownSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Peer } from '../peers.ts';
import { freePort } from '../server.ts';
import { makeFolder, type RealFarEnd, textOf, untilListening, userNamed } from './far-end.ts';
import { LOCAL_PARTS } from './samples.ts';

const run = promisify(execFile);
const MOST_STARTS = 3;
const START_MS = 30_000;
const GREETING_MS = 15_000;
const STOP_MS = 20_000;

/** `peer`: `postfix`; `settings`: lines of its `main.cf` that overrule what it has for itself. */
export async function startPostfix(peer: Peer, settings = ''): Promise<RealFarEnd> {
  const nobody = userNamed('nobody');
  const postfix = userNamed('postfix');
  if (nobody === undefined || postfix === undefined)
    throw new Error('the users nobody and postfix are needed');
  const { folder, mail } = makeFolder('postfix', nobody);
  const port = await freePort();
  const conf = join(folder, 'conf');
  for (const name of ['conf', 'spool', 'lib']) mkdirSync(join(folder, name));
  chownSync(join(folder, 'key.pem'), 0, 0);
  chownSync(join(folder, 'lib'), postfix.uid, postfix.gid);
  writeFileSync(
    join(conf, 'main.cf'),
    `${mainCf(folder, { mail, uid: nobody.uid, gid: nobody.gid })}${settings}`,
  );
  writeFileSync(join(conf, 'master.cf'), masterCf(port));
  writeFileSync(
    join(conf, 'mailboxes'),
    LOCAL_PARTS.map((name) => `${name}@far.example ${name}/\n`).join(''),
  );
  copyFileSync('/etc/services', join(folder, 'services'));
  const log = (): string => textOf(join(folder, 'log'));
  const pidFile = join(folder, 'spool/pid/master.pid');
  for (let tries = 1; ; tries++) {
    // Now and then its log daemon does not begin, and everything waits for it.
    const started = await run(peer.program, ['-c', conf, 'start'], { timeout: START_MS }).then(
      () => true,
      () => false,
    );
    if (started) await untilListening(port, log);
    if (started && (await greets(port))) break;
    if (tries === MOST_STARTS) throw new Error(`Postfix says nothing:\n${log()}`);
    kill(pidFile);
  }
  return {
    port,
    mail,
    log,
    async stop() {
      await run(peer.program, ['-c', conf, 'stop'], { timeout: STOP_MS }).catch(() => kill(pidFile));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Whether it says 220 to whoever connects. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => undefined).once('close', () => resolve(false));
    socket.setTimeout(GREETING_MS, () => socket.destroy());
  });
}

/** The master, if there is one; its processes end without it. */
function kill(pidFile: string): void {
  const pid = Number(textOf(pidFile));
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

function mainCf(folder: string, { mail, uid, gid }: { mail: string; uid: number; gid: number }): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/spool
data_directory = ${folder}/lib
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.far.example
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = far.example
virtual_mailbox_base = ${mail}
virtual_mailbox_maps = texthash:${folder}/conf/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:${uid}
virtual_gid_maps = static:${gid}
smtpd_tls_cert_file = ${folder}/cert.pem
smtpd_tls_key_file = ${folder}/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_received_header = yes
maillog_file = ${folder}/log
maillog_file_prefixes = ${tmpdir()}
`;
}

function masterCf(port: number): string {
  const services = readFileSync('/etc/postfix/master.cf', 'utf8')
    .split('\n')
    // Nothing runs in a chroot: the folder is ours and temporary.
    .map((line) => line.replace(/^(\S+\s+(?:unix|fifo|inet|pass)\s+\S+\s+\S+\s+)y(\s)/, '$1n$2'))
    .map((line) => line.replace(/^smtp\s+inet\s.*/, `${port} inet n - n - - smtpd`))
    .filter((line) => !line.startsWith('postlog'));
  return `${services.join('\n')}\npostlog unix-dgram n - n - 1 postlogd\n`;
}
