/** A letter of ours to the owner of an account, in its language: a copy in their own mailbox, accepted like any message. */
import { french } from '../../base/french.ts';
import type { Random } from '../../base/random.ts';
import { sha256 } from '../../base/digest.ts';
import { encodeWords, headerField, wrap } from '../../wire/dsn/text.ts';
import { formatDate } from '../../wire/mime/date.ts';
import type { AccountId, DeliveryId, Language, MessageId } from '../envelope.ts';
import { parseMessage } from '../mailbox/parse.ts';
import { customerOf } from '../queue/customer.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { Acceptance } from '../queue/port.ts';

export interface LetterPorts {
  readonly ids: IdSupply;
  readonly random: Random;
  /** Our own name. */
  readonly hostname: string;
}

export interface Letter {
  readonly account: { readonly id: AccountId; readonly address: string; readonly language: Language };
  /** ms since the epoch. */
  readonly at: number;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Where answers go. */
  readonly replyTo?: string | undefined;
}

/** Throws when the store gives no ids. */
export function composeLetter({ ids, random, hostname }: LetterPorts, letter: Letter): Acceptance {
  const { account, at } = letter;
  const { language } = account;
  const token = Buffer.from(random.bytes(20)).toString('hex');
  const bytes = Buffer.from(
    [
      headerField('From', `Mail Delivery System <MAILER-DAEMON@${hostname}>`),
      ...(letter.replyTo === undefined ? [] : [headerField('Reply-To', `<${letter.replyTo}>`)]),
      headerField('To', `<${account.address}>`),
      headerField('Subject', encodeWords(spaced(letter.subject, language))),
      headerField('Date', formatDate(at)),
      headerField('Message-ID', `<${token}@${hostname}>`),
      headerField('Auto-Submitted', 'auto-generated'),
      headerField('Content-Language', language),
      headerField('MIME-Version', '1.0'),
      headerField('Content-Type', 'text/plain; charset=utf-8'),
      headerField('Content-Transfer-Encoding', '8bit'),
      '\r\n',
      letter.paragraphs.map((paragraph) => wrap(spaced(paragraph, language))).join('\r\n'),
    ].join(''),
  );
  return {
    message: id<MessageId>(ids),
    acceptedAt: at,
    language,
    envelope: { reversePath: '', bodyType: '8BITMIME', smtpUtf8: false, requireTls: false },
    prefix: Buffer.alloc(0),
    content: { kind: 'inline', bytes, hash: sha256(bytes) },
    parsed: parseMessage(bytes),
    origin: { kind: 'notice' },
    expiresAt: at,
    tellAt: at,
    customer: customerOf({ reversePath: '' }),
    deliveries: [],
    copies: [{ id: id<DeliveryId>(ids), account: account.id, address: account.address }],
  };
}

function id<Id extends number>(ids: IdSupply): Id {
  const taken = ids.take<Id>();
  if (taken === undefined) throw new Error('the store gives no ids');
  return taken;
}

function spaced(text: string, language: Language): string {
  return language === 'fr' ? french(text) : text;
}
