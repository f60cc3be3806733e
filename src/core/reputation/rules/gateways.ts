/** Filters that stand before other people's mailboxes: Mimecast, Proofpoint, Barracuda, Symantec, Trend Micro and others. */
import type { RuleTable } from '../rule.ts';

const MIMECAST = 'Mimecast SMTP error codes';
const mimecast = ['mimecast'];
const GATEWAY = 'the maker’s own pages, and public logs';

export const GATEWAYS: RuleTable = [
  {
    id: 'mimecast/greylist',
    class: 'greylist',
    provider: mimecast,
    says: `
      internal resource|resources is? are? temporarily unavailable
    `,
    confidence: 'high',
    source: MIMECAST,
  },
  {
    id: 'mimecast/address',
    class: 'ip-blocked',
    provider: mimecast,
    says: `
      host network not allowed
      sender address blocked
      temporarily blacklisted
      ip reputation
    `,
    confidence: 'high',
    source: MIMECAST,
  },
  {
    id: 'mimecast/connections',
    class: 'conn-limit',
    provider: mimecast,
    says: `
      account service is temporarily unavailable
    `,
    confidence: 'high',
    source: MIMECAST,
    decodes: true,
  },
  {
    id: 'mimecast/rate',
    class: 'rate-limit',
    provider: mimecast,
    says: `
      reached your mail server limit
    `,
    confidence: 'high',
    source: MIMECAST,
    decodes: true,
  },
  {
    id: 'mimecast/account',
    class: 'submission-limit',
    provider: mimecast,
    says: `
      account outbounds disabled
      outbound thread limit
    `,
    confidence: 'high',
    source: MIMECAST,
  },
  {
    id: 'mimecast/their-setup',
    class: 'remote-misconfig',
    provider: mimecast,
    says: `
      account inbounds disabled
      incorrect hostname used
      hostname is not authorized
      configuration is invalid
    `,
    confidence: 'high',
    source: MIMECAST,
  },
  {
    id: 'mimecast/sign-in',
    class: 'auth-required',
    says: `
      submitter failed to
      incorrect authentication data
    `,
    confidence: 'high',
    source: MIMECAST,
  },
  {
    id: 'mimecast/recipient-policy',
    class: 'recipient-restricted',
    provider: mimecast,
    says: `
      envelope blocked
      block policy for
      manually blocked senders
      anti spoofing policy
      content examination policy
    `,
    confidence: 'high',
    source: MIMECAST,
  },
  {
    id: 'mimecast/authentication',
    class: 'auth-failure',
    provider: mimecast,
    says: `
      spf|dkim|dmarc sender invalid
    `,
    confidence: 'high',
    source: MIMECAST,
  },
  {
    id: 'mimecast/content',
    class: 'content-spam',
    provider: mimecast,
    says: `
      rejected due to security policies
    `,
    confidence: 'high',
    source: MIMECAST,
  },
  {
    id: 'mimecast/cut',
    class: 'protocol-error',
    provider: mimecast,
    says: `
      message ended early
    `,
    confidence: 'high',
    source: MIMECAST,
    decodes: true,
  },
  // The recipient's system asks Trend Micro, which knows the addresses of its customers.
  {
    id: 'trendmicro/unknown',
    class: 'recipient-unknown',
    says: `
      invalid recipient trendmicro|hes|ers
    `,
    confidence: 'high',
    source: GATEWAY,
    decodes: true,
  },
  {
    id: 'trendmicro/sender-filter',
    class: 'ip-blocked',
    says: `
      block permanently|temporarily sender filtering
      denial of connection
    `,
    confidence: 'high',
    source: GATEWAY,
  },
  {
    id: 'trendmicro/listed',
    class: 'ip-dnsbl',
    says: `
      email reputation service
      mail abuse com|org
      ers trendmicro
      quick ip lookup
    `,
    confidence: 'high',
    source: GATEWAY,
  },
  {
    id: 'proofpoint/listed',
    class: 'ip-blocked',
    says: `
      proofpoint com dnsbl lookup
      ipcheck proofpoint
      dnsbl lookup cgi
    `,
    confidence: 'high',
    source: 'ipcheck.proofpoint.com',
  },
  {
    id: 'proofpoint/invalid',
    class: 'recipient-unknown',
    says: `
      marked as invalid
    `,
    source: GATEWAY,
    decodes: true,
  },
  {
    id: 'symantec/sender-list',
    class: 'ip-blocked',
    says: `
      ipremoval sms symantec
      symantec zodiac
      you are not allowed to connect
    `,
    confidence: 'high',
    source: GATEWAY,
  },
  {
    id: 'cisco/reputation',
    class: 'ip-blocked',
    says: `
      senderbase
      talosintelligence
      mail from ip # refused|rejected
      your access to this mail system has been rejected due to the sending mta
      sending mta s? poor reputation
    `,
    confidence: 'high',
    source: GATEWAY,
  },
  {
    id: 'fortinet/reputation',
    class: 'ip-blocked',
    says: `
      fortiguard … block*|blacklist*|listed
      session limit … reputation
    `,
    source: GATEWAY,
  },
  {
    id: 'sophos/blocked',
    class: 'ip-blocked',
    says: `
      blocked by sophos
      sophos … ip … block*
    `,
    source: GATEWAY,
  },
];
