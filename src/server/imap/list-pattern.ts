/**
 * Patterns of LIST (RFC 9051 6.3.9): `*` is anything, `%` anything within a level. Whatever the pattern, a name takes at most as many
 * steps as both have letters, multiplied.
 */
import { SEPARATOR } from '../../core/mailbox/name.ts';

const WILDCARDS = /[*%]{2,}/g;

/** Tells whether a name fits. */
export function patternMatcher(pattern: string): (name: string) => boolean {
  // Several beside each other are one: any of them is anything, or none is.
  const places = pattern.replace(WILDCARDS, (run) => (run.includes('*') ? '*' : '%'));
  const letters = places.replace(/[*%]/g, '').length;
  // Of a letter more than the name has: what is long beyond measure costs nothing.
  return (name) => letters <= name.length && matches(name, places);
}

/** All places of the pattern that may be reached, letter by letter. */
function matches(name: string, pattern: string): boolean {
  let reached = new Uint8Array(pattern.length + 1);
  let next = new Uint8Array(pattern.length + 1);
  reached[0] = 1;
  spread(reached, pattern);
  for (let at = 0; at < name.length; at++) {
    const letter = name[at];
    next.fill(0);
    let some = false;
    for (let place = 0; place < pattern.length; place++) {
      if (reached[place] === 0) continue;
      const wanted = pattern[place];
      const stays = wanted === '*' || (wanted === '%' && letter !== SEPARATOR);
      const goes = wanted === letter && wanted !== '*' && wanted !== '%';
      if (stays) next[place] = 1;
      if (goes) next[place + 1] = 1;
      some ||= stays || goes;
    }
    if (!some) return false;
    spread(next, pattern);
    [reached, next] = [next, reached];
  }
  return reached[pattern.length] === 1;
}

/** With the places behind wildcards that match nothing. */
function spread(places: Uint8Array, pattern: string): void {
  for (let place = 0; place < pattern.length; place++)
    if (places[place] === 1 && (pattern[place] === '*' || pattern[place] === '%')) places[place + 1] = 1;
}
