/**
 * Answers for owners who are away (RFC 3834). Only a person who wrote to the owner by name is answered: not a list, a program, a
 * notice or whoever was copied in by a group or a catch-all. An answer has the null reverse-path, so that nothing answers it, and is
 * kept in the transaction of the message that it answers; that one has an account of who was answered lately.
 */
import { sha256 } from '../../base/digest.ts';
import type { Random } from '../../base/random.ts';
import { hashBody } from '../../wire/dkim/body-hash.ts';
import { clean, encodeWords, headerField, isAscii, quotedPrintable } from '../../wire/dsn/text.ts';
import { addressesIn } from '../../wire/mime/addresses.ts';
import { formatDate } from '../../wire/mime/date.ts';
import { decodeWords } from '../../wire/mime/encoded-words.ts';
import {
  fieldName,
  fieldText,
  findField,
  findFields,
  type Header,
  scanHeader,
} from '../../wire/mime/header.ts';
import { threadIds } from '../../wire/mime/message-ids.ts';
import { domainOf } from '../delivery/route.ts';
import type { Addressed } from '../delivery/addressed.ts';
import type { Directory, Targets } from '../directory/port.ts';
import type { AccountId, Language, MessageId } from '../envelope.ts';
import { parseMessage } from '../mailbox/parse.ts';
import { type Away, isAway, MAX_SUBJECT_CHARS } from '../mailbox/vacation.ts';
import { customerOf } from '../queue/customer.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { Acceptance, AutoReply } from '../queue/port.ts';
import { normalise } from './recipient.ts';
import type { Signer } from './sign.ts';

/** Addresses in To and Cc that are looked up, at most: a message to more is a mailing. */
const MAX_NAMED = 50;
const MAX_LIST_BYTES = 16_384;
/** Message-IDs in References, of the last. */
const MAX_REFERENCES = 20;

const PREFIX: Readonly<Record<Language, string>> = { en: 'Automatic reply: ', fr: 'Réponse automatique : ' };

/** RFC 3834 section 2, and what programs that take no answers are called. */
const ROBOT =
  /^(?:mailer-daemon|owner-.*|.*-(?:request|owner|bounces?)|(?:.*[-._+])?(?:no|do[-._]?not|ne[-._]?pas)[-._]?(?:reply|respond|repondre)(?:[-._+=].*)?|(?:.*[-._+])?bounces?(?:[-._+=].*)?|listserv|majordomo)$/;

export interface AutoReplyPorts {
  readonly directory: Pick<Directory, 'isLocal' | 'targets'>;
  readonly addressed: Addressed;
  readonly ids: IdSupply;
  readonly random: Random;
  readonly signer?: Signer | undefined;
}

export interface AutoReplyOptions {
  readonly hostname: string;
  readonly lifetimeMs: number;
}

/** A message that was just taken. */
export interface Taken {
  readonly reversePath: string;
  readonly header: Header;
  readonly at: number;
  /** Whose mailboxes it is for. */
  readonly away: readonly Away[];
}

export class AutoReplies {
  readonly #ports: AutoReplyPorts;
  readonly #options: AutoReplyOptions;

