/** The names under which logins are counted: addresses, networks and accounts in one spelling each. */
import { isIpv4, parseIpv6 } from '../../wire/address/domain.ts';

/** A key is kept in memory and in the store, so a hostile name may not be long. */
const MAX_ACCOUNT_CHARS = 320;

/** `address:` and the IPv4 address, or the /64 of an IPv6 one, which is what one customer has. */
export function addressKey(address: string): string {
  const ip = readAddress(address);
  return `address:${ip.kind === 'v4' ? ip.text : ip.network}`;
}

/** The IPv4 /24 or IPv6 /64 that an address is in, such as `192.0.2.0/24`. */
export function networkKey(address: string): string {
  return readAddress(address).network;
}

/** `account:` and the name without regard to case or to how its accents were typed. */
export function accountKey(account: string): string {
  return `account:${account.normalize('NFKC').toLowerCase().replaceAll(/\s/g, '_').slice(0, MAX_ACCOUNT_CHARS)}`;
}

type Address =
  | { readonly kind: 'v4'; readonly text: string; readonly network: string }
  | { readonly kind: 'v6' | 'other'; readonly network: string };

function readAddress(address: string): Address {
  if (isIpv4(address)) return fromV4(address);
  const groups = parseIpv6(address.replace(/%.*$/, ''));
  if (groups === undefined) return { kind: 'other', network: address.replaceAll(/\s/g, '_').slice(0, 64) };
  const [high, low] = [groups[6] ?? 0, groups[7] ?? 0];
  // RFC 4291 2.5.5.2: an IPv4 client on a socket that takes both.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return fromV4(`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`);
  }
  return {
    kind: 'v6',
    network: `${groups
      .slice(0, 4)
      .map((group) => group.toString(16))
      .join(':')}::/64`,
  };
}

function fromV4(text: string): Address {
  return { kind: 'v4', text, network: `${text.slice(0, text.lastIndexOf('.'))}.0/24` };
}
