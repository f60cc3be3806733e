/**
 * Every option of `relais.toml`, with its default and its documentation, in the order of the reference. All else is
 * made from this table: the checks, the types, `relais config reference` and `docs/reference/config.md`.
 */
import {
  choice,
  count,
  dnsServers,
  domains,
  domainPattern,
  duration,
  durations,
  flag,
  listenAddress,
  nextHop,
  type Options,
  optionalContact,
  optionalDate,
  optionalHost,
  optionalText,
  phrases,
  parsed,
  ranges,
  rateOrNone,
  sizeOrNone,
  size,
  type TomlValue,
  text,
  type Values,
} from './option.ts';
import { MOST_LANES } from '../queue/lanes.ts';
import { CLASS_NAMES } from '../reputation/meaning.ts';
import { STAGES } from '../reputation/own.ts';
import { ipFamily } from './network.ts';
import { reading } from './reading.ts';

/** Where the store is: embedded under `data`, or a PostgreSQL by URL. */
export type StorePlace = { readonly kind: 'sqlite' } | { readonly kind: 'postgres'; readonly url: string };

const STORE_REMEDY =
  'write "sqlite", or the URL of a PostgreSQL such as "postgres://relais@db.example.org/relais"';

function parseStore(written: string): StorePlace | undefined {
  if (written === 'sqlite') return { kind: 'sqlite' };
  const isUrl = /^postgres(ql)?:\/\//.test(written) && URL.canParse(written);
  return isUrl ? { kind: 'postgres', url: written } : undefined;
}

const THIS_MACHINE = ['127.0.0.0/8', '::1/128'];

/** Options outside any table. */
export const ROOT = {
  hostname: optionalHost(
    "The name of this machine in greetings, Received fields and notices; other hosts look it up. Empty: the system's own name.",
  ),
  data: text(
    '/var/lib/relais',
    'The folder in which the embedded database lives. Made when it is not there. A relative one is taken from the folder of this file; --data, from where the command runs.',
  ),
  store: {
    schema: parsed(parseStore, STORE_REMEDY),
    suffix: '',
    default: 'sqlite',
    doc: 'Where everything is kept: "sqlite" (one machine), or the URL of a PostgreSQL (one machine or many).',
  },
  workers: count(
    0,
    'How many worker processes run on this machine. 0: one for every two processor cores, which is what a worker keeps busy.',
    {
      min: 0,
      max: 256,
    },
  ),
} as const satisfies Options;

