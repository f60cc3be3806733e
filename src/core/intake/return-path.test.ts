import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { parsePath, type Path } from '../../wire/address/mailbox.ts';
import type { Directory } from '../directory/port.ts';
import type { MessageId } from '../envelope.ts';
import { decideRecipient } from './recipient.ts';
import { ReturnPaths } from './return-path.ts';

const DAY_MS = 86_400_000;
const message = 4711 as MessageId;
const directory: Directory = {
  isLocal: (domain) => domain === 'here.example',
  targets: (address) =>
    address === 'ana@here.example' ? { accounts: [], forwards: ['ana@far.example'] } : undefined,
  account: async () => undefined,
  holds: () => false,
};

function aWorld(): { clock: VirtualClock; returns: ReturnPaths } {
  const clock = new VirtualClock();
  const store = {
    reversePathOf: async (one: MessageId) => (one === message ? 'long@far.example' : undefined),
  };
  return { clock, returns: new ReturnPaths({ store, directory, clock }, Buffer.from('secret')) };
}

/** What RCPT comes to, for a stranger. */
async function recipient(address: string, returns: ReturnPaths): Promise<string> {
  const parsed = parsePath(`<${address}>`);
  assert.ok(parsed.ok);
  const decision = await decideRecipient(
    {
      client: { kind: 'mx', address: '192.0.2.1', mayRelay: false, esmtp: true },
      path: parsed.path as Path,
      parameters: {},
      sizeBytes: 0,
      smtpUtf8: false,
      hostname: 'mail.here.example',
      returns,
    },
    directory,
  );
  if (!decision.ok) return `${decision.refusal.code} ${decision.refusal.enhanced} ${decision.refusal.text}`;
  return decision.recipient.targets.forwards.join();
}

async function written(returns: ReturnPaths, via: string, reversePath: string): Promise<string> {
  return (await returns.forward({ via, reversePath, message })).reversePath ?? 'as it is';
}

test('only senders elsewhere are rewritten, at the domain of the address that sends on', async () => {
  const { returns } = aWorld();
  const as = (from: string): Promise<string> => written(returns, 'ana@here.example', from);
  assert.match(await as('x@far.example'), /^SRS0=.{4}=..=far\.example=x@here\.example$/);
  assert.equal(await as(''), 'as it is');
  assert.equal(await as('x@here.example'), 'as it is');
  assert.match(await as('"a b"@far.example'), /^"SRS0=.{4}=..=far\.example=a b"@here\.example$/);
});

test('a return address is refused once it is too old, and the one of no domain is at our own name', async () => {
  const { clock, returns } = aWorld();
  const address = await written(returns, 'ana@here.example', 'x@far.example');
  const postmaster = await written(returns, 'postmaster@mail.here.example', 'x@far.example');
  assert.equal(await recipient(address, returns), 'x@far.example');
  assert.equal(await recipient(postmaster, returns), 'x@far.example');
  assert.match(await recipient('ana@mail.here.example', returns), /^550 5\.7\.1 We do not take mail/);
  assert.match(
    await recipient(address.replace('@here', '@else'), returns),
    /^550 5\.7\.1 We do not take mail/,
  );
  await clock.advance(22 * DAY_MS);
  assert.match(await recipient(address, returns), /^550 5\.1\.1 .*too old: it was good for 21 days$/);
});

test('a sender that has no room is found by its message, as long as that is known', async () => {
  const { returns } = aWorld();
  const long = `${'x'.repeat(60)}@far.example`;
  const address = await written(returns, 'ana@here.example', long);
  assert.equal(await recipient(address, returns), 'long@far.example');
  const other = await returns.forward({
    via: 'ana@here.example',
    reversePath: long,
    message: 1 as MessageId,
  });
  assert.match(await recipient(other.reversePath ?? '', returns), /^550 5\.1\.1 .*too old/);
});
