import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { type Capabilities, NO_CAPABILITIES } from './capabilities.ts';
import type { ParsedReply } from './reply.ts';
import {
  ClientTransaction,
  type RecipientResult,
  type Send,
  type TransactionRequest,
} from './transaction.ts';

const PIPELINING: Capabilities = { ...NO_CAPABILITIES, pipelining: true };
const CHUNKING: Capabilities = { ...NO_CAPABILITIES, chunking: true };
const BOTH: Capabilities = { ...PIPELINING, chunking: true };
const SERVERS = { plain: NO_CAPABILITIES, pipelining: PIPELINING, chunking: CHUNKING, both: BOTH };

function aRequest(about: Partial<TransactionRequest> & { to?: number } = {}): TransactionRequest {
  const { to = 2, ...rest } = about;
  const recipients = Array.from({ length: to }, (_, index) => ({ address: `r${index}@x.example` }));
  return { reversePath: 's@y.example', parameters: {}, recipients, sizeBytes: 100, ...rest };
}

/** What a server says to each command; `content`: to a message that came after 354, `bdat`: to a chunk. */
type Script = (command: string) => number;

interface Outcome {
  readonly sent: string[];
  readonly results: RecipientResult[];
  readonly reset: boolean;
}

/** Runs a transaction against a server that answers each command by a script. */
function run(
  request: TransactionRequest,
  offered: Capabilities,
  about: { script: Script; reset?: boolean },
): Outcome {
  const transaction = new ClientTransaction(request, offered);
  const sent: string[] = [];
  const due: number[] = [];
  const take = (send: Send): void => {
    if (send.kind === 'content' || send.kind === 'no-content') {
      sent.push(send.kind);
      due.push(about.script(send.kind));
    } else if (send.kind !== 'nothing') {
      const commands = send.text.split('\r\n').slice(0, -1);
      if (!offered.pipelining) assert.equal(commands.length, 1, 'a second command without PIPELINING');
      if (send.kind === 'commands-and-chunk') assert.match(commands.at(-1) ?? '', /^BDAT \d+ LAST$/);
      sent.push(...commands);
      for (const command of commands) due.push(about.script(command));
    }
  };
  take(transaction.start({ reset: about.reset ?? false }));
  for (let turns = 0; turns < 1_000; turns++) {
    const code = due.shift();
    assert.ok(code !== undefined, `the client waits for a reply that is not due after ${sent.join(' | ')}`);
    const step = transaction.reply(says(code));
    if (step.kind === 'done') {
      assert.deepEqual(due, [], 'done while replies are due');
      return { sent, results: step.results, reset: step.reset };
    }
    take(step.send);
  }
  throw new Error('no end');
}

function says(code: number): ParsedReply {
  return { code, lines: [`said ${code}`] };
}

/** A server that agrees to everything but what begins with one of the words. */
function agree(except: Readonly<Record<string, number>> = {}): Script {
  return (command) => {
    const word = Object.keys(except).find((start) => command.startsWith(start));
    return word === undefined ? (command === 'DATA' ? 354 : 250) : (except[word] as number);
  };
}

const brief = ({ results }: Outcome): string =>
  results
    .map(({ stage, reply, accepted }) => `${stage} ${reply.code}${accepted ? ' accepted' : ''}`)
    .join(', ');

const ALL = { plain: true, pipelining: true, chunking: true, both: true };

