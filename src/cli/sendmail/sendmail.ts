/** `relais sendmail`, and `sendmail` through bin/sendmail: what cron, PHP and forty years of scripts call. */
import type { Envelope, MessageId } from '../../core/envelope.ts';
import { formatMailbox, parseMailbox } from '../../wire/address/mailbox.ts';
import { countReceived, scanHeader } from '../../wire/mime/header.ts';
import { nudgeServer } from '../../net/control.ts';
import { type Call, type Command, CommandError, type NamedConfig } from '../command.ts';
import { loadConfig } from '../load-config.ts';
import { createOutput, schemaOf, sizeForPeople } from '../output.ts';
import { operator } from '../operator.ts';
import { queueList } from '../queue/list.ts';
import { StoreClosed } from '../store-closed.ts';
import { openReferences, withStore } from '../with-store.ts';
import { readFlags, type SendmailFlags, SYSEXITS } from './flags.ts';
import { destinationsOf, keep } from './keep.ts';
import { addressesIn } from '../../wire/mime/addresses.ts';
import { complete, headerRecipients, withCrlf } from './message.ts';

const USAGE =
  'sendmail [-t] [-i] [-f ADDRESS] [-F NAME] [-N never|failure,delay,success] [RECIPIENT …] < message';

export const sendmail: Command = {
  name: 'sendmail',
  usage: '[-t] [-i] [-f ADDRESS] [-F NAME] [RECIPIENT …]',
  summary: 'Takes a message from standard input, as sendmail does; whether the server runs or not.',
  options: {},
  positionals: [0, Number.MAX_SAFE_INTEGER],
  ownConfig: true,
  ownArguments: true,
  async run(call) {
    const flags = readFlags(call.positionals);
    if (flags.mode === 'help') {
      call.streams.out.write(
        `${sendmail.summary}\n\nUsage: relais ${USAGE}\n\nFlags of other sendmails are read over. Also -bp (the queue) and -q (try now).\n`,
      );
      return SYSEXITS.done;
    }
    const config = configOf(flags);
    const mine = {
      ...call,
      config,
      positionals: [],
      output: createOutput(flags.json ? schemaOf('sendmail') : 'people', call.streams),
    };
    switch (flags.mode) {
      case 'queue':
        return queueList.run(mine);
      case 'flush':
        await nudgeServer(config.data);
        return SYSEXITS.done;
      case 'nothing':
        return SYSEXITS.done;
      case 'send':
        return send(mine, flags);
      default:
        return flags.mode satisfies never;
    }
  },
};

function configOf({ config, data }: SendmailFlags): NamedConfig {
  try {
    return loadConfig({ file: config, data });
  } catch (error) {
    throw new CommandError(SYSEXITS.config, (error as Error).message);
  }
}

async function send(call: Call, flags: SendmailFlags): Promise<number> {
  const { config } = call;
  if (!flags.fromHeader && flags.recipients.length === 0) {
    throw new CommandError(
      SYSEXITS.usage,
      `to whom? Name the recipients, or write -t to take them from the message. ${USAGE}`,
    );
  }
  const bytes = withCrlf(await readAll(call), flags);
  const header = scanHeader(bytes);
  const written = [
    ...flags.recipients.flatMap(addressesIn),
    ...(flags.fromHeader ? headerRecipients(header) : []),
  ];
  const recipients = [...new Set(written.map((address) => qualified(address, config)))];
  if (recipients.length === 0)
    throw new CommandError(SYSEXITS.usage, 'the message names no recipient in To, Cc or Bcc');
  if (countReceived(header) > config.limits.maxHops) {
    throw new CommandError(
      SYSEXITS.data,
      'the message went through too many servers: it goes round in circles',
    );
  }
  const sender = senderOf(flags, config);
  const given = withStore(call, async (store) => {
    const destinations = await destinationsOf(store, recipients, config);
    const message = (await store.reserveIds(1)) as MessageId;
    const reference = (await openReferences(store)).of(message);
    const outgoing = complete(bytes, {
      sender,
      fullName: flags.fullName,
      messageId: reference,
      hostname: config.hostname,
      at: Date.now(),
    });
    const envelope = envelopeOf(flags, {
      sender,
      recipients,
      bytes: outgoing.bytes,
      bodyStart: outgoing.header.bodyStart,
    });
    const asked = flags.notify === undefined ? {} : { notify: flags.notify };
    await temporary(keep(store, { message, outgoing, envelope, destinations, asked }, config));
    await nudgeServer(config.data);
    if (call.output.json)
      call.output.item({ reference, sender, recipients, sizeBytes: outgoing.bytes.length }, '');
    return SYSEXITS.done;
  });
  return given.catch((error: unknown) => {
    // Whatever is in the way of the store: the caller keeps the message and may try again.
    if (error instanceof StoreClosed) throw new CommandError(SYSEXITS.later, error.message);
    throw error;
  });
}

/** The store did not take it: the caller keeps the message and may try again. */
async function temporary(kept: ReturnType<typeof keep>): Promise<void> {
  try {
    await kept;
  } catch (error) {
    throw new CommandError(
      SYSEXITS.later,
      `the message could not be kept, try again later: ${(error as Error).message}`,
    );
  }
}

async function readAll({ streams, config }: Call): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of streams.in) {
    size += piece.length;
    if (size > config.limits.maxMessageSizeBytes) {
      throw new CommandError(
        SYSEXITS.data,
        `the message is larger than ${sizeForPeople(config.limits.maxMessageSizeBytes)} (limits.maxMessageSize)`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** A whole address; a user's name alone is one of this machine. */
function qualified(address: string, { hostname }: NamedConfig): string {
  const parsed = parseMailbox(address.includes('@') ? address : `${address}@${hostname}`);
  if (!parsed.ok) throw new CommandError(SYSEXITS.data, `"${address}" is no address: ${parsed.why}`);
  return formatMailbox(parsed.mailbox);
}

function senderOf({ sender }: SendmailFlags, config: NamedConfig): string {
  if (sender === undefined) return qualified(process.env['LOGNAME'] ?? operator(), config);
  if (sender === '' || sender === '<>') return '';
  return qualified(addressesIn(sender)[0] ?? sender, config);
}

interface Outside {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly bytes: Buffer;
  readonly bodyStart: number;
}

function envelopeOf(
  { ret, envid }: SendmailFlags,
  { sender, recipients, bytes, bodyStart }: Outside,
): Envelope {
  const beyondAscii = (some: Buffer): boolean => some.some((byte) => byte > 0x7f);
  return {
    reversePath: sender,
    bodyType: beyondAscii(bytes) ? '8BITMIME' : '7BIT',
    smtpUtf8:
      beyondAscii(bytes.subarray(0, bodyStart)) ||
      [sender, ...recipients].some((address) => beyondAscii(Buffer.from(address))),
    requireTls: false,
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined || envid === '' ? {} : { envid: envid.slice(0, 100) }),
  };
}
