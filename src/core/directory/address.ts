/** What an address may be besides a plain name: a subaddress, a catch-all, a return address of a forward. */

/** `*@example.org`: the entry for whatever else is sent to a domain. */
export function catchAllOf(domain: string): string {
  return `*@${domain}`;
}

export function isCatchAll(address: string): boolean {
  return address.startsWith('*@');
}

/**
 * Of `ana+shop@here.example`, `ana@here.example` (RFC 5233 section 4): up to the first separator. Undefined when nothing stands
 * before one, or subaddresses are off (an empty separator).
 */
export function withoutDetail(address: string, separator: string): string | undefined {
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@')));
  const at = separator === '' ? -1 : local.indexOf(separator);
  return at < 1 ? undefined : `${local.slice(0, at)}${address.slice(local.length)}`;
}

/** Of people who answer for the domain or the server (RFC 2142, RFC 5321 4.5.1): not what is meant by "all else". */
export function isOfDuty(address: string): boolean {
  return /^(?:postmaster|abuse)@/.test(address);
}

/** Looks like a return address that we make for forwards (`wire/address/srs.ts`): never a name that somebody has. */
export function isReserved(address: string): boolean {
  return /^"?srs[01][-+=]/i.test(address);
}
