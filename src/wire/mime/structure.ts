/**
 * A message as its parts (RFC 2045, RFC 2046): what each part says of itself and where it stands, so that any section of
 * it is a range of octets. Offsets count from the first octet of the whole message, also inside nested messages.
 */

/** Name in lower case, value as written but for quoting: RFC 2231 and RFC 2047 are left to whoever shows it. */
export type Parameter = readonly [name: string, value: string];

/**
 * One entry of an address list as ENVELOPE has it (RFC 9051 7.5.2): a mailbox has `mailbox` and `host`, both perhaps empty;
 * the start of a group has `mailbox` alone, its name; the end of a group has nothing. Encoded words stay encoded.
 */
export interface EnvelopeAddress {
  readonly name?: string;
  /** The obsolete source route, `@a,@b`. */
  readonly route?: string;
  readonly mailbox?: string;
  readonly host?: string;
}

/** Fields of a message's header as written, unfolded; what is missing is not in the header. */
export interface Envelope {
  readonly date?: string;
  readonly subject?: string;
  readonly from: readonly EnvelopeAddress[];
  /** Empty when the header has none: that `from` stands in for it is the writer's business, as for `replyTo`. */
  readonly sender: readonly EnvelopeAddress[];
  readonly replyTo: readonly EnvelopeAddress[];
  readonly to: readonly EnvelopeAddress[];
  readonly cc: readonly EnvelopeAddress[];
  readonly bcc: readonly EnvelopeAddress[];
  readonly inReplyTo?: string;
  readonly messageId?: string;
}

/** What the fields of RFC 2045, RFC 2183, RFC 3282 and RFC 2557 say. */
export interface ContentFields {
  /** Lower case, as `subtype`; what was not given or not to be read is `text/plain`, or as RFC 2046 5.1.5 has it. */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: readonly Parameter[];
  readonly id?: string;
  readonly description?: string;
  /** Lower case; `7bit` when nothing is said. */
  readonly encoding: string;
  readonly disposition?: { readonly type: string; readonly parameters: readonly Parameter[] };
  readonly languages: readonly string[];
  readonly location?: string;
}

export interface Part extends ContentFields {
  /** First octet of the header. */
  readonly start: number;
  /** Octets of the header, its blank line included. The body follows. */
  readonly headerBytes: number;
  /** Octets of the body, without the line end that belongs to the delimiter after it (RFC 2046 5.1.1). */
  readonly bodyBytes: number;
  /** Line feeds of the body; only counted where IMAP tells them, for text and nested messages, else 0. */
  readonly lines: number;
  /** Of a multipart; empty for everything else, and for a multipart without any delimiter. */
  readonly parts: readonly Part[];
  /** What a `message/rfc822` or `message/global` holds. */
  readonly message?: Message;
}

export interface Message {
  readonly envelope: Envelope;
  /** The message itself: its header is the message's. */
  readonly root: Part;
}

/** The first octet of the body. */
export function bodyStart(part: Part): number {
  return part.start + part.headerBytes;
}

/** One past the last octet of the body. */
export function bodyEnd(part: Part): number {
  return part.start + part.headerBytes + part.bodyBytes;
}

/** Every part in order, holders before what they hold, those of nested messages included. */
export function allParts(message: Message): Part[] {
  const found: Part[] = [];
  const pending = [message.root];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    found.push(part);
    if (part.message !== undefined) pending.push(part.message.root);
    for (let index = part.parts.length - 1; index >= 0; index--) pending.push(part.parts[index] as Part);
  }
  return found;
}

/** The value of a parameter as written. `name` is in lower case. */
export function parameterOf(parameters: readonly Parameter[], name: string): string | undefined {
  return parameters.find(([candidate]) => candidate === name)?.[1];
}
