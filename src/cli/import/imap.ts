/** `relais import imap`: accounts of another server, with all their folders, again and again until the move is done. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { systemClock } from '../../base/clock.ts';
import { quotaOf } from '../../core/config/quota.ts';
import { importAccount } from '../../core/import/account.ts';
import { SourceError } from '../../core/import/source.ts';
import { type ImapServer, openImapSource } from '../../net/imap-source.ts';
import type { SqlStore } from '../../store/store.ts';
import { accountOf } from '../account/of.ts';
import { PASSWORD_OPTIONS, readPassword } from '../account/password.ts';
import { isGiven, optionOf, readOption, toAddress, toCount, toWord } from '../arguments.ts';
import { DRY_RUN } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';
import { leavingRoom } from '../disk-room.ts';
import { withStore } from '../with-store.ts';
import { type ListedAccount, readAccountsFile } from './accounts-file.ts';
import { Progress } from './progress.ts';
import { Telling } from './telling.ts';

const TLS = ['implicit', 'starttls', 'none'] as const;
const CONNECTIONS = 3;
const MOST_CONNECTIONS = 16;
const ACCOUNTS = 4;
const MOST_ACCOUNTS = 32;

export const importImap: Command = {
  name: 'import imap',
  usage:
    '[ADDRESS] [--list FILE] --host HOST [--port N] [--user LOGIN] [--master LOGIN] [--password-stdin|--ask] [--tls implicit|starttls|none] [--ca FILE] [--folder NAME]… [--remove-gone] [--connections N] [--accounts N] [--dry-run|--verify]',
  summary:
    'Brings the mail of another server into accounts here: folders, flags, dates; run again, what changed there since.',
  options: {
    host: { type: 'string', doc: 'The IMAP server that the mail comes from.' },
    port: { type: 'string', doc: 'Its port, instead of 993, or of 143 with --tls starttls or none.' },
    user: {
      type: 'string',
      doc: 'The login there, instead of ADDRESS; also user*master, as some servers have it.',
    },
    master: {
      type: 'string',
      doc: 'Who logs in there for others (SASL PLAIN), with the password that is given.',
    },
    list: {
      type: 'string',
      doc: 'A file of accounts, "ADDRESS LOGIN PASSWORD" a line, that only its owner may read.',
    },
    tls: {
      type: 'string',
      doc: 'implicit (so without it), starttls, or none: only for a server on this machine.',
    },
    ca: { type: 'string', doc: 'A file of certificates (PEM) to trust in place of those of the system.' },
    folder: {
      type: 'string',
      multiple: true,
      doc: 'Only this folder, as it is called there; as often as wanted.',
    },
    'remove-gone': { type: 'boolean', doc: 'What came before and is not there any more goes here too.' },
    verify: {
      type: 'boolean',
      doc: 'Only compare: every message there with what came of it, octets, dates and flags.',
    },
    connections: {
      type: 'string',
      doc: `Connections of one account at once, ${CONNECTIONS} unless given, ${MOST_CONNECTIONS} at most.`,
    },
    accounts: {
      type: 'string',
      doc: `Accounts of --list at once, ${ACCOUNTS} unless given, ${MOST_ACCOUNTS} at most.`,
    },
    ...PASSWORD_OPTIONS,
    ask: { type: 'boolean', doc: 'Ask for the password at the keyboard.' },
    ...DRY_RUN,
  },
  positionals: [0, 1],
  examples: [
    'relais import imap ana@example.org --host imap.old.example --ask',
    'relais import imap --list accounts.txt --host imap.old.example',
    'relais import imap ana@example.org --host imap.old.example --ask --dry-run',
    'relais import imap ana@example.org --host imap.old.example --ask --verify',
  ],
  async run(call) {
    if (isGiven(call, 'verify') && (isGiven(call, 'dry-run') || isGiven(call, 'remove-gone')))
      throw new CommandError(
        EXIT.usage,
        '--verify changes nothing: write it without --dry-run and --remove-gone',
      );
    const server = serverOf(call);
    const accounts = await accountsOf(call);
    const connections = bounded(call, 'connections', [CONNECTIONS, MOST_CONNECTIONS]);
    const lanes = bounded(call, 'accounts', [ACCOUNTS, MOST_ACCOUNTS]);
    return withStore(call, async (store) => {
      const progress = new Progress(call);
      try {
        const careful = leavingRoom(store, call.config);
        return await importAll({ call, store: careful, server, connections, progress }, accounts, lanes);
      } finally {
        await progress.end();
      }
    });
  },
};

function serverOf(call: Call): ImapServer {
  const host = optionOf(call, 'host');
  if (host === undefined)
    throw new CommandError(EXIT.usage, 'say where the mail is now, with --host: --host imap.old.example');
  const tls = readOption(call, 'tls', (text) => toWord(text, TLS)) ?? 'implicit';
  if (tls === 'none' && !isLoopback(host))
    throw new CommandError(
      EXIT.usage,
      `--tls none would send passwords to ${host} in the clear: it is for a server on this machine (127.0.0.1, ::1, localhost); write --tls starttls`,
    );
  const port = readOption(call, 'port', toCount) ?? (tls === 'implicit' ? 993 : 143);
  if (port > 65_535) throw new CommandError(EXIT.usage, `--port ${port}: write a number up to 65535`);
  const ca = readOption(call, 'ca', certificates);
  return { host, port, tls, ...(ca === undefined ? {} : { ca }) };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function certificates(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  } catch (error) {
    throw new CommandError(EXIT.usage, `${path} cannot be read: ${fileFault(error)}`);
  }
  throw new CommandError(EXIT.failed, `${path} has no certificate in it: write a file in the PEM form`);
}

type Login = Required<ListedAccount> & { readonly master?: string };

async function accountsOf(call: Call): Promise<Login[]> {
  const list = optionOf(call, 'list');
  const [written] = call.positionals;
  if ((list === undefined) === (written === undefined))
    throw new CommandError(EXIT.usage, 'say whose mail it is: an ADDRESS, or --list FILE, and not both');
  const master = optionOf(call, 'master');
  const by = master === undefined ? {} : { master };
  if (list === undefined) {
    const address = toAddress(written as string);
    const user = optionOf(call, 'user') ?? address;
    return [{ address, user, password: await readPassword(call, master ?? user), ...by }];
  }
  if (optionOf(call, 'user') !== undefined)
    throw new CommandError(
      EXIT.usage,
      '--user is of one account: in a list, write the login behind the address',
    );
  const listed = readAccountsFile(list, { hasMaster: master !== undefined });
  const shared = master === undefined ? '' : await readPassword(call, master);
  return listed.map(({ address, user, password }) => ({
    ...{ address, user, ...by },
    password: master === undefined ? (password ?? '') : shared,
  }));
}

function modeOf(call: Call): 'bring' | 'try' | 'verify' {
  return isGiven(call, 'verify') ? 'verify' : isGiven(call, 'dry-run') ? 'try' : 'bring';
}

function bounded(call: Call, name: string, [usual, most]: readonly [number, number]): number {
  const count = readOption(call, name, toCount) ?? usual;
  if (count <= most) return count;
  throw new CommandError(EXIT.usage, `--${name} ${count} is more than ${most}`);
}

interface Importing {
  readonly call: Call;
  readonly store: SqlStore;
  readonly server: ImapServer;
  readonly connections: number;
  readonly progress: Progress;
}

/** Worst first: what must be seen to, what may pass by itself. */
const WORST = [EXIT.failed, EXIT.nothing, EXIT.later] as const;

