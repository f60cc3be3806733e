/** Addresses as the configuration writes them. Each parser returns the value, or nothing when the text is not one. */
import { isIpv4, parseDomain } from '../../wire/address/domain.ts';

export interface Endpoint {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  /** 0 to 65535; 0 to listen lets the system choose. */
  readonly port: number;
}

/** A network: `10.0.0.0/8` is every address that shares the first 8 bits with 10.0.0.0. */
export interface AddressRange {
  readonly address: string;
  readonly prefixLength: number;
  readonly family: 'ipv4' | 'ipv6';
}

const HIGHEST_PORT = 65_535;

/** 4 or 6 for an IP address without brackets (RFC 4291 2.2, no zone), nothing for any other text. */
export function ipFamily(text: string): 4 | 6 | undefined {
  if (isIpv4(text)) return 4;
  return /^[0-9a-f:.]{2,45}$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`)
    ? 6
    : undefined;
}

/** As it is written: `127.0.0.1:25`, `[2001:db8::1]:25`. */
export function endpointText({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** As somebody writes what is listened at: `*:25` is every address. */
export function listenText({ host, port }: Endpoint): string {
  return host === '::' ? `*:${port}` : endpointText({ host, port });
}

/** `127.0.0.1:25`, `[::1]:25` or `mail.example.org:25`; without a port, the one given, when there is one. */
export function parseEndpoint(text: string, defaultPort?: number): Endpoint | undefined {
  if (ipFamily(text) === 6) return defaultPort === undefined ? undefined : { host: text, port: defaultPort };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (match === null || port === undefined || port > HIGHEST_PORT) return undefined;
  if (match[1] !== undefined) return ipFamily(match[1]) === 6 ? { host: match[1], port } : undefined;
  const host = match[2] ?? '';
  if (ipFamily(host) === 4) return { host, port };
  // All digits and dots, and no address: a slip of the hand, not a name.
  return /^[\d.]+$/.test(host) || !parseDomain(host).ok ? undefined : { host: host.toLowerCase(), port };
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address alone. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const family = ipFamily(address);
  if (family === undefined || rest.length > 0) return undefined;
  const most = family === 4 ? 32 : 128;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return undefined;
  return { address, prefixLength: Number(bits ?? most), family: family === 4 ? 'ipv4' : 'ipv6' };
}

/** `*`, `example.org` or `*.example.org` in its normal form. */
export function parseDomainPattern(text: string): string | undefined {
  if (text === '*') return text;
  const star = text.startsWith('*.') ? '*.' : '';
  const parsed = parseDomain(text.slice(star.length));
  return parsed.ok && !parsed.domain.startsWith('[') ? star + parsed.domain : undefined;
}
