/**
 * Whom a submission says it is from. An account writes only as addresses it holds: in the envelope (`sender.ts`) and
 * here, in the From that people read, which is also what our signature vouches for (RFC 6409 6.1, RFC 7489 3.1).
 *
 * A message passed on unchanged (RFC 5322 3.6.6) has somebody else's From and the account's own Resent-From: it may
 * leave, without our signature.
 */
import { addressesIn } from '../../wire/mime/addresses.ts';
import { fieldValue, findFields, type Header } from '../../wire/mime/header.ts';
import type { Account, Directory } from '../directory/port.ts';
import { type Refusal, refuse } from './reply.ts';

export type AuthorDecision =
  /** `signAs`: the address whose domain signs; undefined when the author is somebody else. */
  | { readonly ok: true; readonly signAs: string | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

/** Authors looked up for one message at most: each is a question to the directory. */
const MAX_AUTHORS = 20;
const MAX_FROM_BYTES = 16_384;

export async function decideAuthor(
  account: Account,
  header: Header,
  directory: Pick<Directory, 'holds'>,
): Promise<AuthorDecision> {
  const fields = findFields(header, 'from');
  if (fields.length > 1) return no('5.6.0', 'More than one From field (RFC 5322 3.6)');
  if (fields.some(({ valueStart, end }) => end - valueStart > MAX_FROM_BYTES))
    return no('5.6.0', `A From field of more than ${MAX_FROM_BYTES} octets`);
  const authors = fields.flatMap((field) => addressesIn(fieldValue(header, field)));
  if (authors.length > MAX_AUTHORS) return no('5.6.0', `More than ${MAX_AUTHORS} addresses in From`);
  const stranger = await firstStranger(account, authors, directory);
  if (stranger === undefined) return { ok: true, signAs: authors[0] };
  if (await isPassedOn(account, header, directory)) return { ok: true, signAs: undefined };
  return no(
    '5.7.1',
    `${account.address} may not write as ${shown(stranger)} in From; use one of your own addresses`,
  );
}

async function isPassedOn(
  account: Account,
  header: Header,
  directory: Pick<Directory, 'holds'>,
): Promise<boolean> {
  const [resent] = findFields(header, 'resent-from');
  if (resent === undefined || resent.end - resent.valueStart > MAX_FROM_BYTES) return false;
  const by = addressesIn(fieldValue(header, resent));
  if (by.length === 0 || by.length > MAX_AUTHORS) return false;
  return (await firstStranger(account, by, directory)) === undefined;
}

async function firstStranger(
  account: Account,
  addresses: readonly string[],
  directory: Pick<Directory, 'holds'>,
): Promise<string | undefined> {
  for (const address of addresses) if (!(await directory.holds(account.id, address))) return address;
  return undefined;
}

/** It came from the client and goes into a reply line. */
function shown(address: string): string {
  return address.replace(/[^\x21-\x7e]/g, '?').slice(0, 100);
}

function no(enhanced: string, text: string): AuthorDecision {
  return { ok: false, refusal: refuse(550, enhanced, text) };
}
