/** The login dialogue of submission (RFC 4954): base64 lines around a SASL exchange. */
import { randomBytes } from 'node:crypto';
import type { LoginResult } from '../../core/directory/login.ts';
import { SCRAM_ITERATIONS } from '../../core/directory/password.ts';
import { decodeResponse, type SaslExchange, type SaslStep } from '../../wire/sasl/exchange.ts';
import { createLogin } from '../../wire/sasl/login.ts';
import { createPlain } from '../../wire/sasl/plain.ts';
import { type ChannelBinding, createScram } from '../../wire/sasl/scram.ts';
import type { Command } from '../../wire/smtp/command.ts';
import { type Reply, reply } from '../../wire/smtp/reply.ts';
import type { SaslDialogue } from './phase.ts';
import { INTERNAL } from './replies.ts';
import type { SmtpHandle } from './handle.ts';

/** Failed logins in one session before it ends. */
const MAX_FAILURES = 3;

/** The mechanisms offered to this session now: none before TLS, unless loopback was named as safe. */
export function mechanisms(session: SmtpHandle): string[] {
  const { kind, logins } = session.context;
  const { tls, address, account } = session.client;
  if (kind !== 'submission' || logins === undefined || account !== undefined) return [];
  const loopback = address === '::1' || address.startsWith('127.');
  if (tls === undefined && !(session.context.plainOnLoopback && loopback)) return [];
  return [...(tls === undefined ? [] : ['SCRAM-SHA-256-PLUS']), 'SCRAM-SHA-256', 'PLAIN', 'LOGIN'];
}

/** Begins the exchange that AUTH names; the mechanism is one of `mechanisms`. */
export function beginAuth(session: SmtpHandle, command: Extract<Command, { verb: 'AUTH' }>): Promise<Reply> {
  const dialogue = new Dialogue(session, createExchange(session, command.mechanism));
  session.phase = { kind: 'auth', dialogue };
  session.reader.expectLines('login');
  return dialogue.begin(command.initial);
}

function createExchange(session: SmtpHandle, mechanism: string): SaslExchange {
  switch (mechanism) {
    case 'PLAIN':
      return createPlain();
    case 'LOGIN':
      return createLogin();
    default:
      return createScram({
        mechanism: mechanism as 'SCRAM-SHA-256',
        nonce: randomBytes(18).toString('base64'),
        serverSecret: Buffer.from(session.context.scramSecret ?? []),
        iterations: SCRAM_ITERATIONS,
        bindings: bindings(session),
      });
  }
}

function bindings(session: SmtpHandle): Map<ChannelBinding, Buffer> {
  const found = new Map<ChannelBinding, Buffer>();
  const socket = session.tlsSocket;
  // RFC 9266: only TLS 1.3 makes the exporter unique without further conditions.
  if (socket?.getProtocol() === 'TLSv1.3') {
    found.set('tls-exporter', socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)));
  }
  const endPoint = session.context.certificateHash;
  if (socket !== undefined && endPoint !== undefined)
    found.set('tls-server-end-point', Buffer.from(endPoint));
  return found;
}

class Dialogue implements SaslDialogue {
  readonly #session: SmtpHandle;
  readonly #exchange: SaslExchange;
  /** The name the client gave, once it gave one. */
  #user = '';

  constructor(session: SmtpHandle, exchange: SaslExchange) {
    this.#session = session;
    this.#exchange = exchange;
  }

  async begin(initial: string | undefined): Promise<Reply> {
    if (initial === undefined) return this.#follow(this.#exchange.step(undefined));
    return this.respond(initial);
  }

  async respond(response: string): Promise<Reply> {
    if (response === '*') return this.#end(reply(501, '5.7.0', 'Login cancelled'));
    const bytes = decodeResponse(response);
    if (bytes === undefined) return this.#end(reply(501, '5.5.2', 'Not base64'));
    return this.#follow(this.#exchange.step(bytes));
  }

  async #follow(step: SaslStep): Promise<Reply> {
    const { logins } = this.#session.context;
    const { address } = this.#session.client;
    if (logins === undefined) return this.#end(INTERNAL);
    switch (step.kind) {
      case 'challenge':
        return reply(334, undefined, step.bytes.toString('base64'));
      case 'verify-password': {
        if (step.authzid !== '' && step.authzid !== step.user) return this.#refused({ kind: 'wrong' });
        const result = await this.#ask(() =>
          logins.byPassword({ address, user: step.user, password: step.password }),
        );
        return result === undefined ? this.#end(TROUBLE) : this.#decide(result);
      }
      case 'need-keys': {
        this.#user = step.user;
        const delay = logins.mayTry({ address, user: step.user });
        if (delay !== undefined) return this.#refused({ kind: 'later', delay });
        const keys = await this.#ask(async () => ({ keys: await logins.keysOf(step.user) }));
        return keys === undefined ? this.#end(TROUBLE) : this.#follow(step.resume(keys.keys));
      }
      case 'proof': {
        const delay = logins.mayTry({ address, user: this.#user });
        return delay === undefined ? this.#follow(step.resume()) : this.#refused({ kind: 'later', delay });
      }
      case 'success': {
        const result = await this.#ask(() => logins.proven({ address, user: step.user }));
        return result === undefined ? this.#end(TROUBLE) : this.#decide(result);
      }
      case 'failure':
        if (step.why === 'malformed')
          return this.#end(reply(501, '5.5.2', 'The login dialogue is malformed'));
        return this.#decide(
          this.#user === '' ? { kind: 'wrong' } : logins.refuted({ address, user: this.#user }),
        );
      default:
        return step satisfies never;
    }
  }

  /** Undefined when the directory does not answer. */
  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      this.#session.context.log.error({ error: String(error) }, 'the directory does not answer');
      return undefined;
    }
  }

  #decide(result: LoginResult): Reply {
    if (result.kind !== 'in') return this.#refused(result);
    this.#session.loggedIn(result.account);
    this.#session.reader.expectLines('commands');
    return reply(235, '2.7.0', 'Welcome');
  }

  #refused(result: Exclude<LoginResult, { kind: 'in' }>): Reply {
    this.#session.loginFailures++;
    if (this.#session.loginFailures >= MAX_FAILURES) {
      return { code: 421, enhanced: '4.7.0', lines: ['Too many failed logins'], close: true };
    }
    switch (result.kind) {
      case 'wrong':
        return this.#end(reply(535, '5.7.8', 'Wrong user name or password'));
      case 'locked':
        return this.#end(reply(535, '5.7.13', `This account may not send: ${result.reason}`));
      case 'later': {
        const seconds = Math.ceil(result.delay.delayMs / 1000);
        return this.#end(
          reply(454, '4.7.0', `Too many failed logins lately; please try again in ${seconds} s`),
        );
      }
      default:
        return result satisfies never;
    }
  }

  #end(last: Reply): Reply {
    this.#session.phase = { kind: 'ready' };
    this.#session.reader.expectLines('commands');
    return last;
  }
}

const TROUBLE = reply(454, '4.7.0', 'Logging in does not work at the moment; please try again later');