/** What the server refuses, what each recipient's result is then, and whether RSET must come next. */
const REFUSALS: readonly {
  except: Record<string, number>;
  expected: string;
  reset: boolean;
  where?: Partial<typeof ALL>;
}[] = [
  { except: {}, expected: 'end-of-data 250 accepted, end-of-data 250 accepted', reset: false },
  { except: { MAIL: 550, RCPT: 503, DATA: 503, BDAT: 503 }, expected: 'mail 550, mail 550', reset: true },
  { except: { MAIL: 451, RCPT: 503, DATA: 503, BDAT: 503 }, expected: 'mail 451, mail 451', reset: true },
  { except: { 'RCPT TO:<r0': 550 }, expected: 'rcpt 550, end-of-data 250 accepted', reset: false },
  { except: { 'RCPT TO:<r1': 452 }, expected: 'end-of-data 250 accepted, rcpt 452', reset: false },
  { except: { RCPT: 550, DATA: 554, BDAT: 554 }, expected: 'rcpt 550, rcpt 550', reset: true },
  {
    except: { DATA: 451 },
    expected: 'data 451, data 451',
    reset: true,
    where: { chunking: false, both: false },
  },
  {
    except: { DATA: 250 },
    expected: 'data 250, data 250',
    reset: true,
    where: { chunking: false, both: false },
  },
  { except: { content: 554, BDAT: 554 }, expected: 'end-of-data 554, end-of-data 554', reset: false },
  { except: { content: 451, BDAT: 451 }, expected: 'end-of-data 451, end-of-data 451', reset: false },
  // A server out of step: no 3yz is a yes.
  { except: { content: 354, BDAT: 354 }, expected: 'end-of-data 354, end-of-data 354', reset: false },
  { except: { 'RCPT TO:<r0': 354 }, expected: 'rcpt 354, end-of-data 250 accepted', reset: false },
  {
    except: { 'RCPT TO:<r0': 550, content: 554, BDAT: 554 },
    expected: 'rcpt 550, end-of-data 554',
    reset: false,
  },
];

test('each stage refused gives each recipient the reply that decided it', () => {
  for (const { except, expected, reset, where } of REFUSALS) {
    for (const [name, offered] of Object.entries(SERVERS)) {
      if (!{ ...ALL, ...where }[name as keyof typeof ALL]) continue;
      const outcome = run(aRequest(), offered, { script: agree(except) });
      const about = `${name} ${JSON.stringify(except)}`;
      assert.equal(brief(outcome), expected, about);
      assert.equal(outcome.reset, reset, about);
    }
  }
});

test('all refused and 354 all the same: an empty message ends it and is accepted for nobody', () => {
  const outcome = run(aRequest(), PIPELINING, { script: agree({ RCPT: 550 }) });
  assert.deepEqual(outcome.sent.slice(-2), ['DATA', 'no-content']);
  assert.equal(brief(outcome), 'rcpt 550, rcpt 550');
  const late = run(aRequest(), PIPELINING, { script: agree({ MAIL: 550 }) });
  assert.equal(brief(late), 'mail 550, mail 550');
  assert.equal(late.sent.at(-1), 'no-content');
});

test('without PIPELINING nothing is sent that is already pointless', () => {
  assert.deepEqual(run(aRequest(), NO_CAPABILITIES, { script: agree({ MAIL: 550 }) }).sent, [
    'MAIL FROM:<s@y.example>',
  ]);
  const refused = run(aRequest(), NO_CAPABILITIES, { script: agree({ RCPT: 550 }) });
  assert.ok(!refused.sent.includes('DATA'));
  const chunked = run(aRequest({ sizeBytes: 1_000_000 }), BOTH, { script: agree({ RCPT: 550 }) });
  assert.ok(!chunked.sent.some((command) => command.startsWith('BDAT')));
});

test('a message costs one write with PIPELINING and CHUNKING when it is small, two when it is large', () => {
  const small = new ClientTransaction(aRequest(), BOTH).start({ reset: false });
  assert.equal(small.kind, 'commands-and-chunk');
  const large = new ClientTransaction(aRequest({ sizeBytes: 256 * 1024 + 1 }), BOTH).start({ reset: false });
  assert.equal(large.kind, 'commands');
  assert.ok(large.kind === 'commands' && !large.text.includes('BDAT') && large.text.includes('RCPT TO:<r1'));
});

test('an unclean end is followed by RSET, which comes before anything else', () => {
  for (const offered of Object.values(SERVERS)) {
    for (const code of [250, 500]) {
      const outcome = run(aRequest(), offered, { script: agree({ RSET: code }), reset: true });
      assert.deepEqual(outcome.sent.slice(0, 2), ['RSET', outcome.sent[1]]);
      assert.match(outcome.sent[1] ?? '', /^MAIL/);
      assert.equal(brief(outcome), 'end-of-data 250 accepted, end-of-data 250 accepted');
    }
  }
});

