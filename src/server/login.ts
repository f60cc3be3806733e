/**
 * Logging in by SASL (RFC 4422), the same in every protocol that carries it: which mechanisms a client is offered, and the
 * dialogue of base64 lines around an exchange. What is said of its end is each protocol's own.
 */
import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Log } from '../base/log.ts';
import type { LoginResult, LoginService } from '../core/directory/login.ts';
import { SCRAM_ITERATIONS } from '../core/directory/password.ts';
import type { Account } from '../core/directory/port.ts';
import { decodeResponse, type SaslExchange, type SaslStep } from '../wire/sasl/exchange.ts';
import { createLogin } from '../wire/sasl/login.ts';
import { createPlain } from '../wire/sasl/plain.ts';
import { type ChannelBinding, createScram } from '../wire/sasl/scram.ts';

/** Failed logins in one session before it ends. */
export const MAX_LOGIN_FAILURES = 3;

/** What the sessions of a listener share for it. */
export interface LoginContext {
  readonly logins: LoginService;
  /** Logging in without TLS is allowed from this machine itself. */
  readonly plainOnLoopback: boolean;
  /** Makes the salts of unknown users (`wire/sasl/scram.ts`). */
  readonly scramSecret: Uint8Array;
  /** RFC 5929 section 4: hash of the server's certificate. */
  readonly certificateHash?: Uint8Array;
  readonly log: Log;
}

/** Who logs in. */
export interface LoginClient {
  readonly address: string;
  /** For channel binding; undefined in the clear. */
  readonly tls: TLSSocket | undefined;
}

export type LoginStep =
  /** In base64; the client's answer goes to `respond`. */
  | { readonly kind: 'challenge'; readonly text: string }
  | { readonly kind: 'in'; readonly account: Account }
  | { readonly kind: 'cancelled' | 'not base64' | 'malformed' }
  /** The directory does not answer. */
  | { readonly kind: 'trouble' }
  | LoginRefusal;

/** Counts against whoever tries. */
/** Characters of a name that a log has. */
const MAX_LOGGED = 320;

export type LoginRefusal = { readonly kind: 'wrong' } | { readonly kind: 'later'; readonly seconds: number };

/** Whether a password may be said on this connection: not in the clear, unless loopback was named as safe. */
export function mayLogIn(
  { plainOnLoopback }: Pick<LoginContext, 'plainOnLoopback'>,
  client: LoginClient,
): boolean {
  const loopback = client.address === '::1' || client.address.startsWith('127.');
  return client.tls !== undefined || (plainOnLoopback && loopback);
}

/** The mechanisms offered on this connection. */
export function mechanismsFor(context: Pick<LoginContext, 'plainOnLoopback'>, client: LoginClient): string[] {
  if (!mayLogIn(context, client)) return [];
  return [...(client.tls === undefined ? [] : ['SCRAM-SHA-256-PLUS']), 'SCRAM-SHA-256', 'PLAIN', 'LOGIN'];
}

/** A password by itself, as IMAP's LOGIN has it. */
export async function logInByPassword(
  context: LoginContext,
  attempt: { address: string; user: string; password: string },
): Promise<LoginStep> {
  const result = await asked(context, () => context.logins.byPassword(attempt));
  return result === undefined ? TROUBLE : outcome(context, attempt, result);
}

export class LoginDialogue {
  readonly #context: LoginContext;
  readonly #client: LoginClient;
  readonly #exchange: SaslExchange;
  /** The name the client gave, once it gave one. */
  #user = '';

  /** `mechanism`: one of `mechanismsFor`. */
  constructor(context: LoginContext, client: LoginClient, mechanism: string) {
    this.#context = context;
    this.#client = client;
    this.#exchange = createExchange(context, client, mechanism);
  }

  /** `initial`: in base64, where the client sent one with its command. */
  async begin(initial: string | undefined): Promise<LoginStep> {
    if (initial === undefined) return this.#follow(this.#exchange.step(undefined));
    return this.respond(initial);
  }

