/**
 * A self-signed certificate (RFC 5280) for a machine that has none yet: the demo, and tests. Only what a TLS server
 * needs: one EC P-256 key, one name, loopback addresses.
 */
import { generateKeyPairSync, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly cert: string;
  /** PKCS #8 PEM. */
  readonly key: string;
}

/** Object identifiers as encoded in DER. */
const ECDSA_WITH_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const SUBJECT_ALT_NAME = '0603551d11';
const BASIC_CONSTRAINTS = '0603551d13';

/** Makes a key and a certificate for `hostname`, valid from a day before `nowMs` for `days`. `serial`: 16 random octets. */
export function makeSelfSigned(options: {
  hostname: string;
  nowMs: number;
  days: number;
  serial: Uint8Array;
}): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 86_400_000;
  const algorithm = sequence(Buffer.from(ECDSA_WITH_SHA256, 'hex'));
  const name = sequence(
    tlv(0x31, sequence(Buffer.from(COMMON_NAME, 'hex'), tlv(0x0c, Buffer.from(options.hostname)))),
  );
  const toBeSigned = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))), // version 3
    tlv(0x02, positive(options.serial)),
    algorithm,
    name,
    sequence(time(options.nowMs - day), time(options.nowMs + options.days * day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions(options.hostname))),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = sequence(
    toBeSigned,
    algorithm,
    tlv(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  return {
    cert: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensions(hostname: string): Buffer[] {
  const names = sequence(
    tlv(0x82, Buffer.from(hostname)),
    tlv(0x82, Buffer.from('localhost')),
    tlv(0x87, Buffer.from([127, 0, 0, 1])),
  );
  return [
    sequence(Buffer.from(BASIC_CONSTRAINTS, 'hex'), tlv(0x04, sequence())),
    sequence(Buffer.from(SUBJECT_ALT_NAME, 'hex'), tlv(0x04, names)),
  ];
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

/** X.690 8.1: tag, length, value. */
function tlv(tag: number, value: Uint8Array): Buffer {
  const { length } = value;
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), value]);
}

/** An integer is signed: a first bit of one would make it negative. */
function positive(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x01]), bytes.subarray(1)]);
}

/** GeneralizedTime, or UTCTime until 2049 (RFC 5280 4.1.2.5). */
function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return text < '2050' ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
