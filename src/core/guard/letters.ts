/**
 * Which letter a character past ASCII is to whoever compares texts: the same for those that look alike or differ in an
 * accent, in width or in case, and none for what nobody sees. Each is worked out once.
 */

/** What a character is that is no letter; letters are larger. */
export const KINDS = { BETWEEN_WORDS: 1, WHITE: 2, FIGURE: 3, NOTHING: 4 } as const;
const { BETWEEN_WORDS, WHITE, FIGURE, NOTHING } = KINDS;
const FIRST_LETTER = 5;

/** The characters that are remembered: the planes that have scripts in use (of the second, emoji and letters of mathematics). */
const REMEMBERED = 0x20000;
const LAST_CODE = 0x10ffff;
/** By code; zero where it was not asked for yet. */
const KNOWN = new Int32Array(REMEMBERED);
/** Marks, control and format characters; fillers, which are letters in name only. */
const UNSEEN = /[\p{M}\p{Cc}\p{Cf}\u{115f}\u{1160}\u{3164}\u{ffa0}]/gu;
/** Cyrillic and Greek letters, and the Latin ones that they look like. */
const LOOK_ALIKE = new Map(
  [...'аеорсхуіјѕһԁԛԝοαρνικτυ'].map((letter, index) => [letter, 'aeopcxyijshdqwoapviktu'.charCodeAt(index)]),
);
const HANGUL = /^\p{Script=Hangul}$/u;

export function isLetter(kind: number): boolean {
  return kind >= FIRST_LETTER;
}

/** Of a code past ASCII. */
export function letterOf(code: number): number {
  if (code >= REMEMBERED) return code > LAST_CODE ? BETWEEN_WORDS : letterKind(code);
  const known = KNOWN[code] as number;
  if (known !== 0) return known;
  const kind = letterKind(code);
  KNOWN[code] = kind;
  return kind;
}

/** Its letter, or what it is. */
function letterKind(code: number): number {
  const character = String.fromCodePoint(code);
  const [letter] = character.normalize('NFKD').toLowerCase().replace(UNSEEN, '');
  if (letter === undefined) return NOTHING;
  // A syllable of Hangul would fall into its letters.
  if (HANGUL.test(character)) return code;
  if (/\p{Nd}/u.test(letter)) return FIGURE;
  if (/\p{L}/u.test(letter)) return LOOK_ALIKE.get(letter) ?? (letter.codePointAt(0) as number);
  return /\p{Z}|\s/u.test(character) ? WHITE : BETWEEN_WORDS;
}

/** Scripts that are written without spaces: of these each two letters that stand together are a word. */
export function isWithoutSpaces(letter: number): boolean {
  if (letter < 0x0e00) return false;
  if (letter <= 0x109f || (letter >= 0x1780 && letter <= 0x17ff)) return true;
  return letter >= 0x2e80 && !(letter >= 0xa000 && letter <= 0xd7ff);
}
