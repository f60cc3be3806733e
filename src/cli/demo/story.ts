/** Tells each message's life as it happens. */
import { encodeReference } from '../../core/trace/reference.ts';
import { toldEvents } from '../../core/trace/sentences.ts';
import type { TracedMessage } from '../../core/trace/port.ts';
import type { MessageId } from '../../core/envelope.ts';
import type { SqlStore } from '../../store/store.ts';
import type { Output } from '../command.ts';

const EVERY_MS = 250;
const PAGE = 200;

export class Story {
  readonly #store: SqlStore;
  readonly #output: Output;
  readonly #secret: Uint8Array;
  /** Events told so far, by message. */
  readonly #told = new Map<MessageId, number>();
  #cursor = 0;
  /** When the newest message was accepted. */
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `secret`: the key of the references. */
  constructor(store: SqlStore, secret: Uint8Array, output: Output) {
    this.#store = store;
    this.#secret = secret;
    this.#output = output;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#look()
        .catch((error: Error) => this.#output.note(`the story cannot be read: ${error.message}`))
        .finally(() => {
          if (this.#timer !== undefined) this.start();
        });
    }, EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const accepted = await this.#store.trace({ since: this.#since, limit: PAGE });
    this.#since = accepted[0]?.acceptedAt ?? this.#since;
    for (const traced of accepted.reverse()) this.#tell(traced);
    const { cursor, events } = await this.#store.eventsAfter({ cursor: this.#cursor, limit: PAGE });
    this.#cursor = cursor;
    for (const message of new Set(events.map((event) => event.message))) {
      const [traced] = await this.#store.trace({ message, limit: 1 });
      if (traced !== undefined) this.#tell(traced);
    }
  }

  #tell(traced: TracedMessage): void {
    const { message } = traced;
    const now = Date.now();
    const told = toldEvents(traced, {
      language: 'en',
      reader: 'sender',
      now,
      time: clockTime,
      frozen: new Map(),
    });
    for (const event of told.slice(this.#told.get(message) ?? 0)) {
      this.#output.say(
        `${clockTime(event.at)}  ${encodeReference(message, this.#secret)}  ${event.sentence}`,
      );
    }
    this.#told.set(message, told.length);
  }
}

function clockTime(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}
