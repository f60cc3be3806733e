/**
 * DKIM signatures (RFC 6376), relaxed/relaxed, with rsa-sha256 and ed25519-sha256 (RFC 8463).
 *
 * Both signatures of a message cover the same fields and share one pass over them. Fields that a reader acts on are
 * named once more than they occur (5.4.2, "oversigning"), so that nobody can add a second From on the way. The
 * public-key work runs off the main thread. A message that cannot be signed is a value, never an exception.
 */
import { createHash, type KeyObject, sign } from 'node:crypto';
import { fieldName, type Header, type HeaderField } from '../mime/header.ts';

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export interface DkimKey {
  /** Lower-case A-labels. */
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** Parsed once, when it is loaded; parsing PEM costs more than signing. */
  readonly privateKey: KeyObject;
}

export interface DkimOptions {
  /** One signature each, in this order. */
  readonly keys: readonly DkimKey[];
  /** Milliseconds since 1970. */
  readonly signedAtMs: number;
  /** Milliseconds since 1970; the signature means nothing afterwards (`x=`). */
  readonly expiresAtMs?: number;
}

export interface DkimMessage {
  readonly header: Header;
  /** From `hashBody` or `createBodyHash`. */
  readonly bodyHash: Buffer;
}

export type DkimResult =
  /** The DKIM-Signature fields, each ended by CRLF, to stand before the message. */
  { readonly ok: true; readonly fields: Buffer } | { readonly ok: false; readonly why: string };

export interface PreparedSignature {
  readonly key: DkimKey;
  /** The field up to and with `b=`. */
  readonly field: string;
  /** What the signature covers: canonical fields, then this field without its signature (RFC 6376 3.7). */
  readonly toSign: Buffer;
}

/** Signed as often as they occur and once more. */
const OVERSIGNED = [
  'from',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'reply-to',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
];
/** RFC 6376 5.4.1: signed where they occur. Trace fields and what mailing lists change are not among them. */
const SIGNED = [
  'sender',
  'in-reply-to',
  'references',
  'content-id',
  'content-description',
  'content-disposition',
  'content-language',
  'resent-date',
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
  'resent-message-id',
  'list-id',
  'list-help',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-subscribe',
  'list-post',
  'list-owner',
  'list-archive',
  'autocrypt',
  'feedback-id',
];
const RANK = new Map([...OVERSIGNED, ...SIGNED].map((name, index) => [name, index]));
/** Fields of a header that are covered; a message with more of them is not signed. */
const MAX_SIGNED_FIELDS = 500;
const FOLD_AT = 76;

/** Signs with every key. Rejects only when `node:crypto` cannot use a key. */
export async function signDkim(message: DkimMessage, options: DkimOptions): Promise<DkimResult> {
  const prepared = prepareSignatures(message, options);
  if (!prepared.ok) return prepared;
  const fields = await Promise.all(
    prepared.signatures.map(async (signature) => {
      const value = (await signBytes(signature)).toString('base64');
      return `${signature.field}${foldSignature(value)}\r\n`;
    }),
  );
  return { ok: true, fields: Buffer.from(fields.join(''), 'latin1') };
}

/** Everything but the public-key work. */
export function prepareSignatures(
  message: DkimMessage,
  options: DkimOptions,
):
  | { readonly ok: true; readonly signatures: readonly PreparedSignature[] }
  | { readonly ok: false; readonly why: string } {
  const covered = coveredFields(message.header);
  if (!covered.names.includes('from'))
    return { ok: false, why: 'the message has no From field (RFC 6376 5.4)' };
  if (covered.fields.length > MAX_SIGNED_FIELDS)
    return { ok: false, why: 'the header has too many fields to sign' };
  const canonical = covered.fields.map((field) => canonicalField(message.header, field)).join('');
  const names = [...covered.names, ...OVERSIGNED];
  const signatures: PreparedSignature[] = [];
  for (const key of options.keys) {
    if (!/^[a-z0-9._-]+$/i.test(key.domain) || !/^[a-z0-9._-]+$/i.test(key.selector)) {
      return { ok: false, why: 'the domain or selector of a DKIM key is not a name' };
    }
    const field = signatureField(key, { names, bodyHash: message.bodyHash, options });
    signatures.push({ key, field, toSign: Buffer.from(canonical + canonicalText(field), 'latin1') });
  }
  return { ok: true, signatures };
}

/** The fields to sign, grouped by name, and within a name from the bottom up, as a verifier takes them (RFC 6376 5.4.2). */
function coveredFields(header: Header): { names: string[]; fields: HeaderField[] } {
  const groups: { name: string; field: HeaderField; rank: number }[] = [];
  for (const field of header.fields) {
    const name = fieldName(header, field).toLowerCase();
    const rank = RANK.get(name);
    if (rank !== undefined) groups.push({ name, field, rank });
  }
  groups.sort((left, right) => left.rank - right.rank || right.field.start - left.field.start);
  return { names: groups.map(({ name }) => name), fields: groups.map(({ field }) => field) };
}

/** RFC 6376 3.4.2. Octets above 127 pass through as Latin-1, one to one. */
function canonicalField(header: Header, field: HeaderField): string {
  return `${canonicalText(header.bytes.toString('latin1', field.start, field.end))}\r\n`;
}

function canonicalText(text: string): string {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon).trim().toLowerCase();
  return `${name}:${text
    .slice(colon + 1)
    .replace(/[ \t\r\n]+/g, ' ')
    .replace(/^ | $/g, '')}`;
}

function signatureField(
  key: DkimKey,
  parts: { names: readonly string[]; bodyHash: Buffer; options: DkimOptions },
): string {
  const seconds = (ms: number): string => String(Math.floor(ms / 1_000));
  const { signedAtMs, expiresAtMs } = parts.options;
  const tags = [
    'v=1',
    `a=${key.algorithm}`,
    'c=relaxed/relaxed',
    `d=${key.domain}`,
    `s=${key.selector}`,
    `t=${seconds(signedAtMs)}`,
    ...(expiresAtMs === undefined ? [] : [`x=${seconds(expiresAtMs)}`]),
  ];
  let field = 'DKIM-Signature:';
  let column = field.length;
  const add = (word: string, glue: ' ' | ''): void => {
    const fold = column + glue.length + word.length > FOLD_AT;
    field += (fold ? '\r\n ' : glue) + word;
    column = fold ? word.length + 1 : column + glue.length + word.length;
  };
  for (const tag of tags) add(`${tag};`, ' ');
  parts.names.forEach((name, index) => {
    const word = `${name}${index === parts.names.length - 1 ? ';' : ':'}`;
    add(index === 0 ? `h=${word}` : word, index === 0 ? ' ' : '');
  });
  add(`bh=${parts.bodyHash.toString('base64')};`, ' ');
  return `${field}\r\n b=`;
}

function foldSignature(base64: string): string {
  return (base64.match(/.{1,72}/g) ?? []).join('\r\n ');
}

function signBytes(signature: PreparedSignature): Promise<Buffer> {
  const { key, toSign } = signature;
  // RFC 8463 3: Ed25519 signs the SHA-256 of what RSA would sign.
  const plan =
    key.algorithm === 'rsa-sha256'
      ? { digest: 'sha256', data: toSign }
      : { digest: null, data: createHash('sha256').update(toSign).digest() };
  return new Promise((resolve, reject) => {
    sign(plan.digest, plan.data, key.privateKey, (error, value) => (error ? reject(error) : resolve(value)));
  });
}
