/** How real providers say the things that matter, word for word but for the addresses in them. */
import type { Stage } from '../core/envelope.ts';

export interface Reply {
  readonly code: number;
  readonly enhanced?: string;
  readonly text: string;
}

export interface Words {
  readonly tooMany: Reply;
  readonly throttled: Reply;
  /** By reputation: refused, whoever the mail is from. */
  readonly blocked: { readonly stage: Stage; readonly reply: Reply };
  readonly greylisted: Reply;
  readonly unknown: Reply;
  readonly full: Reply;
  readonly content: Reply;
}

const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})\s+/;

/** A reply as it stands on the line. */
function line(text: string): Reply {
  const rest = text.slice(4);
  const enhanced = ENHANCED.exec(rest)?.[1];
  const code = Number(text.slice(0, 3));
  return enhanced === undefined ? { code, text: rest } : { code, enhanced, text: rest.replace(ENHANCED, '') };
}

const PLAIN: Words = {
  tooMany: line('421 4.7.0 Error: too many connections from 192.0.2.1'),
  throttled: line('451 4.7.1 Please try again later, rate limit exceeded'),
  blocked: {
    stage: 'banner',
    reply: line(
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1',
    ),
  },
  greylisted: line('450 4.2.0 Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/'),
  unknown: line('550 5.1.1 Recipient address rejected: User unknown in virtual mailbox table'),
  full: line('452 4.2.2 Mailbox full'),
  content: line('554 5.7.1 Message rejected as spam by Content Filtering.'),
};

export const WORDS = {
  plain: PLAIN,
  yahoo: {
    ...PLAIN,
    throttled: line(
      '421 4.7.0 [TSS04] Messages from 192.0.2.192 temporarily deferred due to unexpected volume or user complaints - 203.0.113.9; see https://postmaster.verizonmedia.com/error-codes',
    ),
    blocked: {
      stage: 'mail',
      reply: line('421 4.7.0 [TS01] Messages from 192.0.2.1 temporarily deferred due to user complaints'),
    },
    unknown: line(
      "554 delivery error: dd This user doesn't have a yahoo.com account (user@yahoo.com) [0] - mta1061.mail.ne1.yahoo.com",
    ),
  },
  google: {
    ...PLAIN,
    tooMany: line('421 4.7.0 Try again later, closing connection. (command) - gsmtp'),
    throttled: line(
      '421 4.7.28 Gmail has detected an unusual rate of email. To protect our users from spam, email has been temporarily rate limited. - gsmtp',
    ),
    blocked: {
      stage: 'end-of-data',
      reply: line(
        '421 4.7.28 Gmail has detected an unusual rate of unsolicited email originating from your IP address. To protect our users from spam, email sent from your IP address has been temporarily blocked. - gsmtp',
      ),
    },
    unknown: line('550 5.1.1 The email account that you tried to reach does not exist. - gsmtp'),
    full: line("452 4.2.2 The recipient's inbox is out of storage space"),
  },
  outlook: {
    ...PLAIN,
    tooMany: line(
      '451 4.7.652 The mail server [203.0.113.9] has exceeded the maximum number of connections. (S3115) [Name=Protocol Filter Agent][AGT=PFA]',
    ),
    throttled: line(
      '451 4.7.650 The mail server [203.0.113.9] has been temporarily rate limited due to IP reputation. (S3113)',
    ),
    blocked: {
      stage: 'mail',
      reply: line(
        "550 5.7.1 Unfortunately, messages from [203.0.113.9] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
      ),
    },
    unknown: line('550 5.5.0 Requested action not taken: mailbox unavailable'),
  },
  orange: {
    ...PLAIN,
    tooMany: line(
      '421 mwinf5c63 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR005_104 [104]',
    ),
    throttled: line(
      '421 mwinf5c77 ME Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR_999 [999]',
    ),
    blocked: {
      stage: 'banner',
      reply: line(
        '550 mwinf5c04 ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102 Ref http://csi.cloudmark.com/reset-request/?ip=10.0.0.1 [102]',
      ),
    },
    unknown: line('550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]'),
  },
} as const satisfies Record<string, Words>;
