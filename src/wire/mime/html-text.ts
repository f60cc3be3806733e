/** HTML as the text that a person reads of it, for searching and previews: not a renderer. One pass, never throws. */

/** Elements whose content is not read. */
const UNREAD = /^(script|style|title|template)$/;
/** Elements that begin on a line of their own. */
const BLOCK =
  /^(p|br|div|tr|li|ul|ol|dl|dt|dd|h[1-6]|table|blockquote|pre|hr|section|article|header|footer)$/;
const MAX_NAME = 12;
/** Characters of an entity, `;` among them. */
const MAX_ENTITY = 10;
const STEP = 64 * 1024;
/** U+00A0 to U+00FF, in order. */
const LATIN_1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';
export const ENTITIES = new Map<string, string>([
  ...LATIN_1.split(' ').map((name, index): [string, string] => [name, String.fromCharCode(0xa0 + index)]),
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['OElig', 'Œ'],
  ['oelig', 'œ'],
  ['Scaron', 'Š'],
  ['scaron', 'š'],
  ['Yuml', 'Ÿ'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['sbquo', '‚'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['bdquo', '„'],
  ['hellip', '…'],
  ['bull', '•'],
  ['euro', '€'],
  ['trade', '™'],
  ['zwnj', ''],
  ['zwj', ''],
]);
const ENTITY = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z][a-z0-9]{1,7}));?/gi;

/** Tags become nothing, or a line end where a block begins or ends; entities become their characters. */
export function htmlToText(html: string): string {
  return [...htmlSteps(html)].join('');
}

/** The same in steps, each of some `STEP` characters of HTML unless one tag is longer. */
export function* htmlSteps(html: string): Generator<string> {
  let text = '';
  let at = 0;
  let stepEnd = STEP;
  while (at < html.length) {
    if (at >= stepEnd) {
      yield decodeEntities(text);
      text = '';
      stepEnd = at + STEP;
    }
    const open = html.indexOf('<', at);
    const textEnd = open < 0 ? html.length : open;
    const end = textEnd <= stepEnd ? textEnd : Math.max(at, outsideEntity(html, stepEnd));
    text += html.slice(at, end);
    at = end;
    if (end < textEnd) stepEnd = end;
    else if (open >= 0) {
      const isTag = /[a-z/!?]/i.test(html[open + 1] ?? '');
      const tag = isTag ? tagAt(html, open) : { end: open + 1, instead: '<' };
      text += tag.instead;
      at = tag.end;
    }
  }
  yield decodeEntities(text);
}

/** `end`, or the beginning of the entity that it may be in. */
function outsideEntity(html: string, end: number): number {
  const back = html.slice(end - MAX_ENTITY, end).lastIndexOf('&');
  return back < 0 ? end : end - MAX_ENTITY + back;
}

function tagAt(html: string, open: number): { end: number; instead: string } {
  if (html.startsWith('<!--', open)) {
    const close = html.indexOf('-->', open + 4);
    return { end: close < 0 ? html.length : close + 3, instead: '' };
  }
  const close = html.indexOf('>', open);
  const end = close < 0 ? html.length : close + 1;
  const name = nameAt(html, open + 1);
  if (UNREAD.test(name)) return { end: endOfElement(html, name, end), instead: ' ' };
  if (BLOCK.test(name.replace('/', ''))) return { end, instead: '\n' };
  return { end, instead: /^\/?t[dh]$/.test(name) ? ' ' : '' };
}

/** `p`, or `/p` of a tag that ends one. */
function nameAt(html: string, start: number): string {
  return (/^\/?[a-z0-9]+/i.exec(html.slice(start, start + MAX_NAME))?.[0] ?? '').toLowerCase();
}

/** Behind the tag that ends an element whose content is not read. */
function endOfElement(html: string, name: string, from: number): number {
  const closing = new RegExp(`</${name}[^>]{0,100}>?`, 'gi');
  closing.lastIndex = from;
  return closing.exec(html) === null ? html.length : closing.lastIndex;
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    ENTITY,
    (whole, ...[hex, decimal, name]: [string | undefined, string | undefined, string | undefined]) => {
      if (name !== undefined) return ENTITIES.get(name) ?? ENTITIES.get(name.toLowerCase()) ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      const isText = code >= 0x20 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return isText ? String.fromCodePoint(code) : ' ';
    },
  );
}
