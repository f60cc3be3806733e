/** What a delivery status notification tells, as values (RFC 3461, RFC 3464), before any text is made of it. */
import type { Mishap } from '../smtp/mishap.ts';
import type { DsnLanguage, DsnSituation } from './words.ts';

/** RFC 3464 2.3.3. */
export type DsnAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

/** Whose fault it was; the words are chosen by it. */
export type DsnBlame = 'local' | 'path' | 'reputation' | 'sender' | 'recipient' | 'message' | 'unknown';

/** What keeps mail from leaving by a cause on our side: all of it, part of it, or what goes to one place. */
export interface DsnStop {
  readonly sinceMs: number;
  readonly reach: 'all' | 'some' | 'there';
  /** Of `there`: a domain, or whoever takes its mail. */
  readonly where: string;
}

export interface DsnRecipient {
  /** `local@domain` as we last knew it. */
  readonly finalRecipient: string;
  /** ORCPT, `type;value`, decoded from xtext. */
  readonly originalRecipient?: string;
  readonly action: DsnAction;
  /** RFC 3463, such as `5.1.1`. Anything else becomes the general code of the action. */
  readonly status: string;
  readonly blame: DsnBlame;
  /** Host name of the server that answered. */
  readonly remoteMta?: string;
  /** Who runs it, as people call them; said in the place of the host. */
  readonly provider?: string;
  /** Only for `delayed` by the sender's fault: what its domain lacks, such as `SPF, DKIM`. */
  readonly lacks?: string;
  /** What the far end said in SMTP to this very mail, verbatim, such as `550 5.1.1 no such user` (RFC 3464 2.3.6). */
  readonly diagnostic?: string;
  /** What happened instead, where nobody answered. */
  readonly mishap?: Mishap;
  /** What was said to other mail of the sender's domain, by which this is stopped: for people only. */
  readonly saidToDomain?: string;
  /** When this very mail was tried last (RFC 3464 2.3.7); absent when it never was. */
  readonly lastAttemptAtMs?: number;
  /** Only for `delayed`. */
  readonly willRetryUntilMs?: number;
  /** Only for `delayed`: the notice is about all that it stops. */
  readonly stop?: DsnStop;
  /** Only for `failed`: since when nothing is sent to that address, because its host said that nobody is there, or we decided it. */
  readonly suppressed?: { readonly sinceMs: number; readonly by: 'its host' | 'us' };
}

export interface DsnReport {
  /** The reverse-path of the message: whom to tell. Never empty: nobody is told of a notification's own fate. */
  readonly to: string;
  readonly language: DsnLanguage;
  /** Our host name: Reporting-MTA, and the domain of MAILER-DAEMON and of the Message-ID. */
  readonly reportingMta: string;
  /** Whom the sender may turn to, an address or a URL; said of what failed, because of a delay nobody need do anything. */
  readonly contact?: string;
  /** ENVID, decoded from xtext. */
  readonly envelopeId?: string;
  readonly arrivedAtMs: number;
  /** At least one. */
  readonly recipients: readonly DsnRecipient[];
  /** The message, or its header block when the body is not at hand. */
  readonly original: Buffer;
  /** RFC 3461 4.3. The whole message goes back only with `FULL`, for a failure, and when it is small and plain enough. */
  readonly ret: 'FULL' | 'HDRS';
  /** Octets of message that FULL may return. */
  readonly maxReturnBytes: number;
  /** The message came with SMTPUTF8, so its sender can receive what RFC 6533 defines. */
  readonly smtpUtf8: boolean;
  /** `7bit`: everything must fit servers without 8BITMIME. */
  readonly transport: '7bit' | '8bit';
}

/** One part of the notification. `global`: it needs SMTPUTF8 on the way. `eightBit`: it needs 8BITMIME. */
export interface DsnPart {
  readonly head: string;
  readonly body: Buffer;
  readonly global: boolean;
  readonly eightBit: boolean;
}

/** Chosen by the action, then by what the status says precisely, then by the blame. */
export function situationOf(recipient: Omit<DsnRecipient, 'finalRecipient'>): DsnSituation {
  if (recipient.action === 'failed') return failedSituation(recipient);
  if (recipient.action !== 'delayed') return recipient.action;
  if (recipient.stop !== undefined) return `delayed-${recipient.stop.reach}-by-us`;
  if (recipient.blame === 'sender' && recipient.lacks !== undefined) return 'delayed-sender-proof';
  return DELAYED[recipient.blame];
}

const DELAYED: Readonly<Record<DsnBlame, DsnSituation>> = {
  local: 'delayed-our-fault',
  path: 'delayed-unreachable',
  reputation: 'delayed-provider-refuses-us',
  sender: 'delayed-sender',
  recipient: 'delayed-recipient',
  message: 'delayed-recipient',
  unknown: 'delayed',
};

const FAILED: Readonly<Record<DsnBlame, DsnSituation>> = {
  local: 'our-fault',
  path: 'unreachable',
  reputation: 'provider-refuses-us',
  sender: 'sender-refused',
  recipient: 'recipient-refuses',
  message: 'message-refused',
  unknown: 'failed',
};

/** RFC 3463 3.5: delivery time expired. */
const OUT_OF_TIME = '4.4.7';

/** RFC 3463 subject and detail, RFC 7505 (null MX). Only believed where the blame is the recipient's or the message's. */
const PRECISE = new Map<string, DsnSituation>([
  ['1.1', 'no-such-address'],
  ['1.3', 'no-such-address'],
  ['1.6', 'no-such-address'],
  ['1.2', 'no-such-domain'],
  ['1.10', 'no-such-domain'],
  ['4.4', 'no-such-domain'],
  ['2.2', 'mailbox-full'],
  ['2.3', 'too-big'],
  ['3.4', 'too-big'],
]);

function failedSituation(recipient: Omit<DsnRecipient, 'finalRecipient'>): DsnSituation {
  const { suppressed, diagnostic, mishap } = recipient;
  if (suppressed !== undefined) return suppressed.by === 'us' ? 'suppressed-by-us' : 'suppressed';
  const isTold = diagnostic !== undefined || mishap !== undefined;
  if (recipient.blame === 'unknown' && !isTold) return 'out-of-time';
  const precise = PRECISE.get(recipient.status.slice(2));
  const believed = recipient.blame === 'recipient' || recipient.blame === 'message';
  if (believed && precise !== undefined) return precise;
  const isPutOff = recipient.status === OUT_OF_TIME && /^4\d\d/.test(diagnostic ?? '');
  return isPutOff && (believed || recipient.blame === 'unknown') ? 'put-off' : FAILED[recipient.blame];
}
