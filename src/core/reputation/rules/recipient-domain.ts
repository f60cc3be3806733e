/** A domain that is not there or takes no mail there: the recipient's, where it is said whose. */
import { EVERY_TOPIC, SOURCES, type RuleTable } from '../rule.ts';

/** A domain, or a host, of nobody in particular. */
const SOME_DOMAIN = `
  no domain
  no such domain|host
  no mx for
  nonexistentdomain
  nxdomain
  invalid|unknown|bad host name
  invalid domain
  illegal host
  unknown host|domain
  host|domain unknown
  couldnt find any host|mail
  domain … does not exist
  domain … isnt|doesnt … exist
  dns domain … does not exist
  domain name not found
  domain not found
  host is unknown
`;

const UNLESS_OTHER_DOMAIN = `
  sender|senders
  sender address
  helo|ehlo
  mail from
  client
  relay*
  rcpthosts
  spf
  from domain
  return email|mail|path domain
  your … domain
  ptr
  reverse
`;

export const RECIPIENT_DOMAIN: RuleTable = [
  {
    id: 'recipient/domain',
    class: 'domain-unknown',
    says: `
      recipient address rejected domain … not found
      recipient address rejected domain … accept mail
      recipient|destination|rcpt|to domain … not|unknown|invalid|nonexistent|doesnt
      recipient domain
      domain … not … accept mail|email
      not|dont … accept mail|email for … domain|@
      cannot|cant|wont|not deliver mail|email for|to @
      host|domain … does|do|doesnt not? accept mail|email
      null mx
      mx list for
      no relevant answers
      couldnt|unable|cannot find … recipient|destination domain|host
      unable to find … recipient domain
      domain … not reachable
      not hosted here
      no such domain here
      domain … not … hosted|local|served|here|handled
      do not|dont host this|that|the domain
      do not|dont host @
      domain … isnt|doesnt … hosted|handled
      unrouteable|unroutable domain|address|mail
      querymx|mx enotfound|enodata
      domain isnt in my list of? recipient*
      no mail exchanger
      mail exchanger or ip address
      weerent able to find
      werent able to find the recipient domain
      @ … domain … not found
      domain not local
      no matches to nameserver query
    `,
    unless: UNLESS_OTHER_DOMAIN,
    unlessOf: EVERY_TOPIC,
    source: SOURCES.servers,
  },
  {
    id: 'recipient/domain-by-code',
    class: 'domain-unknown',
    enhanced: ['5.1.2', '5.1.10', '5.4.4', '5.4.310'],
    says: SOME_DOMAIN,
    unless: UNLESS_OTHER_DOMAIN,
    unlessOf: EVERY_TOPIC,
    source: SOURCES.rfc,
  },
  // Neither its words nor its code say whose domain: it may be the sender's.
  {
    id: 'recipient/some-domain',
    class: 'domain-unknown',
    says: SOME_DOMAIN,
    unless: UNLESS_OTHER_DOMAIN,
    unlessOf: EVERY_TOPIC,
    confidence: 'low',
    source: SOURCES.servers,
  },
];
