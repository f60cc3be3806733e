/** Debian's Postfix, its own instance beside any other; its master needs root. */
import { execFile } from 'node:child_process';
import { chownSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kill } from '../children.ts';
import type { Peer } from '../peers.ts';
import { freePort } from '../server.ts';
import { makeFolder, type RealFarEnd, textOf, untilListening, userNamed } from './far-end.ts';
import { LOCAL_PARTS } from './samples.ts';

const run = promisify(execFile);
/** It starts, or stops, in less. */
const COMMAND_MS = 30_000;

/**
 * `peer`: `postfix`; `settings`: of its `main.cf`, instead of what it has for itself. None may stand there twice: each process
 * would say so to the log daemon, this one too, and where that makes more than the ten lines for which its socket has room it
 * waits for itself, and all for it.
 */
export async function startPostfix(
  peer: Peer,
  settings: Readonly<Record<string, string>> = {},
): Promise<RealFarEnd> {
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
  const all = { ...ownSettings(folder, { mail, uid: nobody.uid, gid: nobody.gid }), ...settings };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(conf, 'main.cf'), lines.join(''));
  writeFileSync(join(conf, 'master.cf'), masterCf(port));
  writeFileSync(
    join(conf, 'mailboxes'),
    LOCAL_PARTS.map((name) => `${name}@far.example ${name}/\n`).join(''),
  );
  copyFileSync('/etc/services', join(folder, 'services'));
  const log = (): string => textOf(join(folder, 'log'));
  const postfixDo = (what: string) => run(peer.program, ['-c', conf, what], { timeout: COMMAND_MS });
  const stop = async (): Promise<void> => {
    await postfixDo('stop').catch(() => killMaster(join(folder, 'spool/pid/master.pid')));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await postfixDo('start');
    await untilListening(port, log);
  } catch (error) {
    const said = log();
    await stop();
    throw new Error(`Postfix does not start; it says:\n${said}`, { cause: error });
  }
  return { port, mail, log, stop };
}

/** If there is one; its processes end without it. */
function killMaster(pidFile: string): void {
  const pid = Number(textOf(pidFile));
  if (pid > 0) kill(pid);
}

function ownSettings(
  folder: string,
  { mail, uid, gid }: { mail: string; uid: number; gid: number },
): Record<string, string> {
  return {
    compatibility_level: '3.6',
    queue_directory: `${folder}/spool`,
    data_directory: `${folder}/lib`,
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    myhostname: 'mx.far.example',
    mydestination: '',
    alias_maps: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    virtual_mailbox_domains: 'far.example',
    virtual_mailbox_base: mail,
    virtual_mailbox_maps: `texthash:${folder}/conf/mailboxes`,
    virtual_minimum_uid: '1',
    virtual_uid_maps: `static:${uid}`,
    virtual_gid_maps: `static:${gid}`,
    smtpd_tls_cert_file: `${folder}/cert.pem`,
    smtpd_tls_key_file: `${folder}/key.pem`,
    smtpd_tls_security_level: 'encrypt',
    smtpd_tls_received_header: 'yes',
    maillog_file: `${folder}/log`,
    maillog_file_prefixes: tmpdir(),
  };
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
