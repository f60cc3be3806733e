/**
 * Tells mail programs their settings, each in its own way: Thunderbird's, Outlook's and Apple's. Only of domains that are here; an address
 * is never looked up, so that nobody learns which there are.
 */
import { sha256 } from '../../base/digest.ts';
import { appleProfile } from '../../core/autoconfig/apple.ts';
import { addressAsked, autodiscoverResponse, autodiscoverWhere } from '../../core/autoconfig/autodiscover.ts';
import { mozillaConfig } from '../../core/autoconfig/mozilla.ts';
import { parseMailbox } from '../../wire/address/mailbox.ts';
import type { HttpContext, HttpRequest, HttpResponse } from './context.ts';

const XML = 'text/xml; charset=utf-8';
const PROFILE = 'application/x-apple-aspen-config';
/** Names that point here and stand before a domain. */
const BEFORE = /^(autoconfig|autodiscover)\./;

/** Where Thunderbird looks, in this order. */
const MOZILLA: readonly string[] = ['/mail/config-v1.1.xml', '/.well-known/autoconfig/mail/config-v1.1.xml'];
/** Compared without case: Outlook writes it in several ways. */
const OUTLOOK = '/autodiscover/autodiscover.xml';
const OUTLOOK_WHERE = '/autodiscover/autodiscover.json';
const APPLE = '/apple/email.mobileconfig';

/** Undefined: it is about something else. Never rejects but when the store is down. */
export async function autoconfig(
  context: HttpContext,
  request: HttpRequest,
): Promise<HttpResponse | undefined> {
  const url = URL.parse(request.target, 'http://here.invalid');
  if (url === null) return undefined;
  const path = url.pathname.toLowerCase();
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (MOZILLA.includes(path)) {
    if (!reads) return wrongMethod('GET');
    const domain = await domainMeant(context, request, url.searchParams.get('emailaddress'));
    return domain === undefined
      ? nobody('ask with ?emailaddress=name@example.org')
      : { status: 200, type: XML, body: mozillaConfig(domain, context.services) };
  }
  if (path === OUTLOOK) {
    if (request.method !== 'POST') return wrongMethod('POST');
    const address = addressAsked(request.body);
    const domain = address === undefined ? undefined : await domainOf(context, address);
    return domain === undefined
      ? nobody('ask with the EMailAddress of somebody here')
      : { status: 200, type: XML, body: autodiscoverResponse(address as string, context.services) };
  }
  if (path === OUTLOOK_WHERE) {
    const where = `https://${context.hostname}${OUTLOOK}`;
    return reads
      ? { status: 200, type: 'application/json', body: autodiscoverWhere(where) }
      : wrongMethod('GET');
  }
  if (path !== APPLE) return undefined;
  return reads ? profile(context, url.searchParams.get('email') ?? '') : wrongMethod('GET');
}

async function profile(context: HttpContext, address: string): Promise<HttpResponse> {
  const domain = await domainOf(context, address);
  if (domain === undefined) return nobody('ask with ?email=name@example.org');
  const ids = [uuidOf(`profile ${address}`), uuidOf(`account ${address}`)] as const;
  const body = appleProfile({ address, domain, services: context.services, ids });
  if (body === undefined) return nobody('mail cannot be read and sent here');
  return { status: 200, type: PROFILE, body, fileName: 'email.mobileconfig' };
}

/** By the address that is asked for, or by the name of this host that was asked. */
async function domainMeant(
  context: HttpContext,
  request: HttpRequest,
  address: string | null,
): Promise<string | undefined> {
  if (address?.includes('@') === true) return domainOf(context, address);
  const host = request.host.toLowerCase().replace(/:\d+$/, '').replace(BEFORE, '');
  return host !== '' && (await context.directory.isLocal(host)) ? host : undefined;
}

async function domainOf(context: HttpContext, address: string): Promise<string | undefined> {
  const parsed = parseMailbox(address);
  if (!parsed.ok) return undefined;
  const domain = parsed.mailbox.domain.toLowerCase();
  return (await context.directory.isLocal(domain)) ? domain : undefined;
}

function nobody(remedy: string): HttpResponse {
  return {
    status: 404,
    type: 'text/plain; charset=utf-8',
    body: `Nothing is known here of that: ${remedy}.\n`,
  };
}

function wrongMethod(right: string): HttpResponse {
  return { status: 405, type: 'text/plain; charset=utf-8', body: `This is asked for with ${right}.\n` };
}

/** The same for the same text, in the form of a UUID of version 8 (RFC 9562 5.8). */
function uuidOf(text: string): string {
  const hex = sha256(Buffer.from(text)).toString('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-').toUpperCase();
}
