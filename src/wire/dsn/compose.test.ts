import assert from 'node:assert/strict';
import { test } from 'node:test';
import PostalMime, { type Email } from 'postal-mime';
import { composeDsn, type DsnMessage } from './compose.ts';
import { type DsnRecipient, type DsnReport, situationOf } from './report.ts';
import { MAX_LINE_OCTETS } from './text.ts';

const ARRIVED = Date.UTC(2018, 2, 12, 8, 0);
const NOW = Date.UTC(2018, 2, 12, 9, 0);
const MOMENT = { nowMs: NOW, random: Uint8Array.from({ length: 16 }, (_, index) => index) };
const ORIGINAL = Buffer.from(
  'From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: lunch\r\nMessage-ID: <lunch-1@example.org>\r\n\r\nAt noon?\r\n',
);

const BOB: DsnRecipient = {
  finalRecipient: 'bob@example.net',
  originalRecipient: 'rfc822;robert@example.net',
  action: 'failed',
  status: '5.1.1',
  blame: 'recipient',
  remoteMta: 'mx1.example.net',
  diagnostic: '550 5.1.1 <bob@example.net>: no such user here\nsee https://example.net/help',
  lastAttemptAtMs: NOW - 60_000,
};

const REPORT: DsnReport = {
  to: 'ann@example.org',
  language: 'en',
  reportingMta: 'mail.example.org',
  envelopeId: 'QQ314159',
  arrivedAtMs: ARRIVED,
  recipients: [BOB],
  original: ORIGINAL,
  ret: 'HDRS',
  maxReturnBytes: 100_000,
  smtpUtf8: false,
  transport: '8bit',
};

interface Parsed {
  readonly email: Email;
  readonly text: string;
  readonly header: ReadonlyMap<string, string>;
  readonly status: Part;
  readonly returned: Part;
}

interface Part {
  readonly type: string;
  readonly content: string;
}

/** Checks what holds for every notification, then reads it with a MIME parser that is not ours. */
async function read(message: DsnMessage): Promise<Parsed> {
  const raw = message.bytes.toString('latin1');
  assert.doesNotMatch(raw, /\r(?!\n)|(?<!\r)\n|\0/);
  for (const line of raw.split('\r\n')) assert.ok(line.length <= MAX_LINE_OCTETS);
  if (message.bodyType === '7BIT') assert.match(raw, /^[\x00-\x7f]*$/);
  if (!message.smtpUtf8) assert.match(raw.slice(0, raw.indexOf('\r\n\r\n')), /^[\x00-\x7f]*$/);
  const email = await PostalMime.parse(message.bytes, {
    forceRfc822Attachments: true,
    attachmentEncoding: 'utf8',
  });
  const parts = email.attachments.map((part) => ({ type: part.mimeType, content: String(part.content) }));
  assert.equal(parts.length, 2, JSON.stringify(parts.map(({ type }) => type)));
  const header = new Map(email.headers.map(({ key, value }) => [key, value]));
  const [status, returned] = parts as [Part, Part];
  return { email, text: email.text ?? '', header, status, returned };
}

/** The groups of fields of a delivery-status part, unfolded. */
function groups(content: string): ReadonlyMap<string, string>[] {
  return content
    .trimEnd()
    .split(/\r?\n\r?\n/)
    .map((group) => {
      const lines = group.replace(/\r?\n(?=[ \t])/g, '').split(/\r?\n/);
      return new Map(
        lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
    });
}

/** The parser gives text with LF. */
function lf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}