/** Options of one table each. */
export const TABLES = {
  tls: {
    doc: 'The certificate shown to clients. Needed by every listener whose tls is not "none".',
    options: {
      cert: optionalText(
        'File with the certificate and its chain, PEM; a relative path is taken from the folder of this file. Empty: none.',
      ),
      key: optionalText(
        'File with the private key, PEM; a relative path is taken from the folder of this file. Empty: none.',
      ),
    },
  },
  dns: {
    doc: 'How names are looked up.',
    options: {
      servers: dnsServers("The resolvers to ask. Empty: the system's."),
      timeout: duration('5s', 'How long to wait for one answer.', { min: '100ms', max: '1m' }),
      tries: count(3, 'How often to ask before the lookup fails.', { max: 10 }),
    },
  },
  budget: {
    doc: 'What mail may use of this machine and its network. Near a limit the backlog drains slowly (from 80 % on), then strangers are put off with 451 or 421 (90 %), then submissions are slowed (all of it), and at last all new mail is put off (half as much again); what was accepted is delivered all the while.',
    options: {
      out: rateOrNone(
        'Messages out, all together, shared out evenly between the workers; "none" for no limit. A backlog gives way to live mail, in octets and in connections to each destination (queue.liveShare).',
      ),
      in: rateOrNone(
        'Messages in, all together, shared out evenly between the workers; "none" for no limit. Clients past it are read from more slowly.',
      ),
      connections: count(
        40_000,
        'Connections in and out together, of one worker; clients have nine tenths of them at most. Further clients get 421, further connections out wait.',
      ),
      memory: size(
        '256MiB',
        'Memory that messages in flight may take, of one worker: half for those that arrive, half for those that wait to be delivered.',
        { min: '16MiB' },
      ),
      diskFree: size(
        '1GiB',
        'Disk space that mail leaves free, or an eighth of the disk if that is less; below it new mail is put off with 452. Of the embedded database; the disk of a PostgreSQL is out of sight.',
        {
          min: '16MiB',
        },
      ),
      storeLatency: duration('3s', 'How long the store may take to keep a message.', {
        min: '10ms',
        max: '1m',
      }),
      loopLag: duration('1s', 'How late a worker may be with whatever is due.', {
        min: '10ms',
        max: '1m',
      }),
    },
  },
  queue: {
    doc: 'Retries of what could not be delivered at once.',
    options: {
      lifetime: duration(
        '5d',
        'How long a message is tried before its sender is told that it failed (RFC 5321 4.5.4.1: at least 4 to 5 days). Time during which the fault was ours does not count.',
        { min: '1m', max: '60d' },
      ),
      lanes: durations(
        ['1m', '2m', '4m', '10m', '30m', '2h', '4h'],
        `How long to wait after the first failed try, the second, and so on; the last repeats. Varied by 10 %. At most ${MOST_LANES}.`,
        { most: MOST_LANES },
      ),
      liveShare: count(
        30,
        'What new mail surely gets of the way to a destination while a backlog drains, in percent; it gets all that the backlog leaves as well. While a backlog waits mostly for budget.out, this part of the connections to that destination is kept for new mail too; of one, none.',
        { min: 1, max: 90 },
      ),
    },
  },
  limits: {
    doc: 'What one client, or all of them, may do over SMTP in.',
    options: {
      maxConnections: count(20_000, 'Connections at one time, of one worker; further ones get 421.'),
      maxConnectionsPerAddress: count(
        100,
        'Connections at one time from one address. Addresses in the `relay` of a listener are exempt.',
      ),
      maxRecipients: count(1_000, 'Recipients of one message (RFC 5321 4.5.3.1.8); further ones get 452.', {
        min: 100,
        max: 100_000,
      }),
      maxMessageSize: size('50MB', 'Size of one message, announced by SIZE (RFC 1870).', {
        min: '64kB',
        max: '2GB',
      }),
      commandLineBytes: count(2_048, 'Octets of a command line with its CRLF (RFC 5321 4.5.3.1.4).', {
        min: 512,
        max: 65_536,
      }),
      authLineBytes: count(12_288, 'Octets of a line during AUTH with its CRLF (RFC 4954 section 4).', {
        min: 12_288,
        max: 65_536,
      }),
      textLineBytes: count(
        65_536,
        'Octets of a line of text with its CRLF. The standard asks for 1000 (RFC 5321 4.5.3.1.6); many programs send longer ones, and refusing them loses mail.',
        { min: 1_000, max: 10_000_000 },
      ),
      maxCommands: count(500_000, 'Commands in one session.', { min: 100 }),
      maxErrors: count(20, 'Commands refused with 5xx in one session before it is closed with 421.'),
      maxTransactions: count(100_000, 'Messages in one session.'),
      greetingDelay: duration(
        '250ms',
        'How long a stranger at an "mx" listener is kept waiting for the greeting; one that speaks earlier is a robot and is refused. Not for the networks in `relay`. 0: no wait.',
        { min: '0', max: '30s' },
      ),
      greetingTimeout: duration('5m', 'Wait for the first command of a client.', { min: '1s', max: '1h' }),
      commandTimeout: duration('5m', 'Wait for each further command (RFC 5321 4.5.3.2.7).', {
        min: '1s',
        max: '1h',
      }),
      dataTimeout: duration('5m', 'Wait for the next piece of a message.', { min: '1s', max: '1h' }),
      sessionTimeout: duration('1h', 'Length of one session, all in all.', { min: '1m', max: '7d' }),
      tlsHandshakeTimeout: duration('30s', 'Wait for the end of a TLS handshake.', { min: '1s', max: '10m' }),
      maxHops: count(50, 'Received fields in a message, past which it is going in circles (RFC 5321 6.3).', {
        min: 30,
        max: 1_000,
      }),
    },
  },
  imap: reading('IMAP', {
    idle: duration(
      '30m',
      'How long a client that has logged in may say nothing (RFC 9051 5.4 asks for 30 minutes).',
      { min: '1s', max: '7d' },
    ),
    fault: 'BAD',
    more: {
      messageLimit: count(
        1_000_000,
        'Messages that one command may be about (MESSAGELIMIT, RFC 9738). Of a mailbox with more, mail programs that do not know of it see the newest, and those that keep a copy take the others for deleted.',
        { min: 1_000, max: 4_294_967_295 },
      ),
    },
  }),
  pop3: reading('POP3', {
    idle: duration(
      '10m',
      'How long a client that has logged in may say nothing (RFC 1939 3 asks for 10 minutes).',
      { min: '1s', max: '7d' },
    ),
    fault: '-ERR',
    more: {},
  }),
  addresses: {
    doc: 'What mail can be sent to.',
    options: {
      separator: {
        schema: parsed(
          (written) => (/^[!#$%&'*+\-/=?^_`{|}~.]?$/.test(written) ? written : undefined),
          'write one character, such as "+", or "" for none',
        ),
        suffix: '',
        default: '+',
        doc: 'What stands before the detail of a subaddress: mail for ana+shop@example.org is ana@example.org’s, unless the whole address is made. Empty: there are none.',
      },
    },
  },
  mailboxes: {
    doc: 'What accounts may keep. A full mailbox puts new mail off with 452 4.2.2; its owner is told at 80 and at 95 percent.',
    options: {
      quota: sizeOrNone(
        'What the messages of one account may take, all its mailboxes together; "none" for no limit. Accounts and domains may have limits of their own (`relais account quota`).',
      ),
      maxMessages: count(0, 'Messages that one account may have; 0 for no limit.', { min: 0 }),
    },
  },
  delivery: {
    doc: 'SMTP out: waits and sizes of the connections to other hosts.',
    options: {
      connectTimeout: duration('30s', 'Wait for a connection to open.', { min: '1s', max: '5m' }),
      greetingTimeout: duration('5m', 'Wait for the 220 of the other host (RFC 5321 4.5.3.2.1).', {
        min: '1s',
        max: '1h',
      }),
      commandTimeout: duration('5m', 'Wait for each reply (RFC 5321 4.5.3.2).', { min: '1s', max: '1h' }),
      dataTimeout: duration('10m', 'Wait for the reply to the end of a message (RFC 5321 4.5.3.2.6).', {
        min: '1s',
        max: '1h',
      }),
      maxConnectionsPerPath: count(
        20,
        'Connections at one time from one egress to one site, to which the number may grow.',
        {
          max: 10_000,
        },
      ),
      initialConnections: count(2, 'Connections with which a path starts.', { max: 1_000 }),
      maxMessagesPerConnection: count(1_000, 'Messages over one connection before it is closed.'),
      maxRecipientsPerTransaction: count(100, 'Recipients of one message that are given in one go.', {
        max: 1_000,
      }),
      idleConnection: duration('5s', 'How long a connection stays open with nothing to send.', {
        min: '0',
        max: '5m',
      }),
      tls: choice(
        'opportunistic',
        ['none', 'opportunistic', 'required', 'verified'],
        '"opportunistic": encrypt when the other host can, and deliver in clear when it cannot. "required": do not deliver in clear. "verified": nor to a host without a valid certificate in its name.',
      ),
    },
  },
  login: {
    doc: 'Logging in, and the guessing of passwords.',
    options: {
      maxFailuresPerAddress: count(10, 'Failed logins from one address before it must wait.', { max: 1_000 }),
      maxFailuresPerAccount: count(5, 'Failed logins to one account before those who try it must wait.', {
        max: 1_000,
      }),
      window: duration('10m', 'How long a failed login counts.', { min: '1m', max: '7d' }),
      blockFor: duration(
        '15m',
        'The longest wait that is imposed on an address; on an account a third of it.',
        { min: '1s', max: '7d' },
      ),
      plainOnLoopback: flag(false, 'Whether a client on this very machine may log in without TLS.'),
    },
  },
  guard: {
    doc: 'How accounts send is watched, and what does not look like their owners is held (docs/guard.md). There is no switch: it costs microseconds.',
    options: {
      networks: optionalText(
        'File with lines of "prefix,asn,country", such as "192.0.2.0/24,64500,FR": which operator and country a client comes from; a relative path is taken from the folder of this file. Read at the start. Empty: neither is known, and networks alone are told apart.',
      ),
      pool: optionalText(
        'The name of an [[egress]] that carries what is doubted and not held, and nothing else, so that other mail keeps the good name of the others. Empty: all leaves alike.',
      ),
      holdFor: duration(
        '7d',
        'How long held mail is kept when nobody decides about it. Its owner is told when it is held, a day before it is dropped, and when it was.',
        { min: '2d', max: '90d' },
      ),
      heldPerAccount: size(
        '100MB',
        'What is held of one account at most; past it the account can no longer send.',
        {
          min: '1MB',
        },
      ),
    },
  },
  notices: {
    doc: 'What notices to customers say, whatever they are about.',
    options: {
      contact: optionalContact(
        'Whom customers turn to: an address such as "help@example.org", or the URL of a page. Named in notices about held mail, and in those about mail that has failed. Empty: the former name postmaster at the domain of the account, the latter nobody.',
      ),
    },
  },
  dsn: {
    doc: 'Notices to senders about mail that is late or has failed (RFC 3464).',
    options: {
      language: choice(
        'en',
        ['en', 'fr'],
        'The language for accounts that have not chosen one, and for senders elsewhere.',
      ),
      delayNoticeAfter: duration(
        '4h',
        'A sender is told once of a delay, this long after the message was accepted.',
        {
          min: '1m',
          max: '30d',
        },
      ),
    },
  },
  dnsbl: {
    doc: 'Block lists in DNS that are asked whether they list our own addresses. Addresses of this machine and of private networks are never asked about.',
    options: {
      lists: domains(
        ['zen.spamhaus.org', 'bl.spamcop.net', 'psbl.surriel.com', 'bl.mailspike.net'],
        'The lists. Most answer only a resolver of your own, not a public one. Empty: none is asked.',
      ),
      interval: duration('4h', 'How often each is asked about each address.', { min: '10m', max: '7d' }),
    },
  },
  dkim: {
    doc: 'Signatures on mail that our accounts send (RFC 6376).',
    options: {
      sign: flag(true, 'Whether mail of domains that have a key is signed.'),
    },
  },
  log: {
    doc: 'The log: one JSON object a line on standard error.',
    options: {
      level: choice(
        'info',
        ['debug', 'info', 'warn', 'error', 'silent'],
        'The least important lines that are written: "debug", "info", "warn", "error" or "silent".',
      ),
    },
  },
} as const satisfies Readonly<Record<string, Table>>;

/** Tables that may be written several times. */
export const LISTS = {
  listen: {
    doc: 'What to listen for, and where. Without any [[listen]]: the built-in one, which is the one below and which only this machine reaches. As soon as one is written, the built-in one is gone.',
    default: [{ kind: 'mx', address: '127.0.0.1:2525', tls: 'none', relay: [], clients: THIS_MACHINE }],
    options: {
      kind: choice(
        undefined,
        ['mx', 'submission', 'imap', 'pop3', 'lmtp', 'http', 'metrics'],
        'What is spoken there: "mx" takes mail from other hosts, "submission" from our accounts (RFC 6409); "imap" (RFC 9051) and "pop3" (RFC 1939) let them read it; "lmtp" takes mail for accounts from another mail server (RFC 2033); "http" tells mail programs their settings (docs/autoconfig.md); "metrics" serves Prometheus.',
      ),
      address: listenAddress(
        'The address and the port: "192.0.2.1:25", "[2001:db8::1]:25", or "*:25" for every address.',
      ),
      tls: choice(
        'starttls',
        ['none', 'starttls', 'implicit'],
        '"starttls": the client may turn encryption on (RFC 3207, RFC 2595); "implicit": encrypted from the first octet (RFC 8314); "none": never. "http" and "metrics" have no "starttls".',
      ),
      relay: ranges(
        'Addresses that may send to anywhere without logging in; limits per address do not hold for them.',
      ),
      clients: ranges(
        'Of "lmtp": the addresses that may connect. What they bring is taken without further questions.',
        THIS_MACHINE,
      ),
    },
  },
  route: {
    doc: 'Next hops that do not follow from DNS: a smart host, a test sink. The first that matches wins.',
    default: [],
    example: { domain: '*', to: '127.0.0.1:2626' },
    options: {
      domain: domainPattern(
        'The domain of the recipient, "*.example.org" for every domain under it, or "*" for all.',
      ),
      to: nextHop(25, 'The host to hand the mail to, with its port (25 unless written).'),
      provider: optionalText(
        'Who runs it, by a name such as "yahoo" or "gmail": what that provider is known for then holds there, and for every route to the same host and port. Empty: told by another of these, or by the name of the host, if at all.',
      ),
    },
  },
  egress: {
    doc: 'Source addresses for SMTP out. Of several, each site (the mail hosts of a domain) is served by one, always the same; adding one moves only its share of the sites. An IPv4 egress serves the IPv4 addresses of a site, an IPv6 one the others; a site with none of that family goes to another egress. Without any: whichever the system picks.',
    default: [],
    example: { name: 'a', address: '192.0.2.25', ehlo: 'mail.example.org' },
    options: {
      name: text(undefined, 'Its name in the log, in commands and in paths.'),
      address: {
        schema: parsed(
          (written) => (ipFamily(written) === undefined ? undefined : written),
          'write an IP address of this machine, such as "192.0.2.25"',
        ),
        suffix: '',
        doc: 'The IP address that connections come from.',
      },
      ehlo: optionalText('The name to greet with; it should resolve to the address. Empty: the hostname.'),
      since: optionalDate(
        'The date (UTC) on which a new address begins to send mail, such as "2026-11-24": for about four weeks from then on it sends little to each provider, and more each day (docs/providers.md). Empty: it is known to them, and sends what there is.',
      ),
    },
  },
  reply: {
    doc: 'Rules of your own for what replies of other hosts mean; they are asked before those that come with Relais. docs/providers.md says how to write one, and `relais provider explain` tries it.',
    default: [],
    example: { name: 'our-partner', says: ['refused by our policy desk'], class: 'ip-blocked' },
    options: {
      name: text(undefined, 'Its name, shown as own/NAME with every reply that it reads.'),
      says: phrases(
        'Phrases of which the reply says one: words in lower case; "a|b" is either, "block*" any word that begins so, "…" up to eight words between, "#" an IP address, "@" a mail address.',
      ),
      class: choice(undefined, CLASS_NAMES, 'What it then means.'),
      provider: optionalText(
        'Only replies of this provider, by a name such as "google" or "gmail". Empty: of all.',
      ),
      stage: choice('any', ['any', ...STAGES], 'Only replies at this point of the dialogue.'),
      code: optionalText(
        'Only replies whose code begins so, such as "4", "55" or "421"; whose enhanced code is this, such as "5.7.1". Empty: all.',
      ),
    },
  },
} as const satisfies Readonly<Record<string, List>>;

/** A table: `[name]`. */
export interface Table {
  readonly doc: string;
  readonly options: Options;
}

/** A table that repeats: `[[name]]`. */
export interface List extends Table {
  readonly default: readonly Readonly<Record<string, TomlValue>>[];
  /** For the reference, where the default is none. */
  readonly example?: Readonly<Record<string, TomlValue>>;
}

/** The configuration as the code uses it: every option has a value. */
export type Config = Values<typeof ROOT> & {
  readonly [K in keyof typeof TABLES]: Values<(typeof TABLES)[K]['options']>;
} & {
  readonly [K in keyof typeof LISTS]: readonly Values<(typeof LISTS)[K]['options']>[];
};
