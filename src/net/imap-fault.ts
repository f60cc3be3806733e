/** What went wrong with another IMAP server, for people: what happened, in its words where it has any, and what to do. */
import { SourceError } from '../core/import/source.ts';

export interface ImapPlace {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
}

interface Fault extends Error {
  readonly code?: string;
  readonly authenticationFailed?: boolean;
  readonly tlsFailed?: boolean;
  readonly serverResponseCode?: string;
  readonly responseStatus?: string;
  readonly responseText?: string;
  readonly response?: unknown;
}

/** What passes by itself (RFC 5530), whatever was asked. */
const PASSING: readonly (string | undefined)[] = ['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG'];
/** Of OpenSSL and Node, about certificates. */
const UNTRUSTED = /CERT|^UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$|STARTTLS/;
/** Answers that no bound allows, which end the connection. */
const EXCESSIVE = /^(LiteralTooLarge|LineTooLarge|ResponseTooLarge|TooManyTokens|TooManyResponses)$/;

/** `of`: what the server was asked. */
export function sourceFault(error: unknown, place: ImapPlace, of: string): SourceError {
  if (error instanceof SourceError) return error;
  const fault = error as Fault;
  const { code = '', serverResponseCode, responseStatus } = fault;
  const said = saidBy(fault);
  if (PASSING.includes(serverResponseCode)) return new SourceError('lost', said ?? sentence(fault.message));
  if (fault.authenticationFailed)
    return new SourceError('login', `the login was refused: ${said ?? sentence(fault.message)}`);
  if (fault.tlsFailed || UNTRUSTED.test(code)) return new SourceError('unsafe', untrusted(fault, place));
  if (EXCESSIVE.test(code))
    return new SourceError('excess', `the server was asked ${of}, and sent more than that can be`);
  // Its name has a line break or a NUL, which no command can have.
  if (code === 'InvalidStringValue')
    return new SourceError('refused', 'its name has a line break or NUL in it: no command can name it');
  const isRefusal = responseStatus === 'NO' || responseStatus === 'BAD';
  if (isRefusal && code !== 'ETHROTTLE')
    return new SourceError('refused', said ?? `the server refused when it was asked ${of}`);
  return unreached(code, place) ?? new SourceError('lost', said ?? cut(fault));
}

function saidBy({ responseText, response }: Fault): string | undefined {
  const said = responseText ?? (typeof response === 'string' ? response : undefined);
  return said === undefined || said === '' ? undefined : sentence(said);
}

/** It becomes part of one that has an end of its own. */
function sentence(text: string): string {
  return text.trim().replace(/\.+$/, '');
}

function untrusted({ code = '', message }: Fault, { host, port, tls }: ImapPlace): string {
  const no = 'no TLS that can be trusted';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${no}: the certificate is of other names than ${host}: write the name that it has with --host`;
  if (code === 'CERT_HAS_EXPIRED') return `${no}: the certificate of ${host} has expired`;
  if (/CERT|^UNABLE_TO_/.test(code)) {
    // Behind a semicolon comes what would help somebody who runs Node.js.
    const why = sentence(message.split(';')[0] as string);
    return `${no}: ${why}: give the certificate of who issued it with --ca FILE`;
  }
  if (tls === 'implicit')
    return `${no}: ${host} does not begin with TLS on port ${port}: try --tls starttls, or another --port`;
  return `${no}: ${host} does not offer it on port ${port}: try --tls implicit, or another --port`;
}

function unreached(code: string, { host, port, tls }: ImapPlace): SourceError | undefined {
  const at = `${host}:${port}`;
  switch (code) {
    case 'ENOTFOUND':
      return new SourceError('refused', `there is no such host as ${host}: see --host`);
    case 'EAI_AGAIN':
      return new SourceError('unreachable', `the address of ${host} cannot be looked up now`);
    case 'ECONNREFUSED':
      return new SourceError('unreachable', `nothing answers at ${at}: see --host and --port`);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
    case 'CONNECT_TIMEOUT':
      return new SourceError('unreachable', `${at} cannot be reached: see --host, --port and --tls`);
    case 'GREETING_TIMEOUT':
    case 'UPGRADE_TIMEOUT':
      return new SourceError(
        'unreachable',
        tls === 'implicit'
          ? `${at} does not greet as an IMAP server does: see --port`
          : `${at} does not greet as an IMAP server does: see --port, or try --tls implicit`,
      );
    default:
      return undefined;
  }
}

function cut({ code = '', message }: Fault): string {
  if (code === 'ETIMEOUT') return 'the server said nothing for too long';
  if (/^(NoConnection|EConnectionClosed|ECONNRESET|EPIPE|ClosedAfterConnect\w*)$/.test(code))
    return 'the server ended the connection';
  return sentence(message);
}
