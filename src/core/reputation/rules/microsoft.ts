/** Outlook.com and Microsoft 365: block codes in brackets, and enhanced codes of their own past 5.7.500. */
import type { RuleTable } from '../rule.ts';

const NDR = 'learn.microsoft.com, NDR tables of Exchange Online';
const OUTLOOK = 'sendersupport.olc.protection.outlook.com/pm/troubleshooting';
const provider = ['microsoft365', 'microsoft365-dane', 'outlook-consumer', 'exchange'];

export const MICROSOFT: RuleTable = [
  {
    id: 'microsoft/customer-list',
    class: 'recipient-restricted',
    speaker: 'microsoft365',
    says: `
      as16012607
      customer block list
      resolver rst
    `,
    unless: `
      recipsizelimit
    `,
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/network-blocked',
    class: 'ip-blocked',
    speaker: 'outlook-consumer',
    says: `
      s3140|s3150|as3140|as3150
      part of their network is on our block list
    `,
    confidence: 'high',
    source: OUTLOOK,
  },
  {
    id: 'microsoft/slowed-address',
    class: 'ip-throttled',
    speaker: 'outlook-consumer',
    says: `
      s3113|s3114|s843|s844|as843|as844
    `,
    confidence: 'high',
    source: OUTLOOK,
  },
  {
    id: 'microsoft/connections',
    class: 'conn-limit',
    speaker: 'outlook-consumer',
    says: `
      s3115|s775
      exceeded the? maximum number of connections
      exceeded the? maximum number of messages per connection
    `,
    confidence: 'high',
    source: OUTLOOK,
  },
  {
    id: 'microsoft/rate',
    class: 'rate-limit',
    says: `
      rp 001|002|003
    `,
    provider,
    confidence: 'high',
    source: OUTLOOK,
  },
  {
    id: 'microsoft/policy-address',
    class: 'ip-blocked',
    says: `
      sc 001|002|003|004
      dy 001|002
      ou 001|002
      as16012611
    `,
    provider,
    confidence: 'high',
    source: OUTLOOK,
  },
  {
    id: 'microsoft/listed-domain',
    class: 'domain-reputation',
    speaker: 'outlook-consumer',
    says: `
      s8001|s8002
    `,
    confidence: 'high',
    decodes: true,
    source: OUTLOOK,
  },
  {
    id: 'microsoft/banned-address',
    class: 'ip-blocked',
    provider,
    enhanced: ['5.7.511', '5.7.606-649'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/slowed',
    class: 'ip-throttled',
    provider,
    enhanced: ['4.7.650-651', '4.7.500-699', '4.7.850-899'],
    unless: `
      server busy
      agent busy
    `,
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/authentication',
    class: 'auth-failure',
    provider,
    enhanced: ['5.7.509', '5.7.515', '4.7.26', '5.7.23', '5.7.26'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/ptr',
    class: 'ptr-helo',
    provider,
    enhanced: ['5.7.506', '5.7.25', '4.7.25'],
    confidence: 'high',
    source: NDR,
    decodes: true,
  },
  {
    id: 'microsoft/range-rate',
    class: 'rate-limit',
    provider,
    enhanced: ['5.7.508'],
    confidence: 'high',
    source: NDR,
    decodes: true,
  },
  {
    id: 'microsoft/sender',
    class: 'sender-rejected',
    provider,
    enhanced: ['5.7.501-503'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/form',
    class: 'message-malformed',
    provider,
    enhanced: ['5.7.512', '5.6.11', '5.5.6'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/tenant',
    class: 'submission-limit',
    provider,
    enhanced: ['5.1.90', '5.7.705', '5.7.708', '5.7.750'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/outbound-sender',
    class: 'submission-limit',
    speaker: 'microsoft365',
    says: `
      bad outbound sender
    `,
    confidence: 'high',
    source: NDR,
    decodes: true,
  },
  {
    id: 'microsoft/restricted',
    class: 'recipient-restricted',
    provider,
    enhanced: ['5.7.12', '5.7.51', '5.7.124', '5.7.129', '5.7.133-136', '5.7.507', '5.7.510', '5.7.513'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/recipient-banned',
    class: 'recipient-inactive',
    provider,
    enhanced: ['5.7.505'],
    confidence: 'high',
    source: NDR,
    decodes: true,
  },
  {
    id: 'microsoft/recipient-rate',
    class: 'recipient-rate',
    speaker: 'microsoft365',
    enhanced: ['5.2.121', '5.2.122', '4.2.121', '4.2.122'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/recipient-threads',
    class: 'recipient-rate',
    speaker: 'microsoft365',
    says: `
      recipient thread limit
    `,
    confidence: 'high',
    source: NDR,
    decodes: true,
  },
  // Directory-based edge blocking: the address is not in the customer's directory.
  {
    id: 'microsoft/not-in-directory',
    class: 'recipient-unknown',
    speaker: 'microsoft365',
    enhanced: ['5.4.1'],
    says: `
      recipient address rejected access denied
      recipient addresses rejected access denied
    `,
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/relay',
    class: 'relay-denied',
    provider,
    enhanced: ['5.7.64', '5.7.367'],
    confidence: 'high',
    source: NDR,
    decodes: true,
  },
  {
    id: 'microsoft/tls-of-the-far-end',
    class: 'tls-required',
    provider,
    enhanced: ['4.7.321-325', '5.7.321-325', '4.4.317'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/anonymous',
    class: 'auth-required',
    provider,
    enhanced: ['5.7.57', '5.7.60', '5.7.139'],
    confidence: 'high',
    source: NDR,
    decodes: true,
  },
  {
    id: 'microsoft/expired',
    class: 'expired',
    provider,
    enhanced: ['5.4.300', '4.4.7', '5.4.7'],
    confidence: 'high',
    source: NDR,
    decodes: true,
  },
  {
    id: 'microsoft/connection',
    class: 'connect-failed',
    provider,
    enhanced: ['4.4.316', '5.4.316', '4.4.318', '4.4.1', '4.4.2'],
    confidence: 'high',
    source: NDR,
  },
  {
    id: 'microsoft/their-setup',
    class: 'remote-misconfig',
    provider,
    enhanced: ['4.4.4', '5.1.4', '5.2.14', '5.3.2', '5.3.5', '5.7.3'],
    unless: `
      starttls
    `,
    confidence: 'high',
    source: NDR,
  },
];