test('parameters are sent only to a server that offered them', () => {
  const request = aRequest({
    to: 0,
    parameters: { body: '8BITMIME', smtpUtf8: true, requireTls: true, ret: 'HDRS', envid: 'a+b c' },
    recipients: [{ address: 'u@x.example', notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;u+t@x.example' }],
  });
  const all: Capabilities = { ...NO_CAPABILITIES, size: 0, eightBitMime: true, dsn: true };
  assert.deepEqual(run(request, all, { script: agree() }).sent.slice(0, 2), [
    'MAIL FROM:<s@y.example> SIZE=100 BODY=8BITMIME SMTPUTF8 REQUIRETLS RET=HDRS ENVID=a+2Bb+20c',
    'RCPT TO:<u@x.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;u+2Bt@x.example',
  ]);
  assert.deepEqual(run(request, NO_CAPABILITIES, { script: agree() }).sent.slice(0, 2), [
    'MAIL FROM:<s@y.example> SMTPUTF8 REQUIRETLS',
    'RCPT TO:<u@x.example>',
  ]);
  const null7bit = aRequest({ reversePath: '', parameters: { body: '7BIT' } });
  assert.equal(run(null7bit, all, { script: agree() }).sent[0], 'MAIL FROM:<> SIZE=100');
});

test('the stage waited for, and what is known when the connection breaks there', () => {
  const transaction = new ClientTransaction(aRequest(), PIPELINING);
  transaction.start({ reset: true });
  const seen = [transaction.stage];
  for (const code of [250, 250, 550, 250]) {
    transaction.reply(says(code));
    seen.push(transaction.stage);
  }
  assert.deepEqual(seen, ['rset', 'mail', 'rcpt', 'rcpt', 'data']);
  assert.deepEqual(
    transaction.partial.map((result) => result?.reply.code),
    [550, undefined],
  );
});

test('a connection that closes after MAIL was refused has an outcome for every recipient that was sent along', () => {
  const transaction = new ClientTransaction(aRequest(), PIPELINING);
  transaction.start({ reset: false });
  transaction.reply(says(421));
  assert.deepEqual(
    transaction.partial.map((result) => [result?.stage, result?.reply.code, result?.accepted]),
    [
      ['mail', 421, false],
      ['mail', 421, false],
    ],
  );
});

test('a reply that no command asked for is an error', () => {
  const transaction = new ClientTransaction(aRequest({ to: 1 }), NO_CAPABILITIES);
  transaction.start({ reset: false });
  for (const code of [250, 250, 354, 250]) transaction.reply(says(code));
  assert.throws(() => transaction.reply(says(250)), /no command asked/);
});

test('whatever a server says, every recipient has one result, and only an accepted one was told 2yz at the end', () => {
  const { next, pick } = chance(7);
  const codes = [250, 250, 250, 354, 354, 450, 451, 550, 554, 421, 221, 503];
  for (let round = 0; round < 20_000; round++) {
    const request = aRequest({ to: 1 + next(4), sizeBytes: pick([10, 1_000_000]) });
    const said: (readonly [string, number])[] = [];
    const script: Script = (command) => {
      const code = pick(codes);
      said.push([command, code]);
      return code;
    };
    const { results } = run(request, pick(Object.values(SERVERS)), { script, reset: next(4) === 0 });
    assert.equal(results.length, request.recipients.length);
    const [last, code] = said.at(-1) as [string, number];
    const taken = /^(BDAT|content)/.test(last) && code < 300;
    for (const [index, result] of results.entries()) {
      const rcpt = said.find(([command]) => command.startsWith(`RCPT TO:<r${index}@`))?.[1] ?? 0;
      const mail = said.find(([command]) => command.startsWith('MAIL'))?.[1] ?? 0;
      assert.equal(result.accepted, taken && mail < 300 && rcpt >= 200 && rcpt < 300, said.join(' '));
    }
  }
});
