/** Hostile command lines and sequences of them (RFC 5321). */
import {
  abuse,
  atOnce,
  BEGUN,
  DATA,
  EHLO,
  type Exchange,
  HEADER,
  MAIL,
  QUIT,
  RCPT,
  type Row,
} from '../abuse.ts';

const NOOP: Exchange = ['NOOP\r\n', '250/2.0.0'];
const MESSAGE: Exchange = [`${HEADER}body\r\n.\r\n`, '250/2.0.0'];

/** One exchange after EHLO. */
const said = (name: string, sent: string, codes: string): Row => ({ name, turns: [EHLO, [sent, codes]] });

const sequences: Row[] = [
  {
    name: 'everything before the greeting',
    early: true,
    turns: [['EHLO far.example\r\nNOOP\r\n', '220 250 250/2.0.0']],
  },
  { name: 'MAIL before EHLO', turns: [['MAIL FROM:<s@far.example>\r\n', '503/5.5.1']] },
  {
    name: 'RCPT, DATA and AUTH before EHLO',
    turns: [[`${RCPT[0]}DATA\r\nAUTH PLAIN\r\n`, '503/5.5.1 503/5.5.1 503/5.5.1']],
  },
  {
    name: 'RSET does not stand in for EHLO',
    turns: [['RSET\r\nMAIL FROM:<s@far.example>\r\n', '250/2.0.0 503/5.5.1']],
  },
  said('RCPT before MAIL', `${RCPT[0]}`, '503/5.5.1'),
  said('DATA before MAIL', 'DATA\r\n', '503/5.5.1'),
  { name: 'DATA without a recipient', turns: [EHLO, MAIL, ['DATA\r\n', '554/5.5.1'], NOOP] },
  {
    name: 'DATA after only refused recipients',
    turns: [EHLO, MAIL, ['RCPT TO:<nobody@x.example>\r\n', '550/5.1.1'], ['DATA\r\n', '554/5.5.1']],
  },
  {
    name: 'MAIL twice keeps the first',
    turns: [EHLO, MAIL, ['MAIL FROM:<other@far.example>\r\n', '503/5.5.1'], RCPT, DATA, MESSAGE],
    kept: 1,
  },
  { name: 'RSET in the middle', turns: [...BEGUN, ['RSET\r\n', '250/2.0.0'], ['DATA\r\n', '503/5.5.1']] },
  { name: 'EHLO in the middle is RSET', turns: [...BEGUN, EHLO, ['DATA\r\n', '503/5.5.1']] },
  {
    name: 'HELO in the middle is RSET',
    turns: [...BEGUN, ['HELO far.example\r\n', '250'], [`${RCPT[0]}`, '503/5.5.1']],
  },
  {
    name: 'QUIT in the middle of pipelined commands',
    turns: [atOnce(EHLO, MAIL, QUIT, [`${RCPT[0]}DATA\r\nx\r\n.\r\n`, ''])],
    end: 'closed',
  },
  { name: 'everything octet by octet', byOctet: true, turns: [...BEGUN, DATA, MESSAGE], kept: 1 },
  { name: 'nothing but line ends', turns: [['\r\n\r\n\r\n', '500/5.5.1 500/5.5.1 500/5.5.1']] },
  { name: 'a web browser', turns: [['POST / HTTP/1.1\r\nHost: x\r\n\r\n', '500/5.5.1 500/5.5.1 500/5.5.1']] },
  {
    name: 'a TLS client on the plain port',
    turns: [['\x16\x03\x01\x00\x2e\x01\x00\x00\x2a\x03\x03\n', '521/5.5.2']],
    end: 'closed',
  },
  said(
    'VRFY tells nothing of who is here',
    'VRFY alice\r\nVRFY nobody\r\nVRFY alice@x.example\r\n',
    '252/2.5.1 252/2.5.1 252/2.5.1',
  ),
  said('EXPN tells nothing', 'EXPN staff\r\n', '502/5.7.1'),
  said(
    'HELP and an unknown command',
    'HELP\r\nWIZ\r\nDEBUG\r\nKILL\r\n',
    '214/2.0.0 500/5.5.1 500/5.5.1 500/5.5.1',
  ),
];

