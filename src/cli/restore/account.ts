/** An account, a mailbox or a message of a backup, brought into the store that is in use. */
import { quotaOf } from '../../core/config/quota.ts';
import { domainOf } from '../../core/delivery/route.ts';
import type { Account } from '../../core/directory/port.ts';
import type { Mailbox } from '../../core/mailbox/port.ts';
import { bringNotes, lostAccount, mailboxFor } from '../../core/restore/account.ts';
import { type Brought, bringMessages } from '../../core/restore/messages.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, isGiven } from '../arguments.ts';
import { NOT_CHANGED, refusal } from '../changes.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import { counted, sizeForPeople } from '../output.ts';
import { leavingRoom } from '../disk-room.ts';
import { tellServer, withStore } from '../with-store.ts';

export interface Wanted {
  readonly address: string;
  readonly mailbox?: string;
  readonly uid?: number;
  readonly to?: string;
}

/** Two stores, and whose mail it is in each; `there` is undefined only in a dry run. */
interface Pair {
  readonly from: SqlStore;
  readonly into: SqlStore;
  readonly saved: Account;
  readonly there: Pick<Account, 'id'> | undefined;
  readonly isDryRun: boolean;
}

/** UIDs that are named to a person. */
const MOST_NAMED = 10;

export async function restoreAccount(call: Call, from: SqlStore, wanted: Wanted): Promise<number> {
  const { address } = wanted;
  const saved = await from.account(address);
  if (saved === undefined || saved.address !== address)
    throw new CommandError(EXIT.nothing, `the backup has no account ${address}`);
  const mailboxes = await mailboxesOf(from, saved, wanted);
  return withStore(call, async (store) => {
    const into = leavingRoom(store, call.config);
    const isDryRun = isGiven(call, 'dry-run');
    const there = (await into.account(address)) ?? (await remade(call, { from, into, saved, isDryRun }));
    const subscribed = new Set(await from.subscriptions(saved.id));
    const pair = { from, into, saved, there, isDryRun };
    if (there !== undefined && !isDryRun && wanted.mailbox === undefined)
      await bringNotes(pair, { source: { account: saved.id }, target: { account: there.id } });
    let all = NOTHING;
    for (const mailbox of mailboxes) {
      const brought = await bringMailbox(call, pair, {
        ...{ mailbox, name: wanted.to ?? mailbox.name, isSubscribed: subscribed.has(mailbox.name) },
        ...(wanted.uid === undefined ? {} : { uid: wanted.uid }),
      });
      all = sum(all, brought);
      if (brought.ended !== undefined) break;
    }
    if (!isDryRun) await tellServer(call);
    return told(call, address, all);
  });
}

async function mailboxesOf(from: SqlStore, { id, address }: Account, wanted: Wanted): Promise<Mailbox[]> {
  const all = await from.mailboxes(id);
  if (wanted.mailbox === undefined) return all;
  const mailbox = all.find(({ name }) => name === wanted.mailbox);
  if (mailbox === undefined) {
    const names = all.map(({ name }) => name).join(', ');
    throw new CommandError(
      EXIT.nothing,
      `${address} has no mailbox ${wanted.mailbox} in the backup. Those it has there: ${names}`,
    );
  }
  const { uid } = wanted;
  if (uid === undefined) return [mailbox];
  const [item] = await from.itemPrints({ account: id, mailbox: mailbox.id, after: uid - 1, limit: 1 });
  if (item?.uid === uid) return [mailbox];
  throw new CommandError(
    EXIT.nothing,
    `${mailbox.name} of ${address} has no message ${uid} in the backup: relais mailbox list ${address} --data FOLDER lists those`,
  );
}

/** The account that was gone; in a dry run only what would be made is told. */
async function remade(
  call: Call,
  { from, into, saved, isDryRun }: Omit<Pair, 'there'>,
): Promise<Pick<Account, 'id'> | undefined> {
  const { address } = saved;
  const domain = domainOf(address);
  const noDomain = `${domain} is not a domain here. To add it: ${commandLine(call, ['domain', 'add', domain])}`;
  const { separator } = call.config.addresses;
  const lost = await lostAccount(from, saved, { at: Date.now(), separator });
  if (isDryRun) {
    if (!(await into.isLocal(domain))) throw new CommandError(EXIT.failed, noDomain);
    const addresses = [...new Set(lost.addresses.map((entry) => entry.address))];
    call.output.item(
      { address, account: 'made', addresses, dryRun: true },
      `${address} would be made again${withAddresses(addresses)}.`,
    );
    return undefined;
  }
  const { change, addresses } = await into.remakeAccount(lost);
  const why = refusal(change, {
    'no-domain': noDomain,
    exists: `${address} is an address here, and no account. To see where it leads: ${commandLine(call, ['address', 'list', domain])}`,
  });
  if (why !== undefined) throw new CommandError(EXIT.failed, why);
  const made = (await into.account(address)) as Account;
  call.output.item(
    { address, account: 'made', addresses },
    `${address} is made again, with its password${withAddresses(addresses)}.`,
  );
  return made;
}

