/** What is left when no word tells: enhanced codes, of which few can be believed, and then the code alone. */
import { BEFORE_MAIL, EVERY_TOPIC, SOURCES, type RuleTable } from '../rule.ts';

const source = SOURCES.rfc;

/** The two that say it is the sender's address, whatever words stand beside them about addresses. */
export const SENDER_CODES: RuleTable = [
  {
    id: 'enhanced/sender',
    class: 'sender-rejected',
    enhanced: ['5.1.7', '5.1.8', '4.1.7', '4.1.8'],
    confidence: 'high',
    source,
  },
];

/** A full mailbox, also where the words are those of a rate. */
export const FULL_CODES: RuleTable = [
  {
    id: 'enhanced/full',
    class: 'mailbox-full',
    enhanced: ['5.2.2', '4.2.2'],
    unless: `
      rate
      per hour|minute|day
      message too
    `,
    confidence: 'high',
    source,
  },
];

/** Codes that providers use truthfully. */
export const ENHANCED: RuleTable = [
  // Before it knows of any message: what it refuses is us.
  {
    id: 'code/refused-at-banner',
    class: 'ip-blocked',
    stage: BEFORE_MAIL,
    code: ['5'],
    confidence: 'low',
    source,
    decodes: true,
  },
  {
    id: 'enhanced/unknown',
    class: 'recipient-unknown',
    code: ['5'],
    enhanced: ['5.1.1', '5.1.3'],
    unlessOf: EVERY_TOPIC,
    confidence: 'medium',
    source,
    decodes: true,
  },
  {
    id: 'enhanced/moved',
    class: 'recipient-inactive',
    code: ['5'],
    enhanced: ['5.1.6', '5.2.1'],
    unlessOf: EVERY_TOPIC,
    source,
    decodes: true,
  },
  // Some address, its own rule says no more (RFC 3463 section 3.2): it may be the sender's.
  {
    id: 'enhanced/some-address',
    class: 'recipient-unknown',
    code: ['5'],
    enhanced: ['5.1.0'],
    unlessOf: EVERY_TOPIC,
    confidence: 'low',
    source,
    decodes: true,
  },
  {
    id: 'enhanced/domain',
    class: 'domain-unknown',
    enhanced: ['5.1.2', '5.1.10', '5.4.4'],
    unlessOf: EVERY_TOPIC,
    source,
    decodes: true,
  },
  {
    id: 'enhanced/too-big',
    class: 'message-too-big',
    enhanced: ['5.2.3', '5.3.4'],
    unless: `
      daily|hourly|volume|today
      per hour|minute|day
    `,
    unlessOf: ['trouble'],
    confidence: 'high',
    source,
    decodes: true,
  },
  {
    id: 'enhanced/loop',
    class: 'mail-loop',
    enhanced: ['5.4.6', '5.4.14', '4.4.6'],
    confidence: 'high',
    source,
    decodes: true,
  },
  {
    id: 'enhanced/recipients',
    class: 'too-many-recipients',
    enhanced: ['5.5.3', '4.5.3'],
    source,
    decodes: true,
  },
  {
    id: 'enhanced/form',
    class: 'message-malformed',
    enhanced: ['5.6.'],
    unlessOf: ['trouble'],
    source,
    decodes: true,
  },
  {
    id: 'enhanced/authentication',
    class: 'auth-failure',
    enhanced: ['5.7.20-24', '5.7.26-27', '4.7.20-24', '4.7.26-27'],
    source,
    decodes: true,
  },
  { id: 'enhanced/ptr', class: 'ptr-helo', enhanced: ['5.7.25', '4.7.25'], source, decodes: true },
  {
    id: 'enhanced/log-in',
    class: 'auth-required',
    enhanced: ['5.7.8', '5.7.11', '5.7.57'],
    source,
    decodes: true,
  },
  {
    id: 'enhanced/protocol',
    class: 'protocol-error',
    enhanced: ['5.5.1', '5.5.2', '5.5.4', '4.5.'],
    source,
    decodes: true,
  },
  { id: 'enhanced/expired', class: 'expired', enhanced: ['4.4.7', '5.4.7'], source, decodes: true },
  {
    id: 'enhanced/trouble',
    class: 'remote-trouble',
    code: ['4'],
    enhanced: ['4.3.', '4.4.'],
    source,
    decodes: true,
  },
  {
    id: 'enhanced/recipient-later',
    class: 'remote-trouble',
    code: ['4'],
    enhanced: ['4.2.0', '4.2.1', '4.1.'],
    confidence: 'low',
    source,
    decodes: true,
  },
  {
    id: 'enhanced/slowed',
    class: 'ip-throttled',
    code: ['4'],
    enhanced: ['4.7.'],
    confidence: 'low',
    source,
    decodes: true,
  },
];

export const CODES: RuleTable = [
  {
    id: 'code/no-mail',
    class: 'domain-unknown',
    code: ['521', '556'],
    confidence: 'low',
    source,
    decodes: true,
  },
  {
    id: 'code/protocol',
    class: 'protocol-error',
    code: ['500', '501', '502', '503', '504', '555'],
    confidence: 'low',
    source,
    decodes: true,
  },
  {
    id: 'code/too-big',
    class: 'message-too-big',
    code: ['552'],
    unless: `
      mailbox|user|recipient|inbox
      @
    `,
    confidence: 'low',
    source,
    decodes: true,
  },
  { id: 'code/later', class: 'remote-trouble', code: ['4'], confidence: 'low', source, decodes: true },
];
