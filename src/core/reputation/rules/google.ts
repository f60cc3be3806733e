/** Gmail and Workspace: the enhanced code names the trouble, and 4.7.28 says in words whose quota is spent. */
import type { RuleTable } from '../rule.ts';

const PAGE = 'support.google.com/a/answer/3726730';
const provider = ['google'];

export const GOOGLE: RuleTable = [
  {
    id: 'google/quota-domain',
    class: 'domain-throttled',
    provider,
    enhanced: ['4.7.28', '5.7.28'],
    says: `
      dkim|spf domain
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/quota-url',
    class: 'content-url',
    provider,
    enhanced: ['4.7.28', '5.7.28'],
    says: `
      url domain*
    `,
    confidence: 'high',
    source: PAGE,
    decodes: true,
  },
  {
    id: 'google/quota-message-id',
    class: 'message-malformed',
    provider,
    enhanced: ['4.7.28', '5.7.28'],
    says: `
      same message id
    `,
    confidence: 'high',
    source: PAGE,
    decodes: true,
  },
  {
    id: 'google/quota-address',
    class: 'ip-throttled',
    provider,
    enhanced: ['4.7.28', '5.7.28'],
    says: `
      your ip address|netblock
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/quota',
    class: 'rate-limit',
    provider,
    enhanced: ['4.7.28', '5.7.28'],
    confidence: 'high',
    source: PAGE,
    decodes: true,
  },
  {
    id: 'google/sign-in',
    class: 'auth-required',
    provider,
    code: ['504', '530', '534', '535'],
    unless: `
      starttls
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/ptr',
    class: 'ptr-helo',
    provider,
    enhanced: ['4.7.23', '5.7.23', '4.7.25', '5.7.25'],
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/authentication',
    class: 'auth-failure',
    provider,
    enhanced: [
      ...['4.7.24', '4.7.26', '4.7.27', '4.7.30', '4.7.32', '4.7.40'],
      ...['5.7.24', '5.7.26', '5.7.27', '5.7.30', '5.7.32', '5.7.40'],
    ],
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/tls',
    class: 'tls-required',
    provider,
    enhanced: ['4.7.29', '5.7.29'],
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/recipient-rate',
    class: 'recipient-rate',
    provider,
    says: `
      receiving email|mail at a rate
      receiving email|mail too quickly
      receivingrate*
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/sending-limit',
    class: 'submission-limit',
    provider,
    says: `
      relay|sending limit exceeded
      sending denied
      suspended due to abuse
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/relay-credentials',
    class: 'auth-required',
    provider,
    says: `
      invalid credentials for relay
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/low-reputation-address',
    class: 'ip-blocked',
    provider,
    code: ['5'],
    says: `
      reputation of the sending ip
      not authorized to send email directly
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/slowed-address',
    class: 'ip-throttled',
    provider,
    code: ['4'],
    says: `
      reputation of the sending ip
      try again later closing connection
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/low-reputation-domain',
    class: 'domain-reputation',
    provider,
    says: `
      reputation of the sending domain
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/suspicious',
    class: 'content-spam',
    provider,
    says: `
      nature of the content
      likely unsolicited
      spam classification
    `,
    confidence: 'high',
    source: PAGE,
  },
  {
    id: 'google/administrator',
    class: 'recipient-restricted',
    provider,
    says: `
      policy that prohibits
      whitelist for rcpt domain
      gcdp
    `,
    confidence: 'high',
    source: PAGE,
  },
];
