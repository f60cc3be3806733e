/** Debian's Dovecot over TLS, with mail in Maildir that a test writes as files. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import { encodeUtf7 } from '../../src/wire/imap/mailbox-name.ts';
import { makeSelfSigned } from '../../src/wire/x509/self-signed.ts';
import { untilEnded } from '../children.ts';
import { requirePeer } from '../peers.ts';
import { freePort } from '../server.ts';

export const SECRET = 'correct-horse';
/** Of who may log in for others. */
export const MASTER_SECRET = 'battery-staple';

export interface OldMessage {
  readonly bytes: Buffer;
  /** ms, whole seconds. */
  readonly at: number;
  /** Of Maildir: `FS`. */
  readonly flags: string;
}

export class Dovecot {
  /** In TLS; and for STARTTLS. */
  readonly port: number;
  readonly startTlsPort: number;
  /** With its certificate, `cert.pem`. */
  readonly folder: string;
  readonly #mail: string;
  #written = 0;
  #process: ChildProcess | undefined;

  private constructor(about: { port: number; startTlsPort: number; folder: string; mail: string }) {
    this.port = about.port;
    this.startTlsPort = about.startTlsPort;
    this.folder = about.folder;
    this.#mail = about.mail;
  }

  /** Ends with the test; undefined where there is none, and then the test is skipped. */
  static async start(t: TestContext): Promise<Dovecot | undefined> {
    const peer = requirePeer(t, 'dovecot');
    if (peer === undefined) return undefined;
    const dovecot = await Dovecot.run(peer.program);
    t.after(() => dovecot.stop());
    return dovecot;
  }

  static async run(program: string): Promise<Dovecot> {
    const folder = mkdtempSync(join(tmpdir(), 'relais-dovecot-'));
    const mail = join(folder, 'mail');
    const dovecot = new Dovecot({ port: await freePort(), startTlsPort: await freePort(), folder, mail });
    for (const name of ['run', 'mail']) mkdirSync(join(folder, name), { mode: 0o755 });
    dovecot.#own(folder);
    dovecot.#own(mail);
    const serial = systemRandom.bytes(8);
    const { cert, key } = makeSelfSigned({ hostname: 'localhost', nowMs: Date.now(), days: 2, serial });
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    const conf = join(folder, 'dovecot.conf');
    writeFileSync(conf, configuration(dovecot));
    dovecot.#process = spawn(program, ['-F', '-c', conf], { stdio: 'ignore' });
    await dovecot.#listens();
    return dovecot;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    child?.kill('SIGTERM');
    if (child !== undefined) await untilEnded(child);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #listens(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const answers = await fetch(`https://localhost:${this.port}`).then(
        () => true,
        (error: { cause?: { code?: string } }) => error.cause?.code !== 'ECONNREFUSED',
      );
      if (answers) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Dovecot does not listen: ${readFileSync(join(this.folder, 'log'), 'utf8')}`);
  }

  /** Files of root are not for the user who reads mail. */
  #own(path: string): void {
    if (process.getuid?.() === 0) chownSync(path, NOBODY, NOGROUP);
  }

  /** Puts messages into a folder of a user (`''`: the INBOX; levels divided by `/`), making it; the paths of their files. */
  put(user: string, name: string, messages: readonly OldMessage[]): string[] {
    const levels = name === '' ? '' : `.${name.split('/').map(encodeUtf7).join('.')}`;
    const folder = join(this.#mail, user, levels);
    for (const path of [
      join(this.#mail, user),
      folder,
      ...['cur', 'new', 'tmp'].map((one) => join(folder, one)),
    ]) {
      mkdirSync(path, { recursive: true });
      this.#own(path);
    }
    return messages.map(({ bytes, at, flags }) => {
      const path = join(folder, 'cur', `${at / 1000}.M${this.#written++}.old:2,${flags}`);
      writeFileSync(path, bytes);
      utimesSync(path, at / 1000, at / 1000);
      this.#own(path);
      return path;
    });
  }

  /** The Maildir of a user; what others wrote there has to be `adopt`ed. */
  maildirOf(user: string): string {
    return join(this.#mail, user);
  }

  adopt(user: string): void {
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${NOBODY}:${NOGROUP}`, this.maildirOf(user)]);
  }

  /** A file beside the folders of a user. */
  write(user: string, name: string, text: string): void {
    const path = join(this.#mail, user, name);
    writeFileSync(path, text);
    this.#own(path);
  }
}

function groupName(): string {
  return execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
}

/** Of every Debian. */
const [NOBODY, NOGROUP] = [65_534, 65_534];

function configuration({ folder, port, startTlsPort }: Dovecot): string {
  const isRoot = process.getuid?.() === 0;
  const { uid, gid, username } = userInfo();
  const [owner, group] = isRoot ? [NOBODY, NOGROUP] : [uid, gid];
  return `base_dir = ${folder}/run
log_path = ${folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
first_valid_uid = 1
mail_location = maildir:${folder}/mail/%u
maildir_copy_with_hardlinks = no
auth_master_user_separator = *
passdb {
  driver = static
  args = password=${MASTER_SECRET}
  master = yes
}
passdb {
  driver = static
  args = password=${SECRET}
}
userdb {
  driver = static
  args = uid=${owner} gid=${group} home=${folder}/mail/%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = ${startTlsPort}
  }
  inet_listener imaps {
    port = ${port}
    ssl = yes
  }
${isRoot ? '' : '  chroot =\n'}}
${isRoot ? '' : `default_internal_user = ${username}\ndefault_internal_group = ${groupName()}\ndefault_login_user = ${username}\nservice anvil {\n  chroot =\n}\n`}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    special_use = \\Sent
  }
}
`;
}
