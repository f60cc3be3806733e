/** The messages of Apache James mime4j and what it makes of them, against the structure that is read here. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeStructure, encodeStructure } from './structure-codec.ts';
import { readStructure } from './structure-reader.ts';
import { bodyEnd, bodyStart, type Part } from './structure.ts';
import { decodeBody } from './transfer-encoding.ts';

const VECTORS = '../shared/data/vectors/mime-mime4j';

const ENCODED_MESSAGE = 'an encoded message in a message (RFC 2046 5.2.1) is not looked into';
const STRICT_HEADER = 'a line that is no field ends the header, for signatures and folders alike';

const LOST_LINE = 'mime4j lets the body begin there too, but loses the line after';

/** Where mime4j and this reader differ, and why. The vectors have two readings of each message with a broken header. */
const DISAGREEMENTS: Readonly<Record<string, string>> = {
  'bad-newlines-multiple-parts-base64': ENCODED_MESSAGE,
  'base64encoded-rfc822message': ENCODED_MESSAGE,
  'base64encoded-rfc822message-nested': ENCODED_MESSAGE,
  'basic-plain-with-bad-header-separator': STRICT_HEADER,
  'malformedHeader-nocrlfcrlf': STRICT_HEADER,
  'malformedHeader-noheader': STRICT_HEADER,
  'malformedHeaderStartsBody-nocrlfcrlf': LOST_LINE,
  'malformedHeaderStartsBody-noheader': LOST_LINE,
  obsolete: STRICT_HEADER,
};

/** What is in `<body>` is text; whatever else is a list of elements by name. */
type Element = Record<string, Element[]> & { '#text'?: string };
type Shape = string | { readonly [kind: string]: readonly Shape[] };

function childrenOf(elements: readonly Element[], name: string): Element[] | undefined {
  return elements.find((element) => name in element)?.[name];
}

/** The entity of an XML file: what a `message` or `body-part` holds. */
function expectedShape(elements: readonly Element[]): Shape {
  const multipart = childrenOf(elements, 'multipart');
  if (multipart !== undefined) {
    const parts = multipart.flatMap((element) => ('body-part' in element ? [element['body-part']] : []));
    return { multipart: parts.map(expectedShape) };
  }
  const message = childrenOf(elements, 'message');
  if (message !== undefined) return { message: [expectedShape(message)] };
  const body = childrenOf(elements, 'body') ?? [];
  return lines(body.map((element) => String(element['#text'] ?? '')).join('')).replace(/^\n/, '');
}

function shapeOf(part: Part, bytes: Buffer): Shape {
  if (part.message !== undefined) return { message: [shapeOf(part.message.root, bytes)] };
  if (part.type === 'multipart') return { multipart: part.parts.map((child) => shapeOf(child, bytes)) };
  return lines(bytes.toString('latin1', bodyStart(part), bodyEnd(part)));
}

function lines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** Leaves with mime4j's numbers of them. */
function* numbered(part: Part, number: string): Generator<readonly [number: string, part: Part]> {
  if (part.message !== undefined) yield* numbered(part.message.root, `${number}_1`);
  else if (part.type !== 'multipart') yield [number, part];
  else for (const [index, child] of part.parts.entries()) yield* numbered(child, `${number}_${index + 1}`);
}

test('mime4j vectors have the same parts with the same octets', {
  skip: existsSync(VECTORS) ? false : `needs ${VECTORS}`,
}, async () => {
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    preserveOrder: true,
    parseTagValue: false,
    trimValues: false,
    htmlEntities: true,
  });
  const wrong: string[] = [];
  let count = 0;
  for (const path of globSync(`${VECTORS}/core/**/*.msg`)) {
    const name = path.replace(/^.*\/|\.msg$/g, '');
    const bytes = readFileSync(path);
    const message = readStructure(bytes);
    assert.deepEqual(decodeStructure(encodeStructure(message)), message, name);
    const xml = parser.parse(readFileSync(path.replace(/\.msg$/, '.xml'), 'latin1')) as Element[];
    const agrees = equal(shapeOf(message.root, bytes), expectedShape(childrenOf(xml, 'message') ?? []));
    if (agrees === name in DISAGREEMENTS) wrong.push(name);
    if (!agrees) continue;
    count += 1;
    for (const [number, part] of numbered(message.root, '1')) {
      const file = globSync(path.replace(/\.msg$/, `_decoded_${number}.{txt,bin}`))[0];
      if (file === undefined) continue;
      const decoded = decodeBody(bytes.subarray(bodyStart(part), bodyEnd(part)), part.encoding);
      assert.equal(lines(decoded?.toString('latin1') ?? ''), lines(readFileSync(file, 'latin1')), file);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(count > 20, `${count} vectors`);
});

function equal(left: Shape, right: Shape): boolean {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}
