import type { Directory, Soon, Targets } from '../directory/port.ts';
import { formatMailbox, type Path } from '../../wire/address/mailbox.ts';
import type { RcptParameters } from '../../wire/smtp/parameters.ts';
import type { Recipient } from '../envelope.ts';
import { type Refusal, refuse } from './reply.ts';
import type { ClientFacts } from './session.ts';

/** An accepted RCPT: who it is, and the mailboxes and outside addresses it stands for. */
export interface AcceptedRecipient extends Recipient {
  readonly targets: Targets;
}

export type RecipientDecision =
  | { readonly ok: true; readonly recipient: AcceptedRecipient }
  | { readonly ok: false; readonly refusal: Refusal };

/** RCPT TO: is this an address of ours, or may this client send elsewhere through us? */
export function decideRecipient(
  request: {
    client: ClientFacts;
    path: Path;
    parameters: RcptParameters;
    hostname: string;
    smtpUtf8: boolean;
  },
  directory: Directory,
): Soon<RecipientDecision> {
  const { client, path, parameters } = request;
  if (path.kind === 'null') return no(refuse(501, '5.1.3', 'A recipient cannot be empty'));
  const mailbox =
    path.kind === 'mailbox'
      ? path.mailbox
      : { local: 'postmaster', domain: request.hostname, smtpUtf8: false };
  if (mailbox.smtpUtf8 && !request.smtpUtf8) {
    return no(refuse(553, '5.6.7', 'An address beyond ASCII needs SMTPUTF8 in MAIL FROM (RFC 6531)'));
  }
  const address = formatMailbox(mailbox);
  const local = directory.isLocal(mailbox.domain);
  return local instanceof Promise
    ? local.then((is) => (is ? here() : elsewhere()))
    : local
      ? here()
      : elsewhere();

  function elsewhere(): RecipientDecision {
    if (!client.mayRelay && client.account === undefined) {
      return no(
        refuse(550, '5.7.1', `We do not take mail for ${mailbox.domain}, and you have not logged in`),
      );
    }
    return yes(address, { accounts: [], forwards: [address] });
  }

  function here(): Soon<RecipientDecision> {
    const targets = directory.targets(normalise(address));
    return targets instanceof Promise ? targets.then(byTargets) : byTargets(targets);
  }

  function byTargets(targets: Targets | undefined): RecipientDecision {
    if (targets === undefined) return no(refuse(550, '5.1.1', `There is no ${address} here`));
    return yes(address, targets);
  }

  function yes(to: string, targets: Targets): RecipientDecision {
    return { ok: true, recipient: { address: to, targets, ...parameters } };
  }
}

/** Local parts are compared without case here, as every large host does (RFC 5321 2.4 leaves it to us). */
export function normalise(address: string): string {
  return address.toLowerCase();
}

function no(refusal: Refusal): { ok: false; refusal: Refusal } {
  return { ok: false, refusal };
}
