/** DKIM on the way out: keys remembered for a moment, the public-key work off the event loop. */
import { createPrivateKey } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type DkimKey, signDkim } from '../../wire/dkim/sign.ts';
import { type Header, scanHeader } from '../../wire/mime/header.ts';
import type { DirectoryStore } from '../directory/admin.ts';

const TTL_MS = 60_000;
const MAX_DOMAINS = 10_000;

export interface Signable {
  /** The domain whose keys sign: that of the author. */
  readonly domain: string;
  /** The header as it will leave, our added fields included. */
  readonly header: Header;
  readonly bodyHash: Buffer;
}

export class Signer {
  readonly #store: Pick<DirectoryStore, 'dkimKeys'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #keys = new Map<string, { keys: readonly DkimKey[]; until: number }>();

  constructor(ports: { store: Pick<DirectoryStore, 'dkimKeys'>; clock: Clock; log: Log }) {
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#log = ports.log;
  }

  /** The DKIM-Signature fields, or nothing when the domain has no keys or the message cannot be signed. */
  async sign({ domain, header, bodyHash }: Signable): Promise<Buffer | undefined> {
    const keys = await this.#keysOf(domain);
    if (keys.length === 0) return undefined;
    const signed = await signDkim({ header, bodyHash }, { keys, signedAtMs: this.#clock.now() });
    if (signed.ok) return signed.fields;
    this.#log.info({ domain, why: signed.why }, 'a message was not signed');
    return undefined;
  }

  async #keysOf(domain: string): Promise<readonly DkimKey[]> {
    const known = this.#keys.get(domain);
    if (known !== undefined && known.until > this.#clock.monotonic()) return known.keys;
    const stored = await this.#store.dkimKeys(domain);
    const keys = stored.map(({ selector, algorithm, privatePem }) => ({
      domain,
      selector,
      algorithm,
      privateKey: createPrivateKey(privatePem),
    }));
    if (this.#keys.size >= MAX_DOMAINS) this.#keys.clear();
    this.#keys.set(domain, { keys, until: this.#clock.monotonic() + TTL_MS });
    return keys;
  }
}

/** The header that a receiver will see: our added fields, then the message's own. */
export function headerWith(added: string, head: Buffer): Header {
  return scanHeader(added === '' ? head : Buffer.concat([Buffer.from(added), head]));
}
