/**
 * The client's side of one mail transaction, sans-I/O: it says what to send, is told each reply, and ends with one
 * result per recipient.
 *
 * With PIPELINING (RFC 2920) MAIL, every RCPT and DATA go in one write. With CHUNKING (RFC 3030) a small message goes
 * in that same write, so that a message costs one round trip.
 */
import type { Capabilities } from './capabilities.ts';
import { encodeXtext, type MailParameters, type Notify } from './parameters.ts';
import type { ParsedReply } from './reply.ts';

export interface TransactionRecipient {
  readonly address: string;
  readonly notify?: readonly Notify[];
  readonly orcpt?: string;
}

export interface TransactionRequest {
  readonly reversePath: string;
  readonly parameters: MailParameters;
  readonly recipients: readonly TransactionRecipient[];
  /** Octets of the message before dot-stuffing. */
  readonly sizeBytes: number;
}

export type TransactionStage = 'rset' | 'mail' | 'rcpt' | 'data' | 'end-of-data';

export interface RecipientResult {
  readonly stage: TransactionStage;
  readonly reply: ParsedReply;
  readonly accepted: boolean;
}

export type Send =
  | { readonly kind: 'commands'; readonly text: string }
  /** The commands, and the content as it is right behind them. */
  | { readonly kind: 'commands-and-chunk'; readonly text: string }
  /** The content, dot-stuffed, and the line that ends it. */
  | { readonly kind: 'content' }
  /** DATA was agreed to but nobody is left to send to: an empty message ends it. */
  | { readonly kind: 'no-content' }
  | { readonly kind: 'nothing' };

export type TransactionStep =
  | { readonly kind: 'go-on'; readonly send: Send }
  | { readonly kind: 'done'; readonly results: RecipientResult[]; readonly reset: boolean };

interface Expected {
  readonly stage: TransactionStage;
  readonly recipient?: number;
}

/** A message up to this size goes out with its BDAT before the replies to RCPT are known. */
const EAGER_CHUNK_BYTES = 256 * 1024;

export class ClientTransaction {
  readonly #request: TransactionRequest;
  readonly #offered: Capabilities;
  readonly #results: (RecipientResult | undefined)[];
  readonly #expected: Expected[] = [];
  #accepted = 0;
  #nextRecipient = 0;
  #failure: RecipientResult | undefined;

  constructor(request: TransactionRequest, offered: Capabilities) {
    this.#request = request;
    this.#offered = offered;
    this.#results = new Array(request.recipients.length).fill(undefined);
  }

