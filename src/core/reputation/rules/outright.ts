/**
 * What says outright, to RCPT and for good, that nobody is there. It is about the recipient whatever else stands in the
 * reply: such a reply quotes the address more than any other, and our own address has nothing to do with it.
 */
import type { Rule } from '../rule.ts';
import { RECIPIENT } from './recipient.ts';

const UNKNOWN = RECIPIENT.find(({ id }) => id === 'recipient/unknown');

/** RFC 3463 section 3.2: bad destination mailbox address. */
export const NOBODY_THERE_CODE = '5.1.1';

/** The same in words, with a code that begins with 55. */
export const NOBODY_THERE: Pick<Rule, 'says' | 'unless'> = {
  says: `
    user|username|recipient|mailbox|account|address|addressee unknown
    unknown user|recipient|mailbox|account
    no such user|recipient|mailbox|account|address
    user|recipient|mailbox|account|address|addressee does not exist
    user|recipient|mailbox|account|address|addressee doesnt exist
    user|recipient|mailbox|account|address|addressee not found
  `,
  ...(UNKNOWN?.unless === undefined ? {} : { unless: UNKNOWN.unless }),
};