async function importAll(about: Importing, accounts: readonly Login[], lanes: number): Promise<number> {
  const waiting = [...accounts];
  const codes = new Set<number>();
  const lane = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      codes.add(await importOne(about, one));
  };
  await Promise.all(Array.from({ length: Math.min(lanes, accounts.length) }, lane));
  return WORST.find((code) => codes.has(code)) ?? EXIT.done;
}

async function importOne(about: Importing, login: Login): Promise<number> {
  const { call, store, server, connections, progress } = about;
  const { address, user } = login;
  const telling = new Telling(call, { address, host: server.host });
  try {
    const { id } = await accountOf(store, call, address);
    const result = await importAccount({
      ...{ store, clock: systemClock, account: id, connections, limits: quotaOf(call.config) },
      mostBytes: call.config.limits.maxMessageSizeBytes,
      source: sourceKey(server, user),
      named: new Set([call.options['folder'] ?? []].flat().filter((name) => typeof name === 'string')),
      removesGone: isGiven(call, 'remove-gone'),
      mode: modeOf(call),
      connect: () => openImapSource(server, login),
      told: {
        planned: (_, messages) => progress.expect(messages),
        progress: (messages, octets) => progress.came(messages, octets),
        waits: (ms, fault) => telling.waits(ms, fault),
        folder(folder) {
          telling.folder(folder);
          if (modeOf(call) === 'bring') progress.changed();
        },
      },
    });
    return telling.end(result);
  } catch (error) {
    if (error instanceof SourceError) return telling.failed(error);
    // Others of the list go on.
    if (!(error instanceof CommandError) || call.positionals.length > 0) throw error;
    call.output.note(error.message);
    return error.exitCode;
  }
}

/** A login that one or another logs in for is the same one. */
function sourceKey({ host, port }: ImapServer, user: string): string {
  const name = user.replace(/(?<=.)\*.+$/, '');
  return `imap://${encodeURIComponent(name)}@${host.toLowerCase()}:${port}`;
}
