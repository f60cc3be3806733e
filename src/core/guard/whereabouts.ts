/**
 * Which operator (AS) and country an address belongs to, by a list that the operator of this server gets where they like:
 * lines of `prefix,asn,country`, such as `192.0.2.0/24,64500,FR`; what is left empty is not known, lines that begin with
 * `#` and a first line of titles are passed over. Without a list nothing is known, and the guard goes by networks alone.
 */
import { isIpv4, parseIpv6 } from '../../wire/address/domain.ts';

export interface Place {
  readonly asn?: number;
  /** Two letters, ISO 3166. */
  readonly country?: string;
}

const NOWHERE: Place = {};
const V4 = 32;
const V6 = 128;

export class Whereabouts {
  /** By length of the prefix, the longest first. */
  readonly #v4: [number, Map<number, Place>][] = [];
  readonly #v6: [number, Map<string, Place>][] = [];

  /** Lines that cannot be read are told, with their number, and left out. */
  constructor(text = '', bad: (line: number) => void = () => undefined) {
    const places = new Map<string, Place>();
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() === '' || line.startsWith('#') || (index === 0 && !/\d/.test(line.split(',')[0] ?? '')))
        continue;
      if (!this.#add(line.trim(), places)) bad(index + 1);
    }
    for (const lengths of [this.#v4, this.#v6]) lengths.sort(([a], [b]) => b - a);
  }

  /** The most specific that there is. */
  of(address: string): Place {
    if (this.#v4.length + this.#v6.length === 0) return NOWHERE;
    if (isIpv4(address)) {
      const number = v4(address);
      for (const [length, places] of this.#v4) {
        const found = places.get(cut(number, length));
        if (found !== undefined) return found;
      }
      return NOWHERE;
    }
    const groups = this.#v6.length === 0 ? undefined : parseIpv6(address.replace(/%.*$/, ''));
    if (groups === undefined) return NOWHERE;
    for (const [length, places] of this.#v6) {
      const found = places.get(cutGroups(groups, length));
      if (found !== undefined) return found;
    }
    return NOWHERE;
  }

  #add(line: string, places: Map<string, Place>): boolean {
    const [, address = '', prefix = '', asn = '', country = ''] =
      /^"?([\da-f.:]+)\/(\d{1,3})"?,"?(?:AS)?(\d*)"?(?:,"?([A-Z]{0,2})"?)?\s*(?:,|$)/i.exec(line) ?? [];
    const length = Number(prefix);
    // Few are different: one object each, however many prefixes they have.
    const key = `${asn},${country}`;
    const place = places.get(key) ?? {
      ...(asn === '' ? {} : { asn: Number(asn) }),
      ...(country === '' ? {} : { country: country.toUpperCase() }),
    };
    places.set(key, place);
    if (isIpv4(address) && length <= V4) {
      ofLength(this.#v4, length).set(cut(v4(address), length), place);
      return true;
    }
    const groups = parseIpv6(address);
    if (groups === undefined || length > V6) return false;
    ofLength(this.#v6, length).set(cutGroups(groups, length), place);
    return true;
  }
}

function ofLength<Key>(lengths: [number, Map<Key, Place>][], length: number): Map<Key, Place> {
  const known = lengths.find(([one]) => one === length);
  if (known !== undefined) return known[1];
  const places = new Map<Key, Place>();
  lengths.push([length, places]);
  return places;
}

function v4(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The first `length` bits of 32. */
function cut(number: number, length: number): number {
  return Math.floor(number / 2 ** (V4 - length));
}

function cutGroups(groups: readonly number[], length: number): string {
  const whole = groups.slice(0, length >> 4);
  const rest = length & 15;
  if (rest > 0) whole.push((groups[length >> 4] ?? 0) >> (16 - rest));
  return whole.join(':');
}