  async respond(response: string): Promise<LoginStep> {
    if (response === '*') return { kind: 'cancelled' };
    const bytes = decodeResponse(response);
    return bytes === undefined ? { kind: 'not base64' } : this.#follow(this.#exchange.step(bytes));
  }

  async #follow(step: SaslStep): Promise<LoginStep> {
    const { logins } = this.#context;
    const { address } = this.#client;
    switch (step.kind) {
      case 'challenge':
        return { kind: 'challenge', text: step.bytes.toString('base64') };
      case 'verify-password': {
        const { authzid, user, password } = step;
        if (authzid !== '' && authzid !== user) return { kind: 'wrong' };
        return logInByPassword(this.#context, { address, user, password });
      }
      case 'need-keys': {
        this.#user = step.user;
        const delay = logins.mayTry({ address, user: step.user });
        if (delay !== undefined) return this.#outcome({ kind: 'later', delay });
        const keys = await asked(this.#context, async () => ({ keys: await logins.keysOf(step.user) }));
        return keys === undefined ? TROUBLE : this.#follow(step.resume(keys.keys));
      }
      case 'proof': {
        const delay = logins.mayTry({ address, user: this.#user });
        return delay === undefined ? this.#follow(step.resume()) : this.#outcome({ kind: 'later', delay });
      }
      case 'success': {
        const result = await asked(this.#context, () => logins.proven({ address, user: step.user }));
        return result === undefined ? TROUBLE : this.#outcome(result);
      }
      case 'failure':
        if (step.why === 'malformed') return { kind: 'malformed' };
        return this.#outcome(
          this.#user === '' ? { kind: 'wrong' } : logins.refuted({ address, user: this.#user }),
        );
      default:
        return step satisfies never;
    }
  }

  #outcome(result: LoginResult): LoginStep {
    return outcome(this.#context, { address: this.#client.address, user: this.#user }, result);
  }
}

const TROUBLE: LoginStep = { kind: 'trouble' };

function outcome(
  { log }: LoginContext,
  { address, user }: { address: string; user: string },
  result: LoginResult,
): LoginStep {
  // What is no address may be a password in the wrong place.
  const named = user.includes('@') ? { login: user.slice(0, MAX_LOGGED) } : {};
  if (result.kind === 'wrong') log.info({ client: address, ...named }, 'a login failed');
  if (result.kind !== 'later') return result;
  log.info({ client: address, ...named }, 'a login has to wait: too many failed');
  return { kind: 'later', seconds: Math.ceil(result.delay.delayMs / 1000) };
}

/** Undefined when the directory does not answer. */
async function asked<T>({ log }: LoginContext, question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question();
  } catch (error) {
    log.error({ error: String(error) }, 'the directory does not answer');
    return undefined;
  }
}

function createExchange(context: LoginContext, client: LoginClient, mechanism: string): SaslExchange {
  switch (mechanism) {
    case 'PLAIN':
      return createPlain();
    case 'LOGIN':
      return createLogin();
    default:
      return createScram({
        mechanism: mechanism as 'SCRAM-SHA-256',
        nonce: randomBytes(18).toString('base64'),
        serverSecret: Buffer.from(context.scramSecret),
        iterations: SCRAM_ITERATIONS,
        bindings: bindings(context, client),
      });
  }
}

function bindings({ certificateHash }: LoginContext, { tls }: LoginClient): Map<ChannelBinding, Buffer> {
  const found = new Map<ChannelBinding, Buffer>();
  // RFC 9266: only TLS 1.3 makes the exporter unique without further conditions.
  if (tls?.getProtocol() === 'TLSv1.3')
    found.set('tls-exporter', tls.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)));
  if (tls !== undefined && certificateHash !== undefined)
    found.set('tls-server-end-point', Buffer.from(certificateHash));
  return found;
}
