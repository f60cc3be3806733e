/**
 * Whom a submission says it is from. An account writes only as addresses it holds: in the envelope (`sender.ts`) and
 * here, in the From that people read, which is also what our signature vouches for (RFC 6409 6.1, RFC 7489 3.1).
 *
 * A message passed on unchanged (RFC 5322 3.6.6) has somebody else's From and the account's own Resent-From: it may
 * leave, without our signature, unless that somebody lives here.
 */
import { addressesIn } from '../../wire/mime/addresses.ts';
import { fieldValue, findFields, type Header, type HeaderProblemKind } from '../../wire/mime/header.ts';
import { domainOf } from '../delivery/route.ts';
import type { Account, Directory } from '../directory/port.ts';
import { type Refusal, refuse } from './reply.ts';

export type AuthorDecision =
  /** `signAs`: the address whose domain signs; undefined when the author is somebody else. */
  | { readonly ok: true; readonly signAs: string | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

/** Authors looked up for one message at most: each is a question to the directory. */
const MAX_AUTHORS = 20;
const MAX_FROM_BYTES = 16_384;
/** After these, programs differ in what they take for the header. */
const BROKEN = new Set<HeaderProblemKind>([
  'not-a-field',
  'too-many-fields',
  'too-large',
  'orphan-continuation',
]);

type AuthorDirectory = Pick<Directory, 'holds' | 'isLocal'>;

export async function decideAuthor(
  account: Account,
  header: Header,
  directory: AuthorDirectory,
): Promise<AuthorDecision> {
  const broken = header.problems.find(({ kind }) => BROKEN.has(kind));
  // What we read and what others read must be the same From.
  if (broken !== undefined) return no('5.6.0', `The header is broken at octet ${broken.at} (${broken.kind})`);
  const fields = findFields(header, 'from');
  if (fields.length > 1) return no('5.6.0', 'More than one From field (RFC 5322 3.6)');
  if (fields.some(({ valueStart, end }) => end - valueStart > MAX_FROM_BYTES))
    return no('5.6.0', `A From field of more than ${MAX_FROM_BYTES} octets`);
  const authors = fields.flatMap((field) => addressesIn(fieldValue(header, field)));
  if (authors.length > MAX_AUTHORS) return no('5.6.0', `More than ${MAX_AUTHORS} addresses in From`);
  const stranger = await firstStranger(account, authors, directory);
  if (stranger === undefined) return { ok: true, signAs: authors[0] };
  const elsewhere = !(await directory.isLocal(domainOf(stranger).toLowerCase()));
  if (elsewhere && (await isPassedOn(account, header, directory))) return { ok: true, signAs: undefined };
  return no(
    '5.7.1',
    `${account.address} may not write as ${shown(stranger)} in From; use one of your own addresses`,
  );
}

async function isPassedOn(account: Account, header: Header, directory: AuthorDirectory): Promise<boolean> {
  const [resent] = findFields(header, 'resent-from');
  if (resent === undefined || resent.end - resent.valueStart > MAX_FROM_BYTES) return false;
  const by = addressesIn(fieldValue(header, resent));
  if (by.length === 0 || by.length > MAX_AUTHORS) return false;
  return (await firstStranger(account, by, directory)) === undefined;
}

async function firstStranger(
  account: Account,
  addresses: readonly string[],
  directory: AuthorDirectory,
): Promise<string | undefined> {
  for (const address of addresses) {
    const isItsOwn = address.toLowerCase() === account.address;
    if (!isItsOwn && !(await directory.holds(account.id, address))) return address;
  }
  return undefined;
}

/** It came from the client and goes into a reply line. */
function shown(address: string): string {
  return address.replace(/[^\x21-\x7e]/g, '?').slice(0, 100);
}

function no(enhanced: string, text: string): AuthorDecision {
  return { ok: false, refusal: refuse(550, enhanced, text) };
}
