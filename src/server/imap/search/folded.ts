/** Characters that are folded at once. */
const FOLDED_AT_ONCE = 16 * 1024;
const ASCII = /^[\x00-\x7f]*$/;

/** Text without its case and its accents, by which texts are compared. */
export function folded(text: string): string {
  return ASCII.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(/\p{M}+/gu, '')
        .toLowerCase();
}

/** The same in steps, one at least. */
export function* foldedSteps(text: string): Generator<string> {
  let at = 0;
  do {
    const end = at + FOLDED_AT_ONCE;
    // Two halves of one character stay together.
    const next = /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end;
    yield folded(text.slice(at, next));
    at = next;
  } while (at < text.length);
}
