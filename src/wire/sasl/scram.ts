/**
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), the server's side.
 *
 * client-first, server-first, client-final, server-final. The password never travels and is never stored. -PLUS binds the
 * login to the TLS connection (RFC 9266 tls-exporter, RFC 5929 tls-server-end-point), so that a machine between cannot
 * replay it. An unknown user gets a salt derived from its name and a secret of this server, and fails at the same
 * point and with the same answer as a wrong password (RFC 5802 9 leaves the guessing of names to us).
 */
import { timingSafeEqual } from 'node:crypto';
import { failure, responseText, type SaslExchange, type SaslStep } from './exchange.ts';
import { hmac, KEY_BYTES, type ScramKeys, sha256 } from './scram-keys.ts';
import { saslprep } from './saslprep.ts';

export type ChannelBinding = 'tls-exporter' | 'tls-server-end-point';

export interface ScramOptions {
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS';
  /** Random printable ASCII without commas, 18 characters or more; new for each exchange. */
  readonly nonce: string;
  /** Secret of the whole cluster, constant over years: salts of unknown users come from it. */
  readonly serverSecret: Buffer;
  /** What an unknown user is told: the iterations that known users have. */
  readonly iterations: number;
  /** The bindings this connection has. Not empty means that -PLUS was offered. */
  readonly bindings: ReadonlyMap<ChannelBinding, Buffer>;
}

const FAKE_SALT_BYTES = 16;
const MAX_NONCE_CHARS = 512;

interface ClientFirst {
  readonly user: string;
  readonly authzid: string;
  readonly clientNonce: string;
  /** The part that the proof covers. */
  readonly bare: string;
  /** What `c=` of client-final must hold: the GS2 header and the binding's data. */
  readonly expectedBinding: Buffer;
}

interface Answered {
  readonly first: ClientFirst;
  readonly serverFirst: string;
  readonly nonce: string;
  readonly keys: ScramKeys;
  readonly known: boolean;
}

type Phase =
  | { readonly at: 'start' | 'first' | 'keys' | 'done' }
  | ({ readonly at: 'final' } & Answered)
  | { readonly at: 'acknowledge'; readonly user: string; readonly authzid: string };

/** Starts an exchange on the server's side. After the last challenge the client answers with an empty response. */
export function createScram(options: ScramOptions): SaslExchange {
  let phase: Phase = { at: 'start' };
  const move = ([next, step]: [Phase, SaslStep]): SaslStep => {
    phase = next;
    return step;
  };
  return {
    step(response) {
      if (response === undefined) {
        if (phase.at !== 'start') return move(ended('malformed'));
        return move([{ at: 'first' }, { kind: 'challenge', bytes: Buffer.alloc(0) }]);
      }
      if (phase.at === 'final') {
        const [next, answer] = checkFinal(phase, response);
        if (answer.kind === 'failure' && answer.why !== 'credentials') return move([next, answer]);
        // Right or wrong, it is not told before somebody says that this guess may be answered.
        return move([{ at: 'done' }, { kind: 'proof', resume: () => move([next, answer]) }]);
      }
      if (phase.at === 'acknowledge') return move(acknowledge(phase, response));
      if (phase.at !== 'start' && phase.at !== 'first') return move(ended('out-of-order'));
      const first = parseFirst(response, options);
      if (typeof first === 'string') return move(ended(first));
      const resume = (keys: ScramKeys | undefined): SaslStep =>
        phase.at === 'keys' ? move(answerFirst(first, keys, options)) : move(ended('out-of-order'));
      return move([{ at: 'keys' }, { kind: 'need-keys', user: first.user, authzid: first.authzid, resume }]);
    },
  };
}

function ended(why: 'malformed' | 'credentials' | 'channel-binding' | 'out-of-order'): [Phase, SaslStep] {
  return [{ at: 'done' }, failure(why)];
}

// RFC 5802 7: gs2-cbind-flag "," [authzid] "," [reserved-mext] username "," nonce [","extensions]
const FIRST =
  /^(?:([ny])|p=([A-Za-z0-9.-]{1,64})),(?:a=([^,\0]{1,1024}))?,(n=([^,\0]{1,1024}),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^\0]*)?)$/;