  constructor(ports: AutoReplyPorts, options: AutoReplyOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** What is answered, should its sender not have been answered lately. Throws when the store gives no ids. */
  async to(taken: Taken): Promise<AutoReply[]> {
    const { reversePath, header, at } = taken;
    const away = taken.away.filter((one) => isAway(one, at));
    if (away.length === 0 || !isFromPerson(reversePath, header)) return [];
    const named = await this.#named(header);
    const replies: AutoReply[] = [];
    for (const one of away) {
      const as = [...named].find(([, owner]) => owner === one.account)?.[0];
      if (as === undefined || (await this.#ownerOf(normalise(reversePath))) === one.account) continue;
      const notice = await this.#compose(one, taken, as);
      if (notice === undefined) continue;
      replies.push({ account: one.account, sender: normalise(reversePath), everyMs: one.everyMs, notice });
    }
    return replies;
  }

  /** The addresses in To and Cc that are one account's, and whose. */
  async #named(header: Header): Promise<ReadonlyMap<string, AccountId>> {
    const owners = new Map<string, AccountId>();
    const fields = [...findFields(header, 'to'), ...findFields(header, 'cc')];
    if (fields.some(({ valueStart, end }) => end - valueStart > MAX_LIST_BYTES)) return owners;
    const named = new Set(fields.flatMap((field) => addressesIn(fieldText(header, field))).map(normalise));
    if (named.size > MAX_NAMED) return owners;
    for (const address of named) {
      const owner = await this.#ownerOf(address);
      if (owner !== undefined) owners.set(address, owner);
    }
    return owners;
  }

  /** The account that an address is another name of; not one of several that a group leads to. */
  async #ownerOf(address: string): Promise<AccountId | undefined> {
    if (!(await this.#ports.directory.isLocal(domainOf(address)))) return undefined;
    const found: Targets | undefined = await this.#ports.directory.targets(address);
    if (found === undefined || found.standIn === true) return undefined;
    const holders = found.holders ?? found.accounts.map(({ id }) => id);
    return holders.length === 1 ? holders[0] : undefined;
  }

  async #compose(away: Away, taken: Taken, as: string): Promise<Acceptance | undefined> {
    const { account, address, language } = away;
    const { reversePath, at } = taken;
    const { ids } = this.#ports;
    const destinations = await this.#ports.addressed.to(reversePath);
    if (destinations.deliveries.length + destinations.copies.length === 0) return undefined;
    const bytes = await this.#write(away, taken, as);
    const message = ids.take<MessageId>();
    if (message === undefined) throw new Error('the store gives no ids');
    return {
      message,
      acceptedAt: at,
      language,
      envelope: {
        reversePath: '',
        bodyType: '7BIT',
        smtpUtf8: !isAscii(as) || !isAscii(reversePath),
        requireTls: false,
      },
      prefix: Buffer.alloc(0),
      content: { kind: 'inline', bytes, hash: sha256(bytes) },
      ...(destinations.copies.length === 0 ? {} : { parsed: parseMessage(bytes) }),
      origin: { kind: 'notice' },
      expiresAt: at + this.#options.lifetimeMs,
      // Nobody is told of it.
      tellAt: at + this.#options.lifetimeMs,
      customer: customerOf({ account: { id: account, address }, reversePath: '' }),
      ...destinations,
    };
  }

  async #write(away: Away, { reversePath, header, at }: Taken, as: string): Promise<Buffer> {
    const token = Buffer.from(this.#ports.random.bytes(20)).toString('hex');
    const text = `${away.text.trimEnd()}\n`.replace(/\r?\n/g, '\r\n');
    const isPlain = isAscii(text) && text.split('\r\n').every((line) => line.length <= 78);
    const head = [
      headerField('From', `<${as}>`),
      headerField('To', `<${reversePath}>`),
      headerField('Subject', encodeWords(subjectOf(away, header))),
      headerField('Date', formatDate(at)),
      headerField('Message-ID', `<${token}@${this.#options.hostname}>`),
      ...thread(header),
      headerField('Auto-Submitted', 'auto-replied'),
      headerField('MIME-Version', '1.0'),
      headerField('Content-Type', `text/plain; charset=${isPlain ? 'us-ascii' : 'utf-8'}`),
      headerField('Content-Transfer-Encoding', isPlain ? '7bit' : 'quoted-printable'),
      '\r\n',
    ].join('');
    const body = Buffer.from(isPlain ? text : quotedPrintable(Buffer.from(text)));
    const bytes = Buffer.concat([Buffer.from(head), body]);
    const signature = await this.#ports.signer?.sign({
      domain: domainOf(as),
      header: scanHeader(bytes),
      bodyHash: hashBody(body),
    });
    return signature === undefined ? bytes : Buffer.concat([signature, bytes]);
  }
}

/** RFC 3834 section 3.1.6: what is answered, and what that answered. */
function thread(header: Header): string[] {
  const { messageId, references } = threadIds(header);
  if (messageId === undefined) return [];
  const chain = [...references.slice(1 - MAX_REFERENCES), messageId].map((id) => `<${id}>`);
  return [headerField('In-Reply-To', `<${messageId}>`), headerField('References', chain.join(' '))];
}

function subjectOf({ subject, language }: Away, header: Header): string {
  if (subject !== undefined) return clean(subject);
  const field = findField(header, 'subject');
  const theirs = field === undefined ? '' : clean(decodeWords(fieldText(header, field)));
  return `${PREFIX[language]}${theirs}`.slice(0, MAX_SUBJECT_CHARS).trim();
}

/** RFC 3834 section 2: not from a list, a program or an answer, nor what somebody has marked as junk. */
export function isFromPerson(reversePath: string, header: Header): boolean {
  if (reversePath === '') return false;
  if (ROBOT.test(reversePath.slice(0, reversePath.lastIndexOf('@')).toLowerCase())) return false;
  if (header.fields.some((field) => /^list-/i.test(fieldName(header, field)))) return false;
  const says = (name: string): string => {
    const field = findField(header, name);
    return field === undefined ? '' : fieldText(header, field).trim().toLowerCase();
  };
  if (!/^(?:no\b.*)?$/.test(says('auto-submitted'))) return false;
  if (/^(?:bulk|list|junk)\b/.test(says('precedence'))) return false;
  if (/\b(?:all|oof|autoreply)\b/.test(says('x-auto-response-suppress'))) return false;
  return !says('x-spam-flag').startsWith('yes') && !says('x-spam-status').startsWith('yes');
}
