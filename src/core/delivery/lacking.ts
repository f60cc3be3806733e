/** What of a message a far end cannot carry. */
import type { Envelope, RemoteReply } from '../envelope.ts';
import type { Connection } from './port.ts';

/** What a message needs and the far end does not offer (RFC 6531 3.6, RFC 3030 3, RFC 8689 4.2.1). */
export function lacking(
  envelope: Envelope,
  { offered }: Connection,
): Required<Pick<RemoteReply, 'enhanced' | 'mishap' | 'text'>> | undefined {
  if (envelope.requireTls && !offered.requireTls) {
    return {
      enhanced: '5.7.30',
      mishap: 'no-requiretls',
      text: 'The far end does not offer REQUIRETLS, which the sender asked for',
    };
  }
  if (envelope.smtpUtf8 && !offered.smtpUtf8) {
    return {
      enhanced: '5.6.7',
      mishap: 'no-smtputf8',
      text: 'The far end does not take addresses or headers beyond ASCII (SMTPUTF8)',
    };
  }
  if (envelope.bodyType === 'BINARYMIME' && !offered.binaryMime) {
    return {
      enhanced: '5.6.1',
      mishap: 'no-binary',
      text: 'The far end does not take binary content (BINARYMIME)',
    };
  }
  return undefined;
}