function parseFirst(response: Buffer, options: ScramOptions): ClientFirst | 'malformed' | 'channel-binding' {
  const text = responseText(response);
  const match = text === undefined ? null : FIRST.exec(text);
  if (match === null) return 'malformed';
  const [, flag, bindingName, rawAuthzid, bare, rawUser, clientNonce] = match as unknown as [
    string,
    string | undefined,
    string | undefined,
    string | undefined,
    string,
    string,
    string,
  ];
  if (clientNonce.length > MAX_NONCE_CHARS) return 'malformed';
  const binding = bindingData({ flag, bindingName }, options);
  if (binding === undefined) return 'channel-binding';
  const user = decodeSaslName(rawUser);
  const authzid = rawAuthzid === undefined ? '' : decodeSaslName(rawAuthzid);
  const prepared = user === undefined ? undefined : saslprep(user);
  if (!prepared || authzid === undefined) return 'malformed';
  const gs2 = (text as string).slice(0, (text as string).length - bare.length);
  return {
    user: prepared,
    authzid,
    clientNonce,
    bare,
    expectedBinding: Buffer.concat([Buffer.from(gs2), binding]),
  };
}

/** RFC 5802 6. Nothing when the client's flag does not fit: `y` says "the server offers no -PLUS", which may be a lie told on the way. */
function bindingData(
  asked: { flag: string | undefined; bindingName: string | undefined },
  options: ScramOptions,
): Buffer | undefined {
  const plus = options.mechanism === 'SCRAM-SHA-256-PLUS';
  if (asked.bindingName !== undefined) {
    return plus ? options.bindings.get(asked.bindingName as ChannelBinding) : undefined;
  }
  if (plus || (asked.flag === 'y' && options.bindings.size > 0)) return undefined;
  return Buffer.alloc(0);
}

/** RFC 5802 5.1: `=2C` is a comma and `=3D` an equals sign; any other use of `=` is an error. */
function decodeSaslName(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined;
  return text.replace(/=2C/g, ',').replace(/=3D/g, '=');
}

function answerFirst(
  first: ClientFirst,
  found: ScramKeys | undefined,
  options: ScramOptions,
): [Phase, SaslStep] {
  const keys = found ?? fakeKeys(first.user, options);
  const nonce = first.clientNonce + options.nonce;
  const serverFirst = `r=${nonce},s=${keys.salt.toString('base64')},i=${keys.iterations}`;
  const answered: Answered = { first, serverFirst, nonce, keys, known: found !== undefined };
  return [
    { at: 'final', ...answered },
    { kind: 'challenge', bytes: Buffer.from(serverFirst) },
  ];
}

function fakeKeys(user: string, options: ScramOptions): ScramKeys {
  const derive = (purpose: string): Buffer => hmac(options.serverSecret, `scram-${purpose}\0${user}`);
  return {
    salt: derive('salt').subarray(0, FAKE_SALT_BYTES),
    iterations: options.iterations,
    storedKey: derive('stored-key'),
    serverKey: derive('server-key'),
  };
}

const FINAL = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^\0]*)?),p=([A-Za-z0-9+/]{43}=)$/;

function checkFinal(phase: Answered, response: Buffer): [Phase, SaslStep] {
  const text = responseText(response);
  const match = text === undefined ? null : FINAL.exec(text);
  if (match === null) return ended('malformed');
  const [, withoutProof, binding, nonce, proof] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  if (nonce !== phase.nonce) return ended('malformed');
  if (!sameBytes(Buffer.from(binding, 'base64'), phase.first.expectedBinding))
    return ended('channel-binding');
  const authMessage = `${phase.first.bare},${phase.serverFirst},${withoutProof}`;
  const signature = hmac(phase.keys.storedKey, authMessage);
  const clientKey = xor(Buffer.from(proof, 'base64'), signature);
  const right = sameBytes(sha256(clientKey), phase.keys.storedKey);
  const final = `v=${hmac(phase.keys.serverKey, authMessage).toString('base64')}`;
  const { user, authzid } = phase.first;
  return right && phase.known
    ? [
        { at: 'acknowledge', user, authzid },
        { kind: 'challenge', bytes: Buffer.from(final) },
      ]
    : ended('credentials');
}

function acknowledge(phase: { user: string; authzid: string }, response: Buffer): [Phase, SaslStep] {
  if (response.length > 0) return ended('malformed');
  return [{ at: 'done' }, { kind: 'success', user: phase.user, authzid: phase.authzid }];
}

function xor(left: Buffer, right: Buffer): Buffer {
  const result = Buffer.alloc(KEY_BYTES);
  for (let index = 0; index < KEY_BYTES; index += 1) result[index] = (left[index] ?? 0) ^ (right[index] ?? 0);
  return result;
}

function sameBytes(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
