/** Debian's Dovecot in a folder of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImapSubject, Ports } from './subject.ts';

const NEEDED = ['/usr/sbin/dovecot', '/usr/lib/dovecot/imap', '/usr/lib/dovecot/lmtp'];

/** Undefined, with the reason on standard error, where it cannot run. */
export async function startDovecot(
  format: 'maildir' | 'sdbox',
  { imap, lmtp }: Ports,
): Promise<ImapSubject | undefined> {
  if (process.getuid?.() !== 0 || !NEEDED.every((file) => existsSync(file))) {
    process.stderr.write(
      'Dovecot is left out: it needs root, and the packages dovecot-imapd and dovecot-lmtpd\n',
    );
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'relais-bench-dovecot-'));
  execFileSync('chmod', ['755', folder]);
  for (const name of ['run', 'mail']) mkdirSync(join(folder, name));
  execFileSync('chown', ['nobody', join(folder, 'mail')]);
  const conf = join(folder, 'dovecot.conf');
  writeFileSync(conf, configuration(folder, { format, imap, lmtp }));
  spawn('/usr/sbin/dovecot', ['-F', '-c', conf], { stdio: 'ignore' });
  await sleep(1_500);
  return {
    name: `Dovecot (${format})`,
    ports: { imap, lmtp },
    login: { user: 'ana', password: 'secret' },
    async stop() {
      process.kill(Number(readFileSync(join(folder, 'run/master.pid'), 'utf8')));
      await sleep(1_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As it comes, with `mail_fsync` as it comes too: it syncs where a message would else be lost. */
function configuration(folder: string, { format, imap, lmtp }: Ports & { format: string }): string {
  return `base_dir = ${folder}/run
log_path = ${folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = ${format}:${folder}/mail/%u
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}/mail/%u-home allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtp}
  }
}
namespace inbox {
  inbox = yes
}
`;
}
