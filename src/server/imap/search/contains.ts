/** Whether a text has another in it, in time that is bounded by their lengths together. */

/** Up to here the engine's own search is faster, and at worst takes this many times as long as the text. */
const SHORT = 64;

/** Looks for one text in many. */
export function finder(wanted: string): (text: string) => boolean {
  if (wanted.length <= SHORT) return (text) => text.includes(wanted);
  const fallbacks = fallbacksOf(wanted);
  return (text) => isIn(text, wanted, fallbacks);
}

/** For each place how much of the beginning also ends there (Knuth, Morris and Pratt). */
function fallbacksOf(wanted: string): Int32Array {
  const fallbacks = new Int32Array(wanted.length);
  let length = 0;
  for (let at = 1; at < wanted.length; at++) {
    const unit = wanted.charCodeAt(at);
    while (length > 0 && wanted.charCodeAt(length) !== unit) length = fallbacks[length - 1] as number;
    if (wanted.charCodeAt(length) === unit) length++;
    fallbacks[at] = length;
  }
  return fallbacks;
}

function isIn(text: string, wanted: string, fallbacks: Int32Array): boolean {
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    while (length > 0 && wanted.charCodeAt(length) !== unit) length = fallbacks[length - 1] as number;
    if (wanted.charCodeAt(length) === unit) length++;
    if (length === wanted.length) return true;
  }
  return false;
}
