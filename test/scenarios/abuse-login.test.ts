/** Hostile logins and TLS (RFC 3207, RFC 4954). */
import { abuse, BEGUN, EHLO, type Exchange, MAIL, QUIT, RCPT, type Row, type Turn } from '../abuse.ts';
import { ALICE, BOB, PASSWORD } from '../world.ts';

const STARTTLS: Exchange = ['STARTTLS\r\n', '220/2.0.0'];
const OVER_TLS: readonly Turn[] = [EHLO, STARTTLS, 'secure', EHLO];
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (user: string, password = 'wrong'): string => base64(`\0${user}\0${password}`);
const LOGIN: Exchange = [`AUTH PLAIN ${plain(ALICE, PASSWORD)}\r\n`, '235/2.7.0'];

/** Exchanges on the submission port, over TLS. */
const login = (name: string, ...turns: Exchange[]): Row => ({
  name,
  at: 'submission',
  turns: [...OVER_TLS, ...turns],
});

const tls: Row[] = [
  {
    name: 'commands injected behind STARTTLS',
    turns: [EHLO, ['STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<>\r\n', '503/5.5.1']],
    end: 'closed',
  },
  {
    name: 'half a command injected behind STARTTLS',
    turns: [EHLO, ['STARTTLS\r\nEH', '503/5.5.1']],
    end: 'closed',
  },
  {
    name: 'plain text where the handshake should be',
    turns: [EHLO, STARTTLS, ['EHLO evil.example\r\n', '']],
    end: 'closed',
  },
  {
    name: 'a client that vanishes in the handshake',
    turns: [EHLO, STARTTLS, ['\x16\x03\x01\x02', '']],
    end: 'vanishes',
  },
  { name: 'a client that is silent in the handshake', turns: [EHLO, STARTTLS], end: 'closed' },
  { name: 'STARTTLS with an argument', turns: [EHLO, ['STARTTLS now\r\n', '501/5.5.2']] },
  { name: 'STARTTLS in the middle of a message', turns: [...BEGUN, ['STARTTLS\r\n', '503/5.5.1']] },
  { name: 'STARTTLS over TLS', turns: [...OVER_TLS, ['STARTTLS\r\n', '503/5.5.1']] },
  {
    name: 'what was said before TLS is forgotten',
    turns: [EHLO, STARTTLS, 'secure', ['MAIL FROM:<s@far.example>\r\n', '503/5.5.1']],
  },
  {
    name: 'QUIT pipelined over TLS',
    turns: [...OVER_TLS, ['NOOP\r\nQUIT\r\nNOOP\r\n', '250/2.0.0 221/2.0.0']],
    end: 'closed',
  },
  { name: 'a client that vanishes over TLS', turns: [...OVER_TLS, MAIL, RCPT], end: 'vanishes' },
  { name: 'the end of the input over TLS', turns: [...OVER_TLS, 'half-close'], end: 'closed' },
];

const unencrypted: Row[] = [
  {
    name: 'AUTH before TLS',
    at: 'submission',
    turns: [EHLO, [`AUTH PLAIN ${plain(ALICE, PASSWORD)}\r\n`, '538/5.7.11']],
  },
  {
    name: 'MAIL without logging in',
    at: 'submission',
    turns: [EHLO, ['MAIL FROM:<alice@x.example>\r\n', '530/5.7.0']],
  },
  {
    name: 'MAIL over TLS without logging in',
    at: 'submission',
    turns: [...OVER_TLS, ['MAIL FROM:<alice@x.example>\r\n', '530/5.7.0']],
  },
  { name: 'AUTH where mail comes in', turns: [EHLO, ['AUTH PLAIN\r\n', '502/5.5.1']] },
  {
    name: 'AUTH over TLS where mail comes in',
    turns: [...OVER_TLS, [`AUTH PLAIN ${plain(ALICE, PASSWORD)}\r\n`, '502/5.5.1']],
  },
];

