/** Where a mailbox is written, and what was written of it. */

/** Octets of a file's name. */
export const MOST_NAME_BYTES = 255;

/** In the folder of the export; or why there is none. */
export type Place = { readonly path: string } | { readonly fault: string };

export function placeOf(parts: readonly string[]): Place {
  const wrong = parts.find((part) => Buffer.byteLength(part) > MOST_NAME_BYTES);
  if (wrong === undefined) return { path: parts.join('/') };
  return {
    fault: 'a level of it is too long for the name of a file: rename it first, or write another format',
  };
}

export interface Written {
  readonly messages: number;
  /** Of its files. */
  readonly octets: number;
  /** Have keywords that these files cannot keep. */
  readonly withoutKeywords: number;
  /** Had to get an end of their last line. */
  readonly changed: number;
}
