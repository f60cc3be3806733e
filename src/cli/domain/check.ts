import type { DnsResolver } from '../../net/resolver.ts';
import { commandLine, toDomain } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { resolverOf } from '../dns.ts';
import { withStore } from '../with-store.ts';
import {
  type Judgement,
  judgeAddress,
  judgeAlias,
  judgeDkim,
  judgeDmarc,
  judgeMx,
  judgeSpf,
  judgeSrv,
} from './judge.ts';
import { type DnsRecord, recordsOf, txtValue, zoneLine } from './records.ts';

export const domainCheck: Command = {
  name: 'domain check',
  usage: 'DOMAIN',
  summary: 'Asks DNS whether the records of a domain are right, and says exactly what to publish.',
  options: {},
  positionals: [1, 1],
  async run(call) {
    const domain = toDomain(call.positionals[0] as string);
    const keys = await withStore(call, async (store) => {
      if (await store.isLocal(domain)) return store.dkimKeys(domain);
      throw new CommandError(
        EXIT.nothing,
        `${domain} is not a domain here. To add it: ${commandLine(call, ['domain', 'add', domain])}`,
      );
    });
    const checks = await ask(recordsOf(domain, keys, call.config), call);
    for (const check of checks) tell(call, domain, check);
    return conclude(call, domain, checks);
  },
};

/** A record, or the address of our own host, which is for its operator to publish. */
interface Check {
  readonly what: string;
  readonly name: string;
  readonly record?: DnsRecord;
  readonly judgement: Judgement;
}

const NAMES = {
  mx: 'MX',
  spf: 'SPF',
  dkim: 'DKIM',
  dmarc: 'DMARC',
  srv: 'SRV',
  autoconfig: 'settings',
} as const;

function ask(records: readonly DnsRecord[], { config }: Call): Promise<Check[]> {
  const resolver = resolverOf(config);
  return Promise.all([
    ...records.map(async (record) => ({
      what: NAMES[record.purpose],
      name: record.name,
      record,
      judgement: await judgeRecord(record, resolver, config),
    })),
    resolver.addresses(config.hostname).then((answer) => ({
      what: 'address',
      name: config.hostname,
      judgement: judgeAddress(answer),
    })),
  ]);
}

/** What DNS says of one record. */
export async function judgeRecord(
  record: DnsRecord,
  resolver: DnsResolver,
  config: Call['config'],
): Promise<Judgement> {
  switch (record.purpose) {
    case 'mx':
      return judgeMx(record, await resolver.mx(record.name));
    case 'spf':
      return judgeSpf(record, await resolver.txt(record.name), config);
    case 'dkim':
      return judgeDkim(record, await resolver.txt(record.name));
    case 'dmarc':
      return judgeDmarc(await resolver.txt(record.name));
    case 'srv':
      return judgeSrv(record, await resolver.srv(record.name));
    case 'autoconfig':
      return judgeAlias(await resolver.addresses(record.name), await resolver.addresses(config.hostname));
    default:
      return record.purpose satisfies never;
  }
}

function tell({ output }: Call, domain: string, { what, name, record, judgement }: Check): void {
  const { state, found, remark, publish } = judgement;
  const wanted = publish ?? record?.text ?? record?.value;
  const line =
    record === undefined
      ? `${name}. IN A or AAAA: the public address of this server`
      : zoneLine(publish === undefined ? record : { ...record, value: txtValue(publish) });
  const parts = [
    `${what.padEnd(8)} ${state.padEnd(10)} ${name}`,
    ...(remark === undefined ? [] : [`         ${remark}`]),
    ...(state === 'different' ? found.map((text) => `         there:   ${text}`) : []),
    ...(state === 'right' ? [] : [`         ${state === 'unknown' ? 'should be' : 'publish'}: ${line}`]),
  ];
  output.item(
    {
      domain,
      record: what.toLowerCase(),
      name,
      type: record?.type ?? 'A/AAAA',
      state,
      ...(record?.optional === true ? { optional: true } : {}),
      found,
      remark,
      ...(state === 'right' ? {} : { publish: wanted, zoneLine: line }),
    },
    parts.join('\n'),
  );
}

function conclude({ output }: Call, domain: string, checks: readonly Check[]): number {
  const needed = checks.filter(({ record }) => record?.optional !== true);
  const states = needed.map(({ judgement }) => judgement.state);
  const isWrong = ({ judgement: { state } }: Check): boolean => state === 'missing' || state === 'different';
  const wrong = needed.filter(isWrong).length;
  const helpful = checks.filter(isWrong).length - wrong;
  if (helpful > 0)
    output.say(`\nMail programs find their settings by ${helpful} of these; mail works without them.`);
  if (wrong > 0) {
    output.say(
      `\n${domain}: ${wrong} of ${states.length} to put right. A change shows here once the old answer has expired, often after an hour.`,
    );
    return EXIT.failed;
  }
  if (states.includes('unknown')) {
    output.note(`${domain}: DNS did not answer everything; try again, or see relais doctor`);
    return EXIT.later;
  }
  output.say(`\n${domain}: everything is right.`);
  return EXIT.done;
}
