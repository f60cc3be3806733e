/**
 * What came in the place of a reply, where nobody answered in SMTP. It is told in the reader's language
 * (`wire/dsn/words.ts`), and never as the far end's words (RFC 3464 2.3.6).
 */
export type Mishap =
  /** The name servers did not say where to. */
  | 'no-lookup'
  | 'no-domain'
  /** RFC 7505. */
  | 'no-mail'
  | 'no-address'
  | 'leads-back'
  | 'refused'
  | 'no-route'
  | 'no-answer'
  | 'closed'
  | 'not-smtp'
  | 'no-tls'
  | 'bad-tls'
  /** It lacks what the message needs (RFC 8689, RFC 6531, RFC 3030). */
  | 'no-requiretls'
  | 'no-smtputf8'
  | 'no-binary';
