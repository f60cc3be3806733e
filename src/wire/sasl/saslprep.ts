/**
 * SASLprep (RFC 4013, a profile of RFC 3454): two ways to type one password become the same bytes.
 * Minimal in one respect: code points that Unicode 3.2 did not assign are let through, as for a query, because today's
 * keyboards have them; normalisation is that of the running Unicode version.
 */

/** RFC 3454 B.1: commonly mapped to nothing. */
const NOTHING = /[\u00ad\u1806\u200b-\u200d\u2060\ufeff]|\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]/g;
/** RFC 3454 C.1.2: spaces that are not ASCII become a space. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
/** RFC 3454 C.2.1, C.2.2, C.3 to C.9: controls, private use, non-characters, surrogates, and what changes or hides text. */
const PROHIBITED =
  /[\u0000-\u001f\u007f-\u009f\u06dd\u070f\u180e\u200c-\u200f\u2028-\u202e\u2060-\u2063\u206a-\u206f\u2ff0-\u2ffb\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\uffff\u{1d173}-\u{1d17a}\u{1fffe}-\u{1ffff}\u{e0001}\u{e0020}-\u{e007f}\u{f0000}-\u{10ffff}]|\u0340|\u0341|\p{Surrogate}/u;
/** RFC 3454 D.1, by script: characters written from right to left. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\u200f]/u;
/** RFC 3454 D.2, nearly: letters of the scripts written from left to right. */
const LEFT_TO_RIGHT = /(?![\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}])\p{L}/u;

/** Prepares a user name or password; nothing when it holds what RFC 4013 2.3 and 2.4 prohibit. The result may be empty. */
export function saslprep(text: string): string | undefined {
  if (/^[ -~]*$/.test(text)) return text;
  const prepared = text.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  if (PROHIBITED.test(prepared)) return undefined;
  return mixesDirections(prepared) ? undefined : prepared;
}

/** RFC 3454 6: text from right to left has no letter of the other direction, and both its ends are of its own. */
function mixesDirections(text: string): boolean {
  if (!RIGHT_TO_LEFT.test(text)) return false;
  const points = [...text];
  return (
    LEFT_TO_RIGHT.test(text) ||
    !RIGHT_TO_LEFT.test(points[0] ?? '') ||
    !RIGHT_TO_LEFT.test(points.at(-1) ?? '')
  );
}