function withAddresses(addresses: readonly string[]): string {
  return addresses.length === 0 ? '' : `, and what led to it (${addresses.join(', ')})`;
}

async function bringMailbox(
  call: Call,
  pair: Pair,
  about: { mailbox: Mailbox; name: string; isSubscribed: boolean; uid?: number },
): Promise<Brought> {
  const { from, into, saved, there, isDryRun } = pair;
  const { mailbox, name, isSubscribed, uid } = about;
  const target = await targetOf({ into, there, isDryRun }, { mailbox, name, isSubscribed });
  const brought = await bringMessages({
    ...{ from, into, isDryRun, limits: quotaOf(call.config), now: () => Date.now() },
    source: { account: saved.id, mailbox: mailbox.id, keywords: mailbox.keywords },
    ...(there === undefined || target.mailbox === undefined
      ? {}
      : { target: { account: there.id, mailbox: target.mailbox.id } }),
    ...(uid === undefined ? {} : { uid }),
  });
  if (
    there !== undefined &&
    target.mailbox !== undefined &&
    !isDryRun &&
    uid === undefined &&
    name === mailbox.name
  )
    await bringNotes(pair, {
      source: { account: saved.id, mailbox: mailbox.id },
      target: { account: there.id, mailbox: target.mailbox.id },
    });
  const { messages, octets, there: already, damaged, withoutKeywords } = brought;
  const { isNew } = target;
  const object = {
    ...{ address: saved.address, mailbox: name, from: mailbox.name, isNew, messages, octets, there: already },
    ...{ damaged, withoutKeywords, ...(isDryRun ? { dryRun: true } : {}) },
  };
  const size = messages > 0 ? ` (${sizeForPeople(octets)})` : '';
  const made = isNew ? ', which is new' : '';
  call.output.item(
    object,
    `${name}${made}: ${counted(messages, 'message')}${size}; ${already} there already.${trouble(brought)}`,
  );
  return brought;
}

function trouble({ damaged, withoutKeywords }: Brought): string {
  const named = damaged.slice(0, MOST_NAMED).join(', ');
  const more = damaged.length > MOST_NAMED ? ', …' : '';
  const left =
    damaged.length > 0 ? ` ${damaged.length} left out: damaged in the backup (UID ${named}${more}).` : '';
  return withoutKeywords > 0
    ? `${left} ${withoutKeywords} without keywords: the mailbox has as many as it can.`
    : left;
}

async function targetOf(
  { into, there, isDryRun }: Pick<Pair, 'into' | 'there' | 'isDryRun'>,
  { mailbox, name, isSubscribed }: { mailbox: Mailbox; name: string; isSubscribed: boolean },
): Promise<{ mailbox?: Mailbox; isNew: boolean }> {
  if (there === undefined) return { isNew: true };
  const account = there.id;
  if (isDryRun) {
    const found = await into.mailboxNamed({ account, name });
    return found === undefined ? { isNew: true } : { mailbox: found, isNew: false };
  }
  const { specialUse } = mailbox;
  const found = await mailboxFor(into, {
    ...{ account, name, isSubscribed, at: Date.now() },
    ...(specialUse === undefined || name !== mailbox.name ? {} : { specialUse }),
  });
  if ('why' in found)
    throw new CommandError(
      EXIT.failed,
      found.why === 'too many'
        ? `${name} cannot be made: the account has as many mailboxes as it may`
        : 'the account was removed meanwhile',
    );
  return found;
}

const NOTHING: Brought = { messages: 0, octets: 0, there: 0, damaged: [], withoutKeywords: 0 };

function sum(one: Brought, other: Brought): Brought {
  const { ended } = other;
  return {
    messages: one.messages + other.messages,
    octets: one.octets + other.octets,
    there: one.there + other.there,
    damaged: [...one.damaged, ...other.damaged],
    withoutKeywords: one.withoutKeywords + other.withoutKeywords,
    ...(ended === undefined ? {} : { ended }),
  };
}

function told(call: Call, address: string, all: Brought): number {
  const { messages, octets, there, damaged, withoutKeywords, ended } = all;
  const isDryRun = isGiven(call, 'dry-run');
  const object = { messages, octets, there, damaged: damaged.length, withoutKeywords };
  const result = ended === undefined ? {} : { ended };
  const what = `${counted(messages, 'message')}, ${sizeForPeople(octets)}`;
  call.output.item(
    {
      schema: 'relais.restore-account/1',
      address,
      ...object,
      ...result,
      ...(isDryRun ? { dryRun: true } : {}),
    },
    isDryRun ? `${what} would come. ${NOT_CHANGED}` : `${what} came back to ${address}.`,
  );
  if (ended === 'over quota') {
    const quota = commandLine(call, ['account', 'quota', address]);
    call.output.note(
      `It ended there: ${address} has no room for more. See ${quota} and make room, or raise its limit (--size, --messages); then run this again: it goes on where it ended.`,
    );
  }
  if (ended === 'missing')
    call.output.note('It ended there: the mailbox was deleted meanwhile. Run this again.');
  return ended === undefined && damaged.length === 0 ? EXIT.done : EXIT.failed;
}
