/** What one rule is: when it holds, and what a reply then means. */
import type { Stage } from '../envelope.ts';
import type { Confidence, ReplyClass, Scope } from './meaning.ts';

/** What a reply may speak of besides what a rule reads (rules/others.ts). */
export type Topic = 'us' | 'sender' | 'trouble';

export const EVERY_TOPIC: readonly Topic[] = ['us', 'sender', 'trouble'];

export interface Rule {
  /** `family/what`: shown with every reply that it reads. */
  readonly id: string;
  readonly class: ReplyClass;
  /** Only when it is not the class's own. */
  readonly scope?: Scope;
  /** Only where one of these providers answers (names as in providers.ts). */
  readonly provider?: readonly string[];
  /** Whose words they are, by a name of providers.ts, where the family's name does not say it. */
  readonly speaker?: string;
  /** Only at these points of the dialogue. */
  readonly stage?: readonly Stage[];
  /** Only with a code that begins so: `4`, `55`, `421`; `none` for no code at all. */
  readonly code?: readonly string[];
  /** Only with an enhanced code that is one of these, or begins so (`5.7.`). */
  readonly enhanced?: readonly string[];
  /** One of these phrases, each on its line (phrase.ts says how they are written). */
  readonly says?: string;
  /** Not when it says one of these. */
  readonly unless?: string;
  /** Not when it speaks of one of these as well. */
  readonly unlessOf?: readonly Topic[];
  /** `medium` unless given. */
  readonly confidence?: Confidence;
  /** Where it is known from. */
  readonly source: string;
  /** The code tables that a provider publishes: one row of data for each code is all there can be. */
  readonly decodes?: true;
}

/** Rules that are looked at together, in their order: the first that holds decides. */
export type RuleTable = readonly Rule[];

/** Where rules that no one provider owns are from. */
export const SOURCES = {
  rfc: 'RFC 5321, RFC 3463 and the IANA registry of enhanced status codes',
  servers: 'texts that mail servers ship with: Postfix, Exim, Sendmail, qmail, Exchange, Haraka, OpenSMTPD',
  gateways: 'texts of filters and gateways: SpamAssassin, Rspamd, Amavis, IronPort, FortiMail and others',
  seen: 'replies seen in public logs and delivery status notifications',
} as const;

/** Before the far end knows of any message. */
export const BEFORE_MAIL: readonly Stage[] = ['connect', 'banner', 'tls', 'ehlo'];
