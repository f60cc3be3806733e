/** The names and addresses by which this host is known: a mail host that is one of them is ourselves (RFC 5321 5.1). */
import { ipFamily } from '../config/network.ts';

export interface HereOptions {
  readonly names: readonly string[];
  /** IP addresses at which mail for this host arrives, or from which it leaves. */
  readonly addresses: readonly string[];
}

export class Here {
  readonly #names: ReadonlySet<string>;
  readonly #addresses: ReadonlySet<string>;

  constructor({ names, addresses }: HereOptions) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
    this.#addresses = new Set(addresses.map(plain));
  }

  isNamed(host: string): boolean {
    return this.#names.has(host);
  }

  hasAddress(address: string): boolean {
    return this.#addresses.has(plain(address));
  }
}

/** No mail host of anybody: this machine to itself, or no address at all. */
export function isLoopback(address: string): boolean {
  return /^(127\.|0\.|::1?$)/i.test(plain(address));
}

/** One spelling of each address (RFC 5952), and IPv4 for what is IPv4 within IPv6 (RFC 4291 2.5.5.2). */
function plain(address: string): string {
  if (ipFamily(address) !== 6) return address;
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = [mapped[1], mapped[2]].map((group) => Number.parseInt(group as string, 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
