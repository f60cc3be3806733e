import type { Account, Directory, Soon } from '../directory/port.ts';
import { formatMailbox, type Path } from '../../wire/address/mailbox.ts';
import type { MailParameters } from '../../wire/smtp/parameters.ts';
import type { Envelope } from '../envelope.ts';
import { REMEDY } from '../guard/port.ts';
import { type Refusal, refuse } from './reply.ts';
import type { ClientFacts } from './session.ts';

export interface SenderOptions {
  readonly maxMessageBytes: number;
}

export type SenderDecision =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly refusal: Refusal };

/** MAIL FROM: may this client begin this transaction? */
export function decideSender(
  request: { client: ClientFacts; path: Path; parameters: MailParameters },
  directory: Directory,
  options: SenderOptions,
): Soon<SenderDecision> {
  const { client, path, parameters } = request;
  if (path.kind === 'postmaster') return no(refuse(553, '5.1.7', 'A sender needs a domain'));
  if (parameters.size !== undefined && parameters.size > options.maxMessageBytes) {
    return no(
      refuse(
        552,
        '5.3.4',
        `Message too big: ${parameters.size} octets, at most ${options.maxMessageBytes} are taken here`,
      ),
    );
  }
  if (parameters.requireTls && client.tls === undefined) {
    return no(refuse(530, '5.7.30', 'REQUIRETLS needs a connection over TLS (RFC 8689)'));
  }
  if (client.kind === 'submission' && client.account === undefined && !client.mayRelay) {
    return no(refuse(530, '5.7.0', 'Please log in first'));
  }
  if (path.kind === 'mailbox' && path.mailbox.smtpUtf8 && !parameters.smtpUtf8) {
    return no(refuse(553, '5.6.7', 'An address beyond ASCII needs SMTPUTF8 in MAIL FROM (RFC 6531)'));
  }
  const reversePath = path.kind === 'null' ? '' : formatMailbox(path.mailbox);
  const envelope = toEnvelope(reversePath, parameters);
  if (client.account === undefined) return { ok: true, envelope };
  return decideOwner(client.account, envelope, directory);
}

/** Asked at each message: an account may have been locked, or its password changed, since it logged in. */
async function decideOwner(
  account: Account,
  envelope: Envelope,
  directory: Directory,
): Promise<SenderDecision> {
  const now = await directory.account(account.address);
  if (now === undefined || now.lockedReason !== undefined) {
    const text = `This account may not send: ${now === undefined ? 'it was removed' : REMEDY}`;
    return no({ ...refuse(535, '5.7.13', text), close: true });
  }
  if (now.id !== account.id || now.password !== account.password) {
    const text = 'The password of this account was changed since; please log in again';
    return no({ ...refuse(530, '5.7.0', text), close: true });
  }
  const { reversePath } = envelope;
  if (reversePath === '' || (await directory.holds(account.id, reversePath))) return { ok: true, envelope };
  const text = `${account.address} may not send as ${reversePath}; use one of your own addresses`;
  return no(refuse(553, '5.7.1', text));
}

function toEnvelope(reversePath: string, parameters: MailParameters): Envelope {
  return {
    reversePath,
    bodyType: parameters.body ?? '7BIT',
    smtpUtf8: parameters.smtpUtf8 === true,
    requireTls: parameters.requireTls === true,
    ...(parameters.ret === undefined ? {} : { ret: parameters.ret }),
    ...(parameters.envid === undefined ? {} : { envid: parameters.envid }),
  };
}

function no(refusal: Refusal): { ok: false; refusal: Refusal } {
  return { ok: false, refusal };
}
