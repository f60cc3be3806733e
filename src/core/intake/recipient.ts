import type { Directory, Soon, Targets } from '../directory/port.ts';
import { formatMailbox, type Mailbox, type Path } from '../../wire/address/mailbox.ts';
import { isSrs } from '../../wire/address/srs.ts';
import type { RcptParameters } from '../../wire/smtp/parameters.ts';
import { domainOf } from '../delivery/route.ts';
import type { Recipient } from '../envelope.ts';
import { tokenIn } from '../guard/owner-desk.ts';
import { isRefused } from '../mailbox/quota.ts';
import { type Refusal, refuse } from './reply.ts';
import type { ReturnPaths } from './return-path.ts';
import type { ClientFacts } from './session.ts';

/** An accepted RCPT: who it is, and the mailboxes and outside addresses it stands for. */
export interface AcceptedRecipient extends Recipient {
  readonly targets: Targets;
  /** Of an address of ours, that address: by it the message goes on, where it leads elsewhere. */
  readonly via?: string;
  /** The token of an owner's answer: it is for the guard, and goes nowhere. */
  readonly release?: string;
}

export type RecipientDecision =
  | { readonly ok: true; readonly recipient: AcceptedRecipient }
  | { readonly ok: false; readonly refusal: Refusal };

export interface RecipientRequest {
  readonly client: ClientFacts;
  readonly path: Path;
  readonly parameters: RcptParameters;
  /** What MAIL FROM said of the size, octets; 0 where it said nothing. */
  readonly sizeBytes: number;
  /** MAIL FROM said SMTPUTF8. */
  readonly smtpUtf8: boolean;
  /** Our own name, at which owners answer notices about held mail. */
  readonly hostname: string;
  /** Reads the return addresses of forwards. */
  readonly returns: Pick<ReturnPaths, 'read'>;
}

/** RCPT TO: is this an address of ours, or may this client send elsewhere through us? */
export function decideRecipient(request: RecipientRequest, directory: Directory): Soon<RecipientDecision> {
  const { path } = request;
  if (path.kind === 'null') return no(refuse(501, '5.1.3', 'A recipient cannot be empty'));
  // RFC 5321 4.5.1: whoever answers for this server.
  if (path.kind === 'postmaster') return here('postmaster', request, directory);
  const { mailbox } = path;
  const token =
    mailbox.domain.toLowerCase() === request.hostname.toLowerCase() ? tokenIn(mailbox.local) : undefined;
  if (token !== undefined) return anAnswer(token, request);
  if (mailbox.smtpUtf8 && !request.smtpUtf8) {
    return no(refuse(553, '5.6.7', 'An address beyond ASCII needs SMTPUTF8 in MAIL FROM (RFC 6531)'));
  }
  const address = formatMailbox(mailbox);
  const local = isOurs(mailbox, request.hostname, directory);
  if (local instanceof Promise) {
    return local.then((is) => (is ? ours(mailbox, request, directory) : elsewhere(address, request)));
  }
  return local ? ours(mailbox, request, directory) : elsewhere(address, request);
}

/** Return addresses of forwards are also at our own name: of what came to the postmaster of no domain. */
function isOurs({ local, domain }: Mailbox, hostname: string, directory: Directory): Soon<boolean> {
  return isSrs(local) && domain.toLowerCase() === hostname.toLowerCase() ? true : directory.isLocal(domain);
}

function ours(mailbox: Mailbox, request: RecipientRequest, directory: Directory): Soon<RecipientDecision> {
  const address = formatMailbox(mailbox);
  return isSrs(mailbox.local) ? toSender(mailbox, request, directory) : here(address, request, directory);
}

/** A bounce of what was forwarded, to whoever sent that. */
async function toSender(
  mailbox: Mailbox,
  request: RecipientRequest,
  directory: Directory,
): Promise<RecipientDecision> {
  const address = formatMailbox(mailbox);
  const read = await request.returns.read(mailbox.local);
  if ('refusal' in read) return no(read.refusal);
  const isLocal = await directory.isLocal(domainOf(read.to));
  const targets = isLocal
    ? await directory.targets(normalise(read.to))
    : { accounts: [], forwards: [read.to] };
  if (targets === undefined)
    return no(refuse(550, '5.1.1', 'The sender of what was forwarded is here no more'));
  return yes(address, { targets, request, via: address });
}

/** Local parts are compared without case here, as every large host does (RFC 5321 2.4 leaves it to us). */
export function normalise(address: string): string {
  return address.toLowerCase();
}

/** An address of a domain of ours. */
function here(address: string, request: RecipientRequest, directory: Directory): Soon<RecipientDecision> {
  const decide = (targets: Targets | undefined): RecipientDecision => {
    if (targets === undefined) return no(refuse(550, '5.1.1', `There is no ${address} here`));
    if (isRefused(targets, request.sizeBytes)) return no(fullMailbox(address));
    // RFC 5321 4.5.1: one of no domain is this host's.
    const via = address.includes('@') ? address : `${address}@${request.hostname}`;
    return yes(address, { targets, request, via });
  };
  const targets = directory.targets(normalise(address));
  return targets instanceof Promise ? targets.then(decide) : decide(targets);
}

/** RFC 3463 3.3, as a temporary one: its owner may make room. */
export function fullMailbox(address: string): Refusal {
  return refuse(452, '4.2.2', `The mailbox of ${address} is full; please try again later`);
}

/** Only whom a notice was written to can answer it; the address is not kept, because its token is a secret. */
function anAnswer(release: string, { client, parameters, hostname }: RecipientRequest): RecipientDecision {
  if (client.account === undefined)
    return no(
      refuse(
        550,
        '5.7.1',
        'Paused mail is released only by an answer that the account itself sends, logged in here; please ask whoever runs this mail service',
      ),
    );
  const targets = { accounts: [], forwards: [] };
  return { ok: true, recipient: { address: `release@${hostname}`, targets, release, ...parameters } };
}

function elsewhere(address: string, request: RecipientRequest): RecipientDecision {
  const { client } = request;
  if (client.mayRelay || client.account !== undefined) {
    return yes(address, { targets: { accounts: [], forwards: [address] }, request });
  }
  // Over LMTP nobody can.
  const login = client.kind === 'lmtp' ? '' : ', and you have not logged in';
  return no(refuse(550, '5.7.1', `We do not take mail for ${domainOf(address)}${login}`));
}

function yes(
  address: string,
  { targets, request, via }: { targets: Targets; request: RecipientRequest; via?: string },
): RecipientDecision {
  const sentOn = via === undefined ? {} : { via };
  return { ok: true, recipient: { address, targets, ...sentOn, ...request.parameters } };
}

function no(refusal: Refusal): { ok: false; refusal: Refusal } {
  return { ok: false, refusal };
}
