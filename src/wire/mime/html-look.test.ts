import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HtmlReading, newReading, ROOM_FOR_ONE, readHtml, readLoosely } from './html-look.ts';

const MOST = 4 * 1024;
const OCTETS = 64 * 1024;

function read(html: Buffer, most = MOST): HtmlReading {
  const reading = newReading(Buffer.alloc(most + ROOM_FOR_ONE), most);
  readHtml(html, reading);
  return reading;
}

function textOf(html: string): string {
  const { text, length } = read(Buffer.from(html));
  return text.toString('utf8', 0, length).trim();
}

const READ: readonly (readonly [html: string, text: string])[] = [
  ['', ''],
  ['a < b <3 <', 'a < b <3 <'],
  ['wo<b>rd</b> <i>o<unknown-tag x=1>ne', 'word one'],
  ['<P>one<br/>two</P ><td>three</td><td>four', 'one\ntwo\nthree\nfour'],
  [' one \r\n\t two&nbsp;&nbsp;three ', 'one two\u00a0\u00a0three'],
  ['<STYLE type="a">p { }</styled></Style >seen', 'seen'],
  ['<style/>seen</style>seen', 'seen\nseen'],
  ['<stylex>seen</stylex>', 'seen'],
  ['<s4yle>seen</s4yle>', 'seen'],
  ['<script>if (a</b) "</scrip"</script>seen', 'seen'],
  ['<style>never closed', 'never closed'],
  ['<style>hidden</style><style>never <b>closed', 'never closed'],
  ['<!-- > --><!--><!doctype html><?xml a?></ x>seen<!-- never closed', 'seen never closed'],
  ['<!-- hidden --!>seen<!----!>seen<!--->seen<!-- hidden -->', 'seenseenseen'],
  ['<b =">seen</b =">seen<b a="x"=">seen<b\x01=">seen<b / ="x>">seen', 'seenseenseenseen">seen'],
  ["<a = '>seen<a b c = '>'>seen<a b/='>seen", 'seenseenseen'],
  ['<svg><style>seen</style><title>seen</title><![CDATA[ > seen ]]></svg>', 'seen\nseen\n> seen ]]>'],
  ['<math><script/></math>seen<select><title>seen</select>', 'seen\nseen'],
  ['<svg/><xmp><b a="</xmp>seen"<!-- > seen', 'seen" > seen'],
  ['<script><!--<script></script><b a="--></script>seen"', 'seen"'],
  ['<template><!--</template><b a="--></template>seen"', 'seen"'],
  ['<textarea></textarea<b a="</textarea>seen', '</textarea<b a="\nseen'],
  ['<style/><b a="</style>seen <b title=">seen">', 'seen seen">'],
  ['<textarea><b>seen</b> <!-- &lt;seen</textarea><b>seen', '<b>seen</b> <!-- <seen\nseen'],
  ['<xmp></b><style></xmp>seen<plaintext></plaintex><style>', '</b><style>\nseen\n</plaintex><style>'],
  ['one<blockquote>two<p>three</blockquote>four', 'one\n> two\n> three\nfour'],
  ['<blockquote><p><blockquote>one</blockquote><br></blockquote></blockquote>two', '> one\ntwo'],
  ['<!--[if mso]>hidden<![endif]--><![if !mso]>seen<![endif]>', 'seen'],
  ['<a title="x > y" alt=\'>"\' b = ">">seen', 'seen'],
  ["<a it's>seen", 'seen'],
  ['seen<a title="never closed>', 'seen'],
  ['&#104;&#x69;&#x0000000000000000000068 &#105 &lt;b&gt; &copy;&eacute;&shyx', 'hih i <b> ©é\u00adx'],
  ['&#0;&#55296;&#1114112;&#99999999999;x&unknown;y &; &# &#x; AT&T', 'x y &; &# &#x; AT&T'],
  ['&afr;&Bscr;&copf;&colon;&sol;&period;', 'aBc:/.'],
];

test('what is read of HTML is what a browser shows, its white space made one', () => {
  for (const [html, text] of READ) assert.equal(textOf(html), text, html);
});