  /** The first thing to send. `reset`: the last transaction of the connection did not end cleanly. */
  start(options: { reset: boolean }): Send {
    const rset = options.reset ? this.#expect('RSET\r\n', { stage: 'rset' }) : '';
    if (!this.#offered.pipelining) return { kind: 'commands', text: rset === '' ? this.#mail() : rset };
    let text = rset + this.#mail();
    while (this.#nextRecipient < this.#request.recipients.length) text += this.#rcpt();
    if (!this.#offered.chunking) return { kind: 'commands', text: text + this.#data() };
    if (this.#request.sizeBytes > EAGER_CHUNK_BYTES) return { kind: 'commands', text };
    return { kind: 'commands-and-chunk', text: text + this.#bdat() };
  }

  /** What a reply means for what comes next. */
  reply(reply: ParsedReply): TransactionStep {
    const expected = this.#expected.shift();
    if (expected === undefined) throw new Error('a reply that no command asked for');
    this.#take(expected, reply);
    if (this.#expected.length > 0) return goOn({ kind: 'nothing' });
    return this.#advance(expected, reply);
  }

  /** The stage of the reply that is being waited for. */
  get stage(): TransactionStage {
    return this.#expected[0]?.stage ?? 'end-of-data';
  }

  /**
   * Results so far, for a connection that broke: undefined where the outcome is not known. Once MAIL was refused every
   * outcome is: who says 421 to it mostly closes without a word about the recipients that were sent along.
   */
  get partial(): readonly (RecipientResult | undefined)[] {
    return this.#results.map((result) => result ?? this.#failure);
  }

  #take({ stage, recipient }: Expected, reply: ParsedReply): void {
    // A 3yz where nothing more was to come is no yes: the two sides are out of step.
    const positive = reply.code < 300;
    if (stage === 'rcpt' && recipient !== undefined) {
      if (positive && this.#failure === undefined) this.#accepted++;
      else this.#results[recipient] = this.#failure ?? { stage, reply, accepted: false };
      return;
    }
    if (stage === 'mail' && !positive) this.#failure = { stage, reply, accepted: false };
    if (stage === 'data' && reply.code !== 354) this.#failAll({ stage, reply, accepted: false });
    if (stage === 'end-of-data') this.#failAll({ stage, reply, accepted: positive });
  }

  #advance(expected: Expected, reply: ParsedReply): TransactionStep {
    switch (expected.stage) {
      case 'rset':
        return goOn({ kind: 'commands', text: this.#mail() });
      case 'mail':
      case 'rcpt':
        if (this.#failure !== undefined) return this.#done();
        if (this.#nextRecipient < this.#request.recipients.length)
          return goOn({ kind: 'commands', text: this.#rcpt() });
        if (this.#accepted === 0) return this.#done();
        if (this.#offered.chunking) return goOn({ kind: 'commands-and-chunk', text: this.#bdat() });
        return goOn({ kind: 'commands', text: this.#data() });
      case 'data':
        if (reply.code !== 354) return this.#done();
        this.#expected.push({ stage: 'end-of-data' });
        return goOn({ kind: this.#accepted > 0 ? 'content' : 'no-content' });
      case 'end-of-data':
        return this.#done();
      default:
        return expected.stage satisfies never;
    }
  }

  #done(): TransactionStep {
    if (this.#failure !== undefined) this.#failAll(this.#failure);
    const results = this.#results.map((result) => {
      if (result === undefined) throw new Error('a transaction ended without a result for each recipient');
      return result;
    });
    // After the end of the data the server is back at the start by itself (RFC 5321 4.1.1.4).
    const clean = results.some((result) => result.stage === 'end-of-data');
    return { kind: 'done', results, reset: !clean };
  }

  #failAll(result: RecipientResult): void {
    this.#results.forEach((known, index) => {
      if (known === undefined) this.#results[index] = result;
    });
  }

  #expect(text: string, expected: Expected): string {
    this.#expected.push(expected);
    return text;
  }

  #mail(): string {
    const { parameters, reversePath, sizeBytes } = this.#request;
    const offered = this.#offered;
    let text = `MAIL FROM:<${reversePath}>`;
    if (offered.size !== undefined) text += ` SIZE=${sizeBytes}`;
    if (parameters.body !== undefined && parameters.body !== '7BIT' && offered.eightBitMime)
      text += ` BODY=${parameters.body}`;
    if (parameters.smtpUtf8) text += ' SMTPUTF8';
    if (parameters.requireTls) text += ' REQUIRETLS';
    if (offered.dsn) {
      if (parameters.ret !== undefined) text += ` RET=${parameters.ret}`;
      if (parameters.envid !== undefined) text += ` ENVID=${encodeXtext(parameters.envid)}`;
    }
    return this.#expect(`${text}\r\n`, { stage: 'mail' });
  }

  #rcpt(): string {
    const index = this.#nextRecipient++;
    const recipient = this.#request.recipients[index] as TransactionRecipient;
    let text = `RCPT TO:<${recipient.address}>`;
    if (this.#offered.dsn) {
      if (recipient.notify !== undefined) text += ` NOTIFY=${recipient.notify.join(',')}`;
      if (recipient.orcpt !== undefined) {
        const at = recipient.orcpt.indexOf(';');
        text += ` ORCPT=${recipient.orcpt.slice(0, at)};${encodeXtext(recipient.orcpt.slice(at + 1))}`;
      }
    }
    return this.#expect(`${text}\r\n`, { stage: 'rcpt', recipient: index });
  }

  #data(): string {
    return this.#expect('DATA\r\n', { stage: 'data' });
  }

  #bdat(): string {
    return this.#expect(`BDAT ${this.#request.sizeBytes} LAST\r\n`, { stage: 'end-of-data' });
  }
}

function goOn(send: Send): TransactionStep {
  return { kind: 'go-on', send };
}