test('a failure: every field is where the RFCs want it', async () => {
  const { email, header, status, returned, text } = await read(composeDsn(REPORT, MOMENT));
  assert.deepEqual(
    [email.from?.name, email.from?.address],
    ['Mail Delivery System', 'MAILER-DAEMON@mail.example.org'],
  );
  assert.deepEqual(
    email.to?.map(({ address }) => address),
    ['ann@example.org'],
  );
  assert.equal(email.subject, 'Not delivered: your message to bob@example.net');
  assert.equal(email.messageId, '<000102030405060708090a0b0c0d0e0f@mail.example.org>');
  assert.equal(email.inReplyTo, '<lunch-1@example.org>');
  assert.equal(header.get('date'), 'Mon, 12 Mar 2018 09:00:00 +0000');
  assert.equal(header.get('auto-submitted'), 'auto-replied');
  assert.match(
    header.get('content-type') ?? '',
    /^multipart\/report; report-type=delivery-status; boundary="/,
  );
  assert.equal(status.type, 'message/delivery-status');
  assert.deepEqual(
    groups(status.content).map((group) => Object.fromEntries(group)),
    [
      {
        'Original-Envelope-Id': 'QQ314159',
        'Reporting-MTA': 'dns; mail.example.org',
        'Arrival-Date': 'Mon, 12 Mar 2018 08:00:00 +0000',
      },
      {
        'Original-Recipient': 'rfc822; robert@example.net',
        'Final-Recipient': 'rfc822; bob@example.net',
        Action: 'failed',
        Status: '5.1.1',
        'Remote-MTA': 'dns; mx1.example.net',
        'Diagnostic-Code':
          'smtp; 550 5.1.1 <bob@example.net>: no such user here see https://example.net/help',
        'Last-Attempt-Date': 'Mon, 12 Mar 2018 08:59:00 +0000',
      },
    ],
  );
  assert.equal(returned.type, 'text/rfc822-headers');
  assert.equal(returned.content.trim(), lf(ORIGINAL.toString()).split('\n\n')[0]);
  assert.match(
    flat(text),
    /about the message that you sent on Monday 12 March 2018 at 08:00 UTC\. Subject: lunch The address bob@example\.net does not exist, according to mx1\.example\.net\. Your message was not delivered and will not be tried again\. Only you can put this right:/,
  );
  assert.match(
    flat(text),
    /mx1\.example\.net answered exactly this: 550 5\.1\.1 <bob@example\.net>: no such user here see https/,
  );
});

test('every situation in both languages, with and without 8BITMIME', async () => {
  const actions = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;
  const blames = ['local', 'path', 'reputation', 'sender', 'recipient', 'message', 'unknown'] as const;
  for (const language of ['en', 'fr'] as const) {
    for (const transport of ['7bit', '8bit'] as const) {
      const recipients = actions.flatMap((action) =>
        blames.map((blame) => ({ ...BOB, action, blame, status: '5.0.0', willRetryUntilMs: NOW })),
      );
      const message = composeDsn({ ...REPORT, language, transport, recipients }, MOMENT);
      assert.equal(message.bodyType, transport === '7bit' ? '7BIT' : '8BITMIME');
      const { text, email, status } = await read(message);
      assert.doesNotMatch(text, /\{\w+\}|undefined|\ufffd/);
      assert.equal(
        email.subject,
        language === 'fr'
          ? 'Non remis\u00a0: votre message à bob@example.net et 6 de plus'
          : 'Not delivered: your message to bob@example.net and 6 more',
      );
      assert.equal(groups(status.content).length, 1 + recipients.length);
      if (language === 'fr')
        assert.match(text.replace(/[ \r\n]+/g, ' '), /Vous n’avez rien à faire\u00a0; ne le renvoyez pas\./);
    }
  }
});

test('a far end without a name is named by what it is', async () => {
  const { remoteMta: _, ...nameless } = { ...BOB, status: '5.7.1' };
  for (const [language, expected] of [
    ['en', 'The receiving server does not take this message for bob@example.net.'],
    ['fr', 'Le serveur destinataire ne prend pas ce message pour bob@example.net.'],
  ] as const) {
    const { text } = await read(composeDsn({ ...REPORT, language, recipients: [nameless] }, MOMENT));
    assert.ok(flat(text).includes(expected), text);
  }
});

test('the situation follows the blame, and the status where it can be believed', () => {
  const cases = [
    ['failed', 'recipient', '5.1.1', 'no-such-address'],
    ['failed', 'recipient', '5.2.2', 'mailbox-full'],
    ['failed', 'message', '5.3.4', 'too-big'],
    ['failed', 'recipient', '5.7.1', 'recipient-refuses'],
    ['failed', 'reputation', '5.1.1', 'provider-refuses-us'],
    ['failed', 'recipient', '5.4.4', 'no-such-domain'],
    ['failed', 'path', '4.4.7', 'unreachable'],
    ['failed', 'unknown', '4.4.7', 'out-of-time'],
    ['delayed', 'local', '4.4.1', 'delayed-our-fault'],
    ['delayed', 'recipient', '4.2.2', 'delayed-recipient'],
    ['relayed', 'unknown', '2.0.0', 'relayed'],
  ] as const;
  for (const [action, blame, status, expected] of cases)
    assert.equal(situationOf({ action, blame, status }), expected);
  for (const [blame, diagnostic, expected] of [
    ['recipient', '451 4.3.0 try later', 'put-off'],
    ['unknown', '450 who knows', 'put-off'],
    ['recipient', '550 no', 'recipient-refuses'],
    ['path', '421 busy', 'unreachable'],
  ] as const)
    assert.equal(situationOf({ action: 'failed', blame, status: '4.4.7', diagnostic }), expected);
  for (const reach of ['all', 'some', 'there'] as const) {
    const stop = { sinceMs: 1, reach, where: 'far.example' };
    const stopped = { action: 'delayed', blame: 'local', status: '4.4.1', stop } as const;
    assert.equal(situationOf(stopped), `delayed-${reach}-by-us`);
  }
});

