/** Of one mailbox, in the words of a limit: asked before those about our own pace. */
import { SOURCES, type RuleTable } from '../rule.ts';

export const RECIPIENT_PACE: RuleTable = [
  {
    id: 'recipient/too-much-kept',
    class: 'mailbox-full',
    says: `
      user|mailbox|recipient|account|inbox has|contains too many|much messages|mails|mail
      too many messages|mails on|in the? server|mailbox|inbox
      too many … messages … in mailbox|inbox
      too much mail data
      zuviele|zuviel mails|nachrichten|mail
      zu viele mails|nachrichten … server|postfach|mailbox
    `,
    unless: `
      per hour|minute|day|second
      sent
      #
    `,
    confidence: 'high',
    source: SOURCES.seen,
  },
  {
    id: 'recipient/rate',
    class: 'recipient-rate',
    says: `
      recipient|recipients|user|mailbox|inbox|account|customer … receiv* … rate|quickly|many|much|limit|quota
      receiving email|mail|messages at a rate
      receiv* … too quickly|fast
      recipient|recipients … quota|limit exceeded
      recipient|recipients domain … quota exceed*
      recipient|user … exceed* … rate|messages|receiv*|incoming
      recipient s? … rate limit*
      rate limit* … recipient|mailbox|user
      messages|mail to @ … deferred|excessive|throttl*|limit*
      too many|much messages|mail|email|emails … to|for this|the|that|same recipient|user|address|mailbox
      too many|much messages|mail|email|emails for @
      mailbox received too much|many
      mailbox|user|account … locked … try|temporarily|another
      receive limit
      inbound|incoming … limit … recipient|mailbox|user
      hourly quota exceeded
    `,
    unless: `
      too many recipients
      your ip
      # … too|exceed*|sent
      connections
      recipients per
      sender hourly|daily
    `,
    source: SOURCES.seen,
  },
];