const lines: Row[] = [
  said('a line too long', `NOOP ${'x'.repeat(3_000)}\r\n`, '500/5.5.6'),
  said(
    'a line a hundred times too long, and the next',
    `${'x'.repeat(200_000)}\r\nNOOP\r\n`,
    '500/5.5.6 250/2.0.0',
  ),
  said('a line as long as the limit', `NOOP ${'x'.repeat(2_041)}\r\n`, '250/2.0.0'),
  ...(
    [
      ['a line ended by LF', 'NOOP\n'],
      ['a line ended by CR', 'NOOP\rMAIL FROM:<>\r\n'],
      ['a bare LF and more commands', 'NOOP\nNOOP\r\n'],
      ['CR CR LF', 'NOOP\r\r\n'],
      ['NUL in a command', 'NO\0OP\r\n'],
      ['NUL in an address', 'MAIL FROM:<s\0@far.example>\r\n'],
      ['a long line with a bare LF', `${'x'.repeat(3_000)}\nNOOP\r\n`],
      ['CR in EHLO', 'EHLO a\rb\r\n'],
      ['LF in an address', 'MAIL FROM:<s@far.example\nRCPT TO:<alice@x.example>\r\n'],
      ['CR in a quoted local part', 'MAIL FROM:<"a\rb"@far.example>\r\n'],
    ] as const
  ).map(
    ([name, sent]): Row => ({
      name: `${name} ends the session`,
      turns: [EHLO, [sent, '521/5.5.2']],
      end: 'closed',
    }),
  ),
];

const addresses: Row[] = [
  said('CRLF in a quoted local part', 'MAIL FROM:<"a\r\nb"@far.example>\r\n', '501/5.1.7 500/5.5.1'),
  said('%0d%0a is only text', 'MAIL FROM:<s%0d%0aDATA@far.example>\r\n', '250/2.1.0'),
  said('a comment in EHLO', 'EHLO x(by\r\n', '501/5.5.2'),
  said('a second word in EHLO', 'EHLO x with SMTP\r\n', '501/5.5.2'),
  said('a semicolon in EHLO', 'EHLO x;Mon\r\n', '501/5.5.2'),
  said('EHLO with 300 octets', `EHLO ${'x'.repeat(300)}\r\n`, '501/5.5.2'),
  said('octets past ASCII in EHLO', 'EHLO b\xc3\xbcro\r\n', '250'),
  said('octets past ASCII for a command', '\xc3\xa9HLO x\r\n', '500/5.5.1'),
  said('octets that are no UTF-8 in an address', 'MAIL FROM:<\xff@far.example> SMTPUTF8\r\n', '501/5.1.7'),
  {
    name: 'a recipient past ASCII without SMTPUTF8',
    turns: [EHLO, MAIL, ['RCPT TO:<\xc3\xa9@x.example>\r\n', '553/5.6.7']],
  },
  {
    name: 'a sender past ASCII without SMTPUTF8',
    turns: [EHLO, ['MAIL FROM:<\xc3\xa9@far.example>\r\n', '553/5.6.7']],
  },
  said(
    'a sender that is no address',
    'MAIL FROM:s\r\nMAIL FROM:<s>\r\nMAIL FROM:<s@>\r\nMAIL FROM:<@>\r\n',
    '501/5.1.7 501/5.1.7 501/5.1.7 501/5.1.7',
  ),
  said('Postmaster as a sender', 'MAIL FROM:<postmaster>\r\n', '553/5.1.7'),
  said('nested quotes', `MAIL FROM:<"${'\\"'.repeat(100)}"@far.example>\r\n`, '501/5.1.7'),
  said('thousands of quotes', `MAIL FROM:<${'"'.repeat(1_900)}@far.example>\r\n`, '501/5.1.7'),
  said('thousands of hops', `MAIL FROM:<${'@a,'.repeat(600)}:s@far.example>\r\n`, '501/5.1.7'),
  said('a local part of 65 octets', `MAIL FROM:<${'s'.repeat(65)}@far.example>\r\n`, '501/5.1.7'),
  said('an address literal as a sender', 'MAIL FROM:<s@[192.0.2.1]>\r\n', '250/2.1.0'),
  said('a broken address literal', 'MAIL FROM:<s@[192.0.2.256]>\r\n', '501/5.1.7'),
  ...(
    [
      ['another domain', 'victim@far.example', '550/5.7.1'],
      ['a source route elsewhere', '@x.example:victim@far.example', '550/5.7.1'],
      ['the percent hack', 'victim%far.example@x.example', '550/5.1.1'],
      ['a bang path', 'far.example!victim@x.example', '550/5.1.1'],
      ['a quoted address', '"victim@far.example"@x.example', '550/5.1.1'],
      ['an address literal', 'alice@[127.0.0.1]', '550/5.7.1'],
      ['two domains', 'victim@far.example@x.example', '501/5.1.3'],
      ['nobody', '', '501/5.1.3'],
      ['a subdomain', 'alice@sub.x.example', '550/5.7.1'],
      ['our domain and a dot', 'alice@x.example.', '501/5.1.3'],
      ['our domain as a prefix', 'alice@x.example.far.example', '550/5.7.1'],
      ['our domain as a suffix', 'alice@notx.example', '550/5.7.1'],
      ['a source route to here', '@far.example:alice@x.example', '250/2.1.5'],
      ['another case', 'ALICE@X.EXAMPLE', '250/2.1.5'],
      ['a quoted local part', '"alice"@x.example', '250/2.1.5'],
    ] as const
  ).map(
    ([name, to, code]): Row => ({
      name: `relaying: ${name}`,
      turns: [EHLO, MAIL, [`RCPT TO:<${to}>\r\n`, code]],
    }),
  ),
  {
    name: 'Postmaster without a domain (RFC 5321 4.5.1)',
    turns: [EHLO, MAIL, ['RCPT TO:<Postmaster>\r\n', '250/2.1.5']],
  },
];