test('a delay says until when, a success returns no body, and the status fits the action', async () => {
  const delayed = await read(
    composeDsn(
      {
        ...REPORT,
        ret: 'FULL',
        recipients: [
          { ...BOB, action: 'delayed', blame: 'local', status: 'what', willRetryUntilMs: NOW + 1 },
        ],
      },
      MOMENT,
    ),
  );
  const group = groups(delayed.status.content)[1];
  assert.equal(group?.get('Will-Retry-Until'), 'Mon, 12 Mar 2018 09:00:00 +0000');
  assert.equal(group?.get('Status'), '4.0.0');
  assert.equal(delayed.email.subject, 'Late, not lost: your message to bob@example.net');
  assert.equal(delayed.returned.type, 'text/rfc822-headers');
  const relayed = await read(
    composeDsn({ ...REPORT, recipients: [{ ...BOB, action: 'relayed', status: '5.1.1' }] }, MOMENT),
  );
  assert.equal(groups(relayed.status.content)[1]?.get('Status'), '2.1.1');
  assert.equal(relayed.email.subject, 'Confirmation: your message to bob@example.net');
});

test('RET=FULL returns the message when it is small and plain, else the header', async () => {
  const head = ORIGINAL.toString().split('\r\n\r\n')[0];
  const cases: readonly { what: string; original: Buffer; report?: Partial<DsnReport>; type: string }[] = [
    { what: 'plain', original: ORIGINAL, type: 'message/rfc822' },
    { what: '8-bit', original: Buffer.from(`${head}\r\n\r\nDéjà\r\n`), type: 'message/rfc822' },
    {
      what: '8-bit to 7-bit',
      original: Buffer.from(`${head}\r\n\r\nDéjà\r\n`),
      report: { transport: '7bit' },
      type: 'text/rfc822-headers',
    },
    { what: 'too big', original: ORIGINAL, report: { maxReturnBytes: 20 }, type: 'text/rfc822-headers' },
    {
      what: 'long line',
      original: Buffer.from(`${head}\r\n\r\n${'x'.repeat(2_000)}\r\n`),
      type: 'text/rfc822-headers',
    },
    { what: 'bare LF', original: Buffer.from(`${head}\r\n\r\nx\ny\r\n`), type: 'text/rfc822-headers' },
    { what: 'NUL', original: Buffer.from(`${head}\r\n\r\nx\0y\r\n`), type: 'text/rfc822-headers' },
    {
      what: 'long header line',
      original: Buffer.from(`X-Long: ${'x'.repeat(2_000)}\r\n${head}\r\n\r\n`),
      type: 'text/rfc822-headers',
    },
    {
      what: 'UTF-8 header',
      original: Buffer.from(`X: é\r\n${head}\r\n\r\nbody`),
      report: { smtpUtf8: true },
      type: 'message/global',
    },
    {
      what: 'Latin-1 header',
      original: Buffer.from(`X: é\r\n${head}\r\n\r\nbody`, 'latin1'),
      report: { smtpUtf8: true },
      type: 'message/rfc822',
    },
  ];
  for (const { what, original, report, type } of cases) {
    const { returned } = await read(composeDsn({ ...REPORT, ret: 'FULL', original, ...report }, MOMENT));
    assert.equal(returned.type, type, what);
    if (what !== 'Latin-1 header')
      assert.ok(
        lf(returned.content).includes(
          lf(type.startsWith('message') ? original.toString().trimEnd() : (head ?? '')),
        ),
        what,
      );
  }
});

