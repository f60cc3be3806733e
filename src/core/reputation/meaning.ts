/** The words for what a reply means: its class, what it is about (scope), and whose fault that is. */
import type { Blame } from '../envelope.ts';

/** What a refusal is about, finer than whose fault it is. */
export type Scope =
  | 'ip'
  | 'rate'
  | 'account-domain'
  | 'recipient'
  | 'content'
  | 'message'
  | 'remote-outage'
  | 'local'
  | 'unknown';

/** Each class, and the scope that it has unless a rule says otherwise. */
export const CLASSES = {
  'recipient-unknown': 'recipient',
  'recipient-inactive': 'recipient',
  'recipient-rate': 'recipient',
  'recipient-restricted': 'recipient',
  'mailbox-full': 'recipient',
  'domain-unknown': 'recipient',
  'relay-denied': 'recipient',
  'mail-loop': 'recipient',
  'ip-blocked': 'ip',
  'ip-dnsbl': 'ip',
  'ip-throttled': 'ip',
  'ptr-helo': 'ip',
  'conn-limit': 'rate',
  'rate-limit': 'rate',
  'domain-throttled': 'account-domain',
  'domain-reputation': 'account-domain',
  'auth-failure': 'account-domain',
  'sender-rejected': 'account-domain',
  'submission-limit': 'account-domain',
  'content-spam': 'content',
  'content-virus': 'content',
  'content-url': 'content',
  greylist: 'message',
  'policy-unspecified': 'message',
  'message-malformed': 'message',
  'message-too-big': 'message',
  'too-many-recipients': 'message',
  expired: 'message',
  'protocol-error': 'local',
  'tls-required': 'local',
  'auth-required': 'local',
  'local-trouble': 'local',
  'remote-trouble': 'remote-outage',
  'remote-misconfig': 'remote-outage',
  'connect-failed': 'remote-outage',
  'dns-failure': 'remote-outage',
  unknown: 'unknown',
} as const satisfies Readonly<Record<string, Scope>>;

export type ReplyClass = keyof typeof CLASSES;

export const CLASS_NAMES = Object.keys(CLASSES) as [ReplyClass, ...ReplyClass[]];

/** Whose fault each scope is. */
export const BLAMES = {
  ip: 'reputation',
  rate: 'reputation',
  'account-domain': 'sender',
  recipient: 'recipient',
  content: 'message',
  message: 'message',
  'remote-outage': 'path',
  local: 'local',
  unknown: 'unknown',
} as const satisfies Readonly<Record<Scope, Blame>>;

/** Whose fault a refusal is: as its scope says, but that greylisting is the recipient's side (design, section 2). */
export function blameOf(name: ReplyClass, scope: Scope): Blame {
  return name === 'greylist' ? 'recipient' : BLAMES[scope];
}

/** `low`: read from a code or one vague word; nothing is sent back for it, and nothing stands still. */
export type Confidence = 'high' | 'medium' | 'low';
