/**
 * When nothing says what it is: what the reply talks about, by its nouns. Enough to say where to look, and never enough
 * to send anything back, or to make anything stand still.
 */
import { EVERY_TOPIC, SOURCES, type RuleTable } from '../rule.ts';
import { TOPICS } from './others.ts';

export const VAGUE: RuleTable = [
  // What kept the rules about recipients from holding: nothing goes back for it later either.
  {
    id: 'vague/of-us',
    class: 'ip-blocked',
    code: ['5'],
    says: TOPICS.us,
    confidence: 'low',
    source: SOURCES.seen,
  },
  {
    id: 'vague/of-sender',
    class: 'sender-rejected',
    code: ['5'],
    says: TOPICS.sender,
    confidence: 'low',
    source: SOURCES.seen,
  },
  {
    id: 'vague/of-trouble',
    class: 'remote-trouble',
    code: ['5'],
    says: TOPICS.trouble,
    confidence: 'low',
    source: SOURCES.seen,
  },
  // It may be the sender's.
  {
    id: 'vague/some-address',
    class: 'recipient-unknown',
    code: ['5'],
    says: `
      address rejected
    `,
    unless: `
      recipient|rcpt|destination|user|mailbox address rejected
    `,
    unlessOf: EVERY_TOPIC,
    confidence: 'low',
    source: SOURCES.gateways,
  },
  {
    id: 'vague/address',
    class: 'ip-blocked',
    code: ['5'],
    says: `
      ip|ips|host|client|connection|connections|network|mta|server #
      # ip|host|client|connection|network|blocked
      ip|helohost|helo*
      your host|server|network|connection|system
      unknown tld
      reserved domain
      rbl|blacklist|blocklist|dnsbl
    `,
    unless: `
      recipient|user|mailbox
      sender
    `,
    confidence: 'low',
    source: SOURCES.seen,
  },
  {
    id: 'vague/address-later',
    class: 'ip-throttled',
    code: ['4'],
    says: `
      ip
      your host|server|network
      # … refused|rejected|denied|blocked|problem|limited
      policy
      blocked
    `,
    unless: `
      recipient|user|mailbox
      sender
    `,
    confidence: 'low',
    source: SOURCES.seen,
  },
  {
    id: 'vague/sender',
    class: 'sender-rejected',
    says: `
      sender|senders|originator
      from address|domain|header
      mail from
      your domain|address|account|email
      mail address
    `,
    unless: `
      user|recipient|recipients|mailbox
      ip
    `,
    confidence: 'low',
    source: SOURCES.seen,
  },
  {
    id: 'vague/recipient',
    class: 'recipient-restricted',
    says: `
      user|recipient|rcpt|mailbox|addressee|subscriber|customer … rejected|refused|denied|prohibited|problem|blocked|hangup|fail*|error|not|cannot|verification
      rejected|refused|denied|prohibited|problem|blocked|fail*|cannot|not … user|recipient|rcpt|mailbox|addressee
      user|account|mailbox hangup
      does not exist
      doesnt exist
      recipient address
      rcpt to address
      unable|failed to? deliver to @|address
      could|couldnt be? delivered to all recipients
      cant|cannot accept user|recipient
    `,
    unless: `
      message|content|header
      sender|senders
      ip
      policy
    `,
    confidence: 'low',
    source: SOURCES.seen,
  },
  {
    id: 'vague/policy',
    class: 'policy-unspecified',
    says: `
      policy … violation|violations|violated|restrictions|reasons|rejected|reject
      policy
      policies
      message|mail|email refused|denied|rejected|blocked
      blocked
      administrative prohibition
      message|mail|email … not accepted|allowed|permitted
      message|mail|email does|do not meet|comply
      message|mail|email doesnt|dont meet|comply
      transaction failed
      no permit
      rejected
      refused
      denied
      sender rejected aup
      not allowed|accepted|permitted
      prohibited
      forbidden
      unacceptable
    `,
    confidence: 'low',
    source: SOURCES.seen,
  },
  {
    id: 'vague/later',
    class: 'remote-trouble',
    says: `
      temporary
      temporarily
      try|retry again? later
      please? try|retry later|again
      later
      deferred
      at this time
      not available|ready|accepting
    `,
    confidence: 'low',
    source: SOURCES.servers,
  },
];