const dialogues: Row[] = [
  login('AUTH cancelled', ['AUTH PLAIN\r\n', '334'], ['*\r\n', '501/5.7.0'], ['NOOP\r\n', '250/2.0.0']),
  login(
    'AUTH cancelled in its second step',
    ['AUTH LOGIN\r\n', '334'],
    [`${base64('nobody')}\r\n`, '334'],
    ['*\r\n', '501/5.7.0'],
  ),
  login(
    'AUTH with what is no base64',
    ['AUTH PLAIN !!!!\r\n', '501/5.5.2'],
    ['AUTH PLAIN\r\n', '334'],
    ['a b\r\n', '501/5.5.2'],
  ),
  login('AUTH with an empty response', ['AUTH PLAIN =\r\n', '501/5.5.2']),
  login('AUTH PLAIN without its NULs', [`AUTH PLAIN ${base64('alice')}\r\n`, '501/5.5.2']),
  login('AUTH PLAIN with too many NULs', [`AUTH PLAIN ${base64('a\0b\0c\0d')}\r\n`, '501/5.5.2']),
  login('an unknown mechanism', ['AUTH CRAM-MD5\r\n', '504/5.5.4'], ['AUTH XOAUTH2 eA==\r\n', '504/5.5.4']),
  login('AUTH without a mechanism', ['AUTH\r\n', '501/5.5.2']),
  login(
    'a very long initial response',
    [`AUTH PLAIN ${'A'.repeat(20_000)}\r\n`, '500/5.5.6'],
    ['NOOP\r\n', '250/2.0.0'],
  ),
  login(
    'a very long response ends the login',
    ['AUTH PLAIN\r\n', '334'],
    [`${'A'.repeat(20_000)}\r\n`, '500/5.5.6'],
    ['NOOP\r\n', '250/2.0.0'],
  ),
  {
    name: 'a bare LF in a response',
    at: 'submission',
    turns: [...OVER_TLS, ['AUTH PLAIN\r\n', '334'], [`${plain(ALICE, PASSWORD)}\n`, '521/5.5.2']],
    end: 'closed',
  },
  login('a password for another account', [
    `AUTH PLAIN ${base64(`${BOB}\0${ALICE}\0${PASSWORD}`)}\r\n`,
    '535/5.7.8',
  ]),
  login(
    'a command in place of a response',
    ['AUTH PLAIN\r\n', '334'],
    ['RSET\r\n', '501/5.5.2'],
    ['NOOP\r\n', '250/2.0.0'],
  ),
  login(
    'AUTH in the middle of a message',
    LOGIN,
    ['MAIL FROM:<alice@x.example>\r\n', '250/2.1.0'],
    ['AUTH PLAIN\r\n', '503/5.5.1'],
  ),
  login('AUTH twice', LOGIN, [`AUTH PLAIN ${plain(BOB, PASSWORD)}\r\n`, '503/5.5.1']),
  login(
    'a sender that is somebody else',
    LOGIN,
    ['MAIL FROM:<bob@x.example>\r\n', '553/5.7.1'],
    ['MAIL FROM:<s@far.example>\r\n', '553/5.7.1'],
  ),
  login('EHLO does not log out, and STARTTLS is over', LOGIN, EHLO, [
    `AUTH PLAIN ${plain(BOB, PASSWORD)}\r\n`,
    '503/5.5.1',
  ]),
  login(
    'a broken SCRAM exchange',
    [`AUTH SCRAM-SHA-256 ${base64('n,,n=nobody,r=x')}\r\n`, '334'],
    [`${base64('c=biws,r=other,p=AAAA')}\r\n`, '501/5.5.2'],
  ),
  login('SCRAM that is no SCRAM', [`AUTH SCRAM-SHA-256 ${base64('hello')}\r\n`, '501/5.5.2']),
  {
    name: 'three wrong passwords end the session',
    at: 'submission',
    turns: [
      ...OVER_TLS,
      ...[1, 2].map((n): Exchange => [`AUTH PLAIN ${plain(`nobody${n}`)}\r\n`, '535/5.7.8']),
      [`AUTH PLAIN ${plain('nobody3')}\r\n`, '421/4.7.0'],
    ],
    end: 'closed',
  },
  {
    name: 'QUIT behind a login in one write',
    at: 'submission',
    turns: [...OVER_TLS, [`${LOGIN[0]}${QUIT[0]}`, `${LOGIN[1]} ${QUIT[1]}`]],
    end: 'closed',
  },
  {
    name: 'the end of the input in a login',
    at: 'submission',
    turns: [...OVER_TLS, ['AUTH PLAIN\r\n', '334'], 'half-close'],
    end: 'closed',
  },
  {
    name: 'a client that vanishes while its password is checked',
    at: 'submission',
    turns: [...OVER_TLS, [`AUTH PLAIN ${plain('nobody4')}\r\n`, '']],
    end: 'vanishes',
  },
];

abuse({ limits: { tlsHandshakeTimeoutMs: 500 } }, [...tls, ...unencrypted, ...dialogues]);
