/**
 * Parts without their transfer encoding (RFC 3516). The one that was asked for last is kept: clients fetch a large part in
 * pieces, and several of them in one FETCH.
 */
import { partAt } from '../../../wire/mime/section.ts';
import { bodyEnd, bodyStart } from '../../../wire/mime/structure.ts';
import { decodeBody } from '../../../wire/mime/transfer-encoding.ts';
import type { MessageReader } from '../../message-reader.ts';

/** Undefined where there is no such part, null where nobody knows its encoding. */
type Decoded = Buffer | undefined | null;

export class DecodedPart {
  readonly #message: MessageReader;
  #kept: { readonly path: string; readonly octets: Decoded } | undefined;

  constructor(message: MessageReader) {
    this.#message = message;
  }

  /** An empty path is the whole message. Rejects when the store does not have it. */
  async at(path: readonly number[]): Promise<Decoded> {
    const name = path.join('.');
    if (this.#kept?.path !== name) {
      // Two are not held at once.
      this.#kept = undefined;
      this.#kept = { path: name, octets: await this.#decode(path) };
    }
    return this.#kept.octets;
  }

  async #decode(path: readonly number[]): Promise<Decoded> {
    const message = this.#message;
    if (path.length === 0) return message.read(0, message.sizeBytes);
    const part = partAt(await message.structure(), path);
    if (part === undefined) return undefined;
    const body = await message.read(bodyStart(part), bodyEnd(part));
    return decodeBody(body, part.encoding) ?? null;
  }
}