test('addresses that are not ASCII (RFC 6533)', async () => {
  const zoe = { ...BOB, finalRecipient: 'zoë@example.net', originalRecipient: 'utf-8;zoë@example.net' };
  const modern = composeDsn({ ...REPORT, to: 'änn@example.org', recipients: [zoe], smtpUtf8: true }, MOMENT);
  const parsed = await read(modern);
  assert.ok(modern.smtpUtf8);
  assert.equal(parsed.status.type, 'message/global-delivery-status');
  assert.equal(groups(parsed.status.content)[1]?.get('Final-Recipient'), 'utf-8; zoë@example.net');
  assert.equal(parsed.email.to?.[0]?.address, 'änn@example.org');
  const old = composeDsn({ ...REPORT, recipients: [zoe], transport: '7bit' }, MOMENT);
  const classic = await read(old);
  assert.deepEqual(
    [old.smtpUtf8, old.bodyType, classic.status.type],
    [false, '7BIT', 'message/delivery-status'],
  );
  assert.equal(groups(classic.status.content)[1]?.get('Final-Recipient'), 'utf-8; zo\\x{EB}@example.net');
  assert.match(classic.text, /zoë@example\.net/);
});

test('no input can forge a header, a field or a part', async () => {
  const evil =
    'x\r\nBcc: all@example.com\r\n\r\n--relais-000102030405060708090a0b0c0d0e0f\r\nContent-Type: text/html\r\n\r\n<b>\0\u2028';
  const recipient: DsnRecipient = {
    ...BOB,
    finalRecipient: evil,
    originalRecipient: `rfc822;${evil}`,
    status: evil,
    remoteMta: evil,
    diagnostic: evil,
  };
  const original = Buffer.from('Subject: a\u2028b\r\nMessage-ID: <a>\r\n b: c\r\n\r\n');
  const { header, email, status } = await read(
    composeDsn(
      { ...REPORT, to: evil, envelopeId: evil, reportingMta: evil, recipients: [recipient], original },
      MOMENT,
    ),
  );
  assert.equal(header.has('bcc'), false);
  assert.equal(email.html, undefined);
  assert.equal(groups(status.content).length, 2);
  for (const group of groups(status.content)) assert.equal(group.has('Bcc'), false);
});

test('nobody to tell or nothing to tell is an error of the caller', () => {
  assert.throws(() => composeDsn({ ...REPORT, recipients: [] }, MOMENT), RangeError);
  assert.throws(() => composeDsn({ ...REPORT, to: '' }, MOMENT), RangeError);
});

test('random input gives a message that parses, with its lines in bounds', async () => {
  let seed = 17;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const pieces = [
    'a',
    ' ',
    '  ',
    '\r\n',
    '\n',
    '\0',
    'é',
    '😀',
    '\ud800',
    ':',
    '=?',
    '"',
    '<',
    '>',
    'x'.repeat(1_500),
    'é'.repeat(700),
    '\t',
    '.',
    '--',
  ];
  const text = (): string => Array.from({ length: next(8) }, () => pieces[next(pieces.length)]).join('');
  for (let run = 0; run < 400; run += 1) {
    const recipients = Array.from({ length: 1 + next(3) }, () => ({
      ...BOB,
      finalRecipient: text(),
      originalRecipient: `rfc822;${text()}`,
      diagnostic: text(),
      remoteMta: text(),
      status: text(),
    }));
    const report: DsnReport = {
      ...REPORT,
      recipients,
      envelopeId: text(),
      original: Buffer.from(`${text()}\r\n\r\n${text()}`),
      language: next(2) === 0 ? 'en' : 'fr',
      transport: next(2) === 0 ? '7bit' : '8bit',
      smtpUtf8: next(2) === 0,
      ret: next(2) === 0 ? 'FULL' : 'HDRS',
    };
    const { status } = await read(composeDsn(report, MOMENT));
    assert.equal(groups(status.content).length, 1 + recipients.length);
  }
});

test('what failed says whom to turn to where that is known, what is only late does not', async () => {
  const about = { ...REPORT, contact: 'help@example.org' };
  assert.match((await read(composeDsn(about, MOMENT))).text, /^To reach us: help@example\.org$/m);
  const french = composeDsn({ ...about, language: 'fr' }, MOMENT);
  assert.match((await read(french)).text, /^Pour nous joindre\u00a0: help@example\.org$/m);
  const late = composeDsn({ ...about, recipients: [{ ...BOB, action: 'delayed', status: '4.2.0' }] }, MOMENT);
  for (const made of [late, composeDsn(REPORT, MOMENT)])
    assert.doesNotMatch((await read(made)).text, /To reach us/);
});
