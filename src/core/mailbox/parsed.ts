/** What is made of a message once, when it arrives. */
export interface ParsedMessage {
  /** Encoded by `wire/mime`. */
  readonly structure: Uint8Array;
  /** RFC 8970: at most 256 characters. */
  readonly preview: string;
  /** `threadKeys` of it. */
  readonly threadKeys: readonly number[];
}
