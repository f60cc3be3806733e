/**
 * Reports that come back about messages of ours, by mail: complaints (RFC 5965) and late delivery status notifications
 * (RFC 3464). A report counts only when the message that it returns carries our reference, which nobody can guess: then
 * it is written into the story of that message, and told to whoever judges how accounts send. It never suppresses anybody.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type Complaint, readComplaint } from '../../wire/arf/parse.ts';
import { readDsn } from '../../wire/dsn/parse.ts';
import { fieldValue, findFields, type Header } from '../../wire/mime/header.ts';
import { readReport, type ReportParts } from '../../wire/mime/report.ts';
import type { MessageId } from '../envelope.ts';
import type { Acceptance } from '../queue/port.ts';
import { decodeReference } from '../trace/reference.ts';
import type { Feedback } from './feedback.ts';
import type { ReportStore } from './port.ts';

export interface ReportPorts {
  readonly store: ReportStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly feedback: Feedback;
  /** Key of the references (core/trace/reference.ts). */
  readonly secret: Uint8Array;
}

/** Where the header of a report has its type, octets. */
const LOOKED_AT = 8_192;
/** Received fields of the returned message that are looked at. */
const MOST_RECEIVED = 50;
/** Chars of the words that are kept. */
const MOST_CHARS = 500;
/** Reports of one message that are kept: whoever has got it may send as many as they like. Messages remembered for that. */
const MOST_OF_ONE = 100;
const MOST_MESSAGES = 10_000;

export class Reports {
  readonly #ports: ReportPorts;
  readonly #kept = new Map<MessageId, number>();

  constructor(ports: ReportPorts) {
    this.#ports = ports;
  }

  /** A message was kept: when it is for somebody here and a report, it is read. Never throws. */
  arrived({ content, copies, prefix }: Acceptance): void {
    if (copies.length === 0 || content.kind !== 'inline') return;
    const { bytes } = content;
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LOOKED_AT));
    if (!/multipart\/report/i.test(head.toString('latin1'))) return;
    const parts = readReport(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    const message = parts?.original === undefined ? undefined : this.#messageOf(parts.original);
    // What we wrote ourselves has no field above it.
    if (parts === undefined || message === undefined || prefix.length === 0) return;
    void this.#read(parts, message).catch((error: unknown) =>
      this.#ports.log.warn({ message, error: String(error) }, 'could not keep a report'),
    );
  }

  async #read(parts: ReportParts, message: MessageId): Promise<void> {
    const complaint = readComplaint(parts);
    if (complaint !== undefined) return this.#complained(complaint, message);
    const { store, clock, feedback } = this.#ports;
    const dsn = readDsn(parts);
    const at = clock.now();
    for (const { finalRecipient, action, status, diagnostic } of dsn?.recipients ?? []) {
      if (!this.#hasRoom(message)) return;
      const from = dsn?.reportingMta ?? 'another host';
      const reason = `${from}: ${action} ${status}${diagnostic === undefined ? '' : `, ${diagnostic}`}`;
      const report = {
        kind: 'reported',
        reason: reason.slice(0, MOST_CHARS),
        recipient: finalRecipient.slice(0, MOST_CHARS),
      } as const;
      const whose = await store.keepReport({ message, at, report });
      if (whose !== undefined && action === 'failed')
        feedback.told({ kind: 'late-failure', message, at, ...whose, recipient: finalRecipient, status });
    }
  }

  async #complained({ type, reporter, incidents }: Complaint, message: MessageId): Promise<void> {
    // `not-spam` takes back what another said (RFC 6430).
    if (type === 'not-spam' || !this.#hasRoom(message)) return;
    const { store, clock, feedback } = this.#ports;
    const at = clock.now();
    const reason = `${type}${reporter === undefined ? '' : `, by ${reporter}`}`.slice(0, MOST_CHARS);
    const whose = await store.keepReport({ message, at, report: { kind: 'complained', reason } });
    if (whose === undefined) return;
    feedback.told({ kind: 'complaint', message, at, ...whose, complaint: type, count: incidents });
  }

  #hasRoom(message: MessageId): boolean {
    const kept = this.#kept.get(message) ?? 0;
    if (this.#kept.size >= MOST_MESSAGES) this.#kept.clear();
    this.#kept.set(message, kept + 1);
    return kept < MOST_OF_ONE;
  }

  /** By the reference in our own Received field, wherever that stands among those of others. */
  #messageOf(original: Header): MessageId | undefined {
    for (const field of findFields(original, 'received').slice(0, MOST_RECEIVED)) {
      const reference = /\bid (R[0-9A-Za-z]{9,20})\b/.exec(fieldValue(original, field))?.[1];
      const message = reference === undefined ? undefined : decodeReference(reference, this.#ports.secret);
      if (message !== undefined) return message;
    }
    return undefined;
  }
}
