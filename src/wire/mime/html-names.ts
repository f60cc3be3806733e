/** Octets of names in HTML, and which character a named reference is to whoever compares texts. */
import { ENTITIES } from './html-text.ts';

export const LAST_CODE = 0x10ffff;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const DOT = 0x2e;
const TAB = 0x09;
const LF = 0x0a;
const SPACE = 0x20;
const BANG = 0x21;
const NUMBER_SIGN = 0x23;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const QUESTION = 0x3f;

export function isLetter(octet: number | undefined): boolean {
  const small = (octet ?? 0) | SPACE;
  return small >= 0x61 && small <= 0x7a;
}

export function isNamePart(octet: number | undefined): boolean {
  return isLetter(octet) || isFigure(octet);
}

export function isFigure(octet: number | undefined): boolean {
  return octet !== undefined && octet >= 0x30 && octet <= 0x39;
}

/** Names of ASCII and of what nobody sees, which `html-text.ts` has no need of. */
const MORE_NAMES = new Map<string, number>(
  Object.entries({
    Tab: TAB,
    NewLine: LF,
    colon: COLON,
    sol: SLASH,
    bsol: BACKSLASH,
    period: DOT,
    comma: 0x2c,
    commat: 0x40,
    excl: BANG,
    quest: QUESTION,
    num: NUMBER_SIGN,
    equals: EQUALS,
    percnt: 0x25,
    lowbar: 0x5f,
    UnderBar: 0x5f,
    hyphen: 0x2010,
    dash: 0x2010,
    ZeroWidthSpace: 0x200b,
    NegativeThinSpace: 0x200b,
    NegativeMediumSpace: 0x200b,
    NegativeThickSpace: 0x200b,
    NegativeVeryThinSpace: 0x200b,
    zwnj: 0x200c,
    zwj: 0x200d,
    lrm: 0x200e,
    rlm: 0x200f,
    NoBreak: 0x2060,
    af: 0x2061,
    ApplyFunction: 0x2061,
    it: 0x2062,
    InvisibleTimes: 0x2062,
    ic: 0x2063,
    InvisibleComma: 0x2063,
    inodot: 0x69,
    imath: 0x69,
    ell: 0x6c,
  }),
);
/** Of other names: they stand between words. */
const UNKNOWN = SPACE;

export function codeOf(name: string): number {
  const known = MORE_NAMES.get(name) ?? ENTITIES.get(name)?.codePointAt(0);
  // Letters of mathematics: `&afr;`, `&ascr;`, `&aopf;`.
  return known ?? (/^[a-z](fr|scr|opf)$/i.test(name) ? name.charCodeAt(0) : UNKNOWN);
}
