import { formatSize, parseSize } from '../../base/units.ts';
import type { Quota, QuotaLimits, Usage } from '../../core/mailbox/quota.ts';
import { commandLine, isGiven, readOption, toAddress, toCount, toDomain } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, sizeForPeople } from '../output.ts';
import { tellServer, withStore } from '../with-store.ts';
import { accountOf } from './of.ts';

export const accountQuota: Command = {
  name: 'account quota',
  usage: 'ADDRESS|DOMAIN [--size SIZE] [--messages N] [--none]',
  summary: 'What an account uses of what it may keep; sets the limits of an account, or of a whole domain.',
  options: {
    size: { type: 'string', doc: 'What its messages may take, such as 5GB; as it was, unless given.' },
    messages: { type: 'string', doc: 'How many messages there may be; as it was, unless given.' },
    none: { type: 'boolean', doc: 'No limit of its own: for an account, those of the configuration.' },
  },
  positionals: [1, 1],
  examples: [
    'relais account quota ana@example.org --size 5GB',
    'relais account quota example.org --size 200GB',
  ],
  async run(call) {
    const written = call.positionals[0] as string;
    const name = written.includes('@') ? toAddress(written) : toDomain(written);
    const limits = limitsOf(call);
    return withStore(call, async (store) => {
      if (limits === undefined) {
        if (!name.includes('@'))
          throw new CommandError(
            EXIT.usage,
            'give --size, --messages or --none; what is used is shown of accounts',
          );
        const { id } = await accountOf(store, call, name);
        show(call, (await store.quota(id)) as Quota);
        return EXIT.done;
      }
      const others = isGiven(call, 'none') ? {} : ({ others: 'stay' } as const);
      const now = await store.setQuota({ name, limits, ...others });
      if (now === undefined) throw new CommandError(EXIT.nothing, `there is no account or domain ${name}`);
      await tellServer(call);
      call.output.item({ name, result: 'set', limits: inJson(now) }, `${name}: ${inWords(now)}.`);
      return EXIT.done;
    });
  },
};

/** Undefined when nothing is to be set. */
function limitsOf(call: Call): QuotaLimits | undefined {
  const bytes = readOption(call, 'size', parseSize);
  const messages = readOption(call, 'messages', toCount);
  const limits = {
    ...(bytes === undefined ? {} : { bytes }),
    ...(messages === undefined ? {} : { messages }),
  };
  const isNone = isGiven(call, 'none');
  const isSet = bytes !== undefined || messages !== undefined;
  if (isNone && isSet) throw new CommandError(EXIT.usage, '--none takes the limits away: give no others');
  return isNone || isSet ? limits : undefined;
}

function inWords({ bytes, messages }: QuotaLimits): string {
  const parts = [
    ...(bytes === undefined ? [] : [formatSize(bytes)]),
    ...(messages === undefined ? [] : [counted(messages, 'message')]),
  ];
  return parts.length === 0 ? 'no limit of its own' : `at most ${parts.join(' and ')}`;
}

function inJson({ bytes, messages }: QuotaLimits): Record<string, number | null> {
  return { sizeBytes: bytes ?? null, messages: messages ?? null };
}

function used({ bytes, messages }: Usage): string {
  return `${sizeForPeople(bytes)} in ${counted(messages, 'message')}`;
}

function show(call: Call, { address, account, limits, domain }: Quota): void {
  const { bytes: usedBytes, messages } = account;
  const ofDomain = domain === undefined ? {} : { domain: { ...domain.usage, limits: inJson(domain.limits) } };
  const object = { address, usedBytes, messages, limits: inJson(limits), ...ofDomain };
  call.output.item(object, `${address} has ${used(account)}: ${inWords(limits)}.`);
  if (domain !== undefined)
    call.output.say(`Its domain has ${used(domain.usage)}: ${inWords(domain.limits)}.`);
  if (limits.bytes === undefined)
    call.output.say(`To limit it: ${commandLine(call, ['account', 'quota', address, '--size', '5GB'])}`);
}
