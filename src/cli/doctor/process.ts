/** What a server needs of the machine besides disk and network: a certificate, descriptors, and to run at all. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TABLES } from '../../core/config/options.ts';
import { fromNow, localTime } from '../output.ts';
import { type Finding, note, type Patient, right, unknown, wrong } from './finding.ts';

const DAY_MS = 86_400_000;
/** A certificate is renewed well before this is left of it. */
const SOON_MS = 14 * DAY_MS;
/** Below this an ordinary day is enough to run out. */
const FEW_FILES = 4_096;
/** Descriptors for everything that is no connection. */
const SPARE_FILES = 500;

export function serverFinding({ config, running }: Patient): Finding {
  const data = resolve(config.data);
  return running
    ? right('server', `it runs on ${data}`)
    : wrong(
        'server',
        `none runs on ${data}`,
        'start it: relais serve. Mail that is handed in by commands waits until then',
      );
}

export function certificateFinding({ config, now }: Patient): Finding {
  const { cert, key } = config.tls;
  if (cert === undefined || key === undefined) {
    const where = config.login.plainOnLoopback ? ' but from this machine' : '';
    return note(
      'certificate',
      `none: connections are not encrypted, and nobody can log in${where}`,
      'write cert and key under [tls]',
    );
  }
  try {
    const certificate = new X509Certificate(readFileSync(cert));
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(key)))) {
      return wrong(
        'certificate',
        `${key} is not the key of ${cert}`,
        'write the files of one pair under [tls]',
      );
    }
    return judge(certificate, { cert, hostname: config.hostname, now });
  } catch (error) {
    return wrong(
      'certificate',
      `it cannot be read: ${(error as Error).message}`,
      'write files in PEM that the user of the server may read',
    );
  }
}

function judge(
  certificate: X509Certificate,
  about: { cert: string; hostname: string; now: number },
): Finding {
  const { cert, hostname, now } = about;
  const end = Date.parse(certificate.validTo);
  const begin = Date.parse(certificate.validFrom);
  const fact = `${cert} is valid until ${localTime(end)} (${fromNow(end, now)})`;
  const renew = 'renew it, and start the server again';
  if (begin > now)
    return wrong(
      'certificate',
      `${cert} is valid only from ${localTime(begin)} on`,
      'set the clock, or wait',
    );
  if (end <= now) return wrong('certificate', `${cert} ended ${localTime(end)}`, renew);
  if (certificate.checkHost(hostname) === undefined) {
    return wrong(
      'certificate',
      `${cert} is not for ${hostname}`,
      'get one for that name, or correct hostname in relais.toml',
    );
  }
  return end - now < SOON_MS ? wrong('certificate', fact, renew) : right('certificate', fact);
}

/** Node raises the soft limit to the hard one by itself. `hard`: nothing when the system does not say it. */
export function filesFinding({ config }: Pick<Patient, 'config'>, hard = hardLimit()): Finding {
  const { connections } = config.budget;
  const needed = connections + SPARE_FILES;
  if (hard === undefined) return unknown('open files', 'this system does not say its limit');
  const fact = `${hard === Number.POSITIVE_INFINITY ? 'no limit' : `limit ${hard}`}, for ${connections} connections (budget.connections)`;
  if (hard >= needed) return right('open files', fact);
  const raise = `raise it to ${needed} (LimitNOFILE=${needed} in systemd, ulimit -n), or lower budget.connections`;
  if (hard < FEW_FILES) return wrong('open files', fact, raise);
  // Nobody asked for as many as the default allows: what the machine offers will do.
  if (connections === TABLES.budget.options.connections.default) {
    return right('open files', `limit ${hard}, enough for about ${hard - SPARE_FILES} connections`);
  }
  return note('open files', fact, raise);
}

function hardLimit(): number | undefined {
  try {
    const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return line === 'unlimited' ? Number.POSITIVE_INFINITY : line === undefined ? undefined : Number(line);
  } catch {
    return undefined;
  }
}
