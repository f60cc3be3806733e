/** Debian's Postfix in a folder of its own, with the settings asked for. */
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from './subject.ts';

export interface PostfixOptions {
  readonly port: number;
  /** Lines of main.cf. */
  readonly settings: string;
}

export interface PostfixSubject extends Subject {
  /** Delivers everything that waits now (`postqueue -f`). */
  flush(): void;
}

/** Where everything goes to one sink, as fast as Postfix can. */
export function tuned(sinkPort: number): string {
  return `relayhost = [127.0.0.1]:${sinkPort}
default_process_limit = 50
default_destination_concurrency_limit = 50
initial_destination_concurrency = 50
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
smtp_connection_cache_on_demand = yes`;
}

/** Undefined, with the reason on standard error, where it cannot run. */
export async function startPostfix(options: PostfixOptions): Promise<PostfixSubject | undefined> {
  if (process.getuid?.() !== 0) return missing('Postfix needs root');
  if (!existsSync('/usr/lib/postfix/sbin/master'))
    return missing('Postfix is not installed (apt-get install postfix)');
  const folder = mkdtempSync(join(tmpdir(), 'relais-bench-postfix-'));
  execFileSync('chmod', ['755', folder]);
  const conf = join(folder, 'conf');
  for (const name of ['conf', 'spool', 'lib']) mkdirSync(join(folder, name));
  execFileSync('chown', ['postfix', join(folder, 'lib')]);
  writeFileSync(join(conf, 'main.cf'), mainCf(folder, options.settings));
  writeFileSync(join(conf, 'master.cf'), masterCf(options.port));
  copyFileSync('/etc/services', join(folder, 'services'));
  execFileSync('postfix', ['-c', conf, 'start'], { stdio: 'ignore' });
  const pid = Number(readFileSync(join(folder, 'spool/pid/master.pid'), 'utf8').trim());
  await sleep(500);
  return {
    name: 'Postfix',
    port: options.port,
    pid,
    isDrained: () =>
      ['incoming', 'active', 'deferred', 'maildrop'].every((queue) => isEmpty(join(folder, 'spool', queue))),
    flush() {
      execFileSync('postqueue', ['-c', conf, '-f']);
    },
    async setMode(mode) {
      const rule =
        mode === 'hold'
          ? 'check_client_access static:HOLD, permit_mynetworks, reject'
          : 'permit_mynetworks, reject';
      execFileSync('postconf', ['-c', conf, `smtpd_recipient_restrictions=${rule}`]);
      execFileSync('postfix', ['-c', conf, 'reload'], { stdio: 'ignore' });
      await sleep(500);
    },
    async stop() {
      execFileSync('postfix', ['-c', conf, 'stop'], { stdio: 'ignore' });
      await new Promise((resolve) => spawn('rm', ['-rf', folder]).once('exit', resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function missing(why: string): undefined {
  process.stderr.write(`left out: ${why}\n`);
  return undefined;
}

function isEmpty(folder: string): boolean {
  return !readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile());
}

function mainCf(folder: string, settings: string): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/spool
data_directory = ${folder}/lib
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.bench.example
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
${settings}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit_mynetworks, reject
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