const parameters: Row[] = [
  said('an unknown parameter', 'MAIL FROM:<s@far.example> X=1\r\n', '555/5.5.4'),
  said('a parameter of the other command', 'MAIL FROM:<s@far.example> NOTIFY=NEVER\r\n', '555/5.5.4'),
  said('a parameter twice', 'MAIL FROM:<s@far.example> SIZE=1 SIZE=2\r\n', '501/5.5.4'),
  said(
    'parameters with wrong values',
    'MAIL FROM:<s@far.example> SIZE=-1\r\nMAIL FROM:<s@far.example> BODY=9BIT\r\nMAIL FROM:<s@far.example> RET=ALL\r\n',
    '501/5.5.4 501/5.5.4 501/5.5.4',
  ),
  said('hundreds of parameters', `MAIL FROM:<s@far.example>${' A=1'.repeat(400)}\r\n`, '501/5.5.4'),
  said('no space before a parameter', 'MAIL FROM:<s@far.example>SIZE=1\r\n', '501/5.5.2'),
  said('a line end in ENVID', 'MAIL FROM:<s@far.example> ENVID=a+0D+0Ab\r\n', '501/5.5.4'),
  said('REQUIRETLS in the clear', 'MAIL FROM:<s@far.example> REQUIRETLS\r\n', '530/5.7.30'),
  {
    name: 'a line end in ORCPT',
    turns: [EHLO, MAIL, ['RCPT TO:<alice@x.example> ORCPT=rfc822;a+0D+0Ab\r\n', '501/5.5.4']],
  },
];

const limits: Row[] = [
  {
    name: 'too many recipients: the rest wait, the message goes',
    turns: [EHLO, MAIL, atOnce(...Array<Exchange>(10).fill(RCPT)), [RCPT[0], '452/4.5.3'], DATA, MESSAGE],
    kept: 1,
  },
  {
    name: 'who is put off, however often, is not sent away, and has all its errors left',
    turns: [
      ...[EHLO, MAIL, atOnce(...Array<Exchange>(10).fill(RCPT))],
      [RCPT[0].repeat(40), '452/4.5.3 '.repeat(40)],
      ['X\r\n'.repeat(20), '500/5.5.1 '.repeat(20)],
      ...[DATA, MESSAGE],
    ],
    kept: 1,
  },
  {
    name: 'too many errors',
    turns: [EHLO, ['X\r\n'.repeat(30), `${'500/5.5.1 '.repeat(21)}421/4.7.0`]],
    end: 'closed',
  },
  {
    name: 'too many refused recipients',
    turns: [EHLO, MAIL, ['RCPT TO:<nobody@x.example>\r\n'.repeat(30), `${'550/5.1.1 '.repeat(21)}421/4.7.0`]],
    end: 'closed',
  },
  {
    name: 'too many commands',
    turns: [EHLO, ['NOOP\r\n'.repeat(300), `${'250/2.0.0 '.repeat(199)}421/4.7.0`]],
    end: 'closed',
  },
  {
    name: 'too many messages in one session',
    turns: [
      EHLO,
      ...Array.from({ length: 5 }, () => [MAIL, RCPT, DATA, MESSAGE]).flat(),
      ['MAIL FROM:<s@far.example>\r\n', '421/4.7.0'],
    ],
    end: 'closed',
    kept: 5,
  },
];

abuse({ limits: { maxRecipients: 10, maxCommands: 200, maxTransactions: 5 } }, [
  ...sequences,
  ...lines,
  ...addresses,
  ...parameters,
  ...limits,
]);