test('no more is read than is asked for, and never half a character', () => {
  for (const html of [
    'x'.repeat(9_000),
    '&euro;'.repeat(9_000),
    '&#128512;'.repeat(9_000),
    'x &shy;'.repeat(9_000),
  ]) {
    const { text, length } = read(Buffer.from(html), 1_000);
    assert.ok(length >= 1_000 && length < 1_000 + ROOM_FOR_ONE, `${length}`);
    assert.ok(!text.toString('utf8', 0, length).includes('\ufffd'));
  }
});

test('links are counted by host up to a number, past the text that is wanted', () => {
  const links = (count: number): string => '<a href="https://a.far.example/x">text</a> '.repeat(count);
  assert.deepEqual(read(Buffer.from(links(5))).links?.hosts, new Map([['a.far.example', 5]]));
  assert.deepEqual(read(Buffer.from(`${'text '.repeat(2_000)}${links(5)}`)).links?.count, 5);
  assert.deepEqual(read(Buffer.from(links(500))).links?.count, 200);
});

/** Octets that are read one by one, and those that are searched through, are counted. */
function counting(html: Buffer): { html: Buffer; steps: () => number } {
  let steps = 0;
  const indexOf = (what: string | number, from: number): number => {
    const found = html.indexOf(what, from);
    steps += (found < 0 ? html.length : found) - from;
    return found;
  };
  const counted = new Proxy(html, {
    get(_, key) {
      steps++;
      if (key === 'indexOf') return indexOf;
      const value: unknown = Reflect.get(html, key, html);
      return typeof value === 'function' ? value.bind(html) : value;
    },
  });
  return { html: counted, steps: () => steps };
}

/** Each again and again. */
const HOSTILE = [
  '<',
  '<a',
  '<a>',
  '<!',
  '<!--',
  '<!---->',
  '<!-->',
  '</',
  '<p>',
  '<style>',
  '<style></style>',
  '<style></styl',
  '<script></',
  '<a ="',
  '<a =\'">',
  '<a = ',
  '<b =">',
  '<!-- --!',
  '<!-- --!>',
  '<textarea>',
  '<xmp></xm',
  '<xmp></xmp>',
  '<plaintext>',
  '<blockquote>',
  '<blockquote></blockquote>',
  '<svg><style>',
  '<title></styl',
  '<a href=&',
  '<a href="//',
  '<a href="&#104;ttp&colon;//x.example">',
  '&',
  '&#',
  '&#0',
  '&#x0',
  '&a',
  '&shyx',
  '&zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz',
  '\0',
  ' ',
  '=',
];
/** A beginning, what stands there again and again behind it, and an end. */
const HOSTILE_WHOLES: readonly (readonly [string, string, string])[] = [
  ['<title>'.repeat(4_600), '</', '</title>'],
  ['<style>'.repeat(4_600), '</x', '</style>'],
  ['<style>'.repeat(4_600), 'x', '<!--</style>'],
  ['<title>'.repeat(4_600), '<!--<', '</title>'],
  ['<title>'.repeat(4_600), '<!--<scrip', '</title>'],
  ['<title><style>'.repeat(2_300), '</script>', '</style></title>'],
];
/** Of each octet: itself, a few looks ahead, and the length for each. */
const STEPS_PER_OCTET = 60;

test('the steps grow as the octets do, whatever they are and in whatever manner they are read', () => {
  const beginnings = ['', '<style>', '<!--', '<a b="', 'x'.repeat(MOST)];
  const wholes = [
    ...HOSTILE.flatMap((piece) => beginnings.map((before) => [before, piece, ''] as const)),
    ...HOSTILE_WHOLES,
  ];
  for (const [before, piece, end] of wholes) {
    const whole = Buffer.from(before + piece.repeat((OCTETS - before.length) / piece.length) + end);
    for (const reader of [readHtml, readLoosely]) {
      const { html, steps } = counting(whole);
      reader(html, newReading(Buffer.alloc(MOST + ROOM_FOR_ONE), MOST));
      assert.ok(
        steps() <= STEPS_PER_OCTET * html.length,
        `${reader.name} ${before.slice(0, 9)} ${piece}: ${steps() / html.length}`,
      );
    }
  }
});
