import type { Directory, Soon, Targets } from '../directory/port.ts';
import { formatMailbox, type Path } from '../../wire/address/mailbox.ts';
import type { RcptParameters } from '../../wire/smtp/parameters.ts';
import { domainOf } from '../delivery/route.ts';
import type { Recipient } from '../envelope.ts';
import { tokenIn } from '../guard/owner-desk.ts';
import { isRefused } from '../mailbox/quota.ts';
import { type Refusal, refuse } from './reply.ts';
import type { ClientFacts } from './session.ts';

/** An accepted RCPT: who it is, and the mailboxes and outside addresses it stands for. */
export interface AcceptedRecipient extends Recipient {
  readonly targets: Targets;
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
  const local = directory.isLocal(mailbox.domain);
  if (local instanceof Promise) {
    return local.then((is) => (is ? here(address, request, directory) : elsewhere(address, request)));
  }
  return local ? here(address, request, directory) : elsewhere(address, request);
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
    return yes(address, { targets, request });
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

function yes(address: string, about: { targets: Targets; request: RecipientRequest }): RecipientDecision {
  return { ok: true, recipient: { address, targets: about.targets, ...about.request.parameters } };
}

function no(refusal: Refusal): { ok: false; refusal: Refusal } {
  return { ok: false, refusal };
}
