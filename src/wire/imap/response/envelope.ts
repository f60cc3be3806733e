/** ENVELOPE (RFC 9051 7.5.2). */
import type { Envelope, EnvelopeAddress } from '../../mime/structure.ts';
import { formatNstring, formatString, type StringForm } from './strings.ts';

/** RFC 9051 7.5.2: where Sender or Reply-To say nobody, From stands in. */
export function formatEnvelope(envelope: Envelope, form: StringForm): string {
  const { from, sender, replyTo } = envelope;
  const lists = [
    from,
    sender.length > 0 ? sender : from,
    replyTo.length > 0 ? replyTo : from,
    envelope.to,
    envelope.cc,
    envelope.bcc,
  ];
  const text = (value: string | undefined): string => formatNstring(value, form);
  const addresses = lists.map((list) => formatAddresses(list, form)).join(' ');
  return `(${text(envelope.date)} ${text(envelope.subject)} ${addresses} ${text(envelope.inReplyTo)} ${text(envelope.messageId)})`;
}

function formatAddresses(list: readonly EnvelopeAddress[], form: StringForm): string {
  if (list.length === 0) return 'NIL';
  return `(${list.map((address) => formatAddress(address, form)).join('')})`;
}

function formatAddress({ name, route, mailbox, host }: EnvelopeAddress, form: StringForm): string {
  const shown = `${formatNstring(name, form)} ${formatNstring(route, form)} ${formatNstring(mailbox, form)}`;
  return `(${shown} ${host === undefined ? 'NIL' : formatString(host, form)})`;
}
