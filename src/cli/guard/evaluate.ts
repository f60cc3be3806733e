/** `relais guard evaluate`: recorded traffic, decided as live traffic would be. */
import { Evaluation, type EvaluationSummary } from '../../core/guard/evaluation.ts';
import { scopeText } from '../../core/guard/relaxation.ts';
import { termText } from '../../core/guard/words.ts';
import { isGiven } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, harmless, localTime, rfc3339, written } from '../output.ts';
import { toRelaxation } from './relaxing.ts';
import { Doubts } from './doubts.ts';
import { jsonLines, type Line, traffic } from './traffic-file.ts';

/** Lines that are no events and are told one by one. */
const MOST_TOLD = 20;

export const guardEvaluate: Command = {
  name: 'guard evaluate',
  usage: 'FILE... [--relax SCOPE=FACTOR]... [--events] [--json]',
  summary:
    'Decides recorded traffic as the guard decides live traffic; nothing of a server is read or touched.',
  options: {
    relax: {
      type: 'string',
      multiple: true,
      doc: 'As if this were relaxed: account:a@example.org=2, domain:example.org=1.5, signal:new-country=2.',
    },
    events: { type: 'boolean', doc: 'One line for each event: what became of it, and why.' },
  },
  positionals: [1, 100],
  examples: [
    'relais guard evaluate traffic.jsonl.gz',
    'relais guard evaluate march.jsonl april.jsonl --events --json',
    'relais guard evaluate traffic.jsonl --relax domain:example.org=2',
  ],
  ownConfig: true,
  run,
};

async function run(call: Call): Promise<number> {
  const { output, positionals, options } = call;
  const relaxations = ((options['relax'] ?? []) as readonly string[]).map(toRelaxation);
  if (relaxations.some(({ scope }) => scope.kind === 'tenant'))
    throw new CommandError(
      EXIT.usage,
      'a file does not say whose a domain is: relax its domains, one by one',
    );
  const evaluation = new Evaluation(relaxations);
  const each = isGiven(call, 'events');
  let bad = 0;
  const doubts = new Doubts();
  const tellBad = (why: string): void => {
    if (++bad <= MOST_TOLD) output.note(`relais: ${why}`);
  };
  const lines = traffic(positionals, tellBad, () => jsonLines(doubts));
  let [last, early] = [0, 0];
  for await (const line of lines) {
    if (line.event.at < last) early++;
    last = line.event.at;
    const decision = evaluation.decide(line.event);
    if (each) await say(call, line, decision);
  }
  const summary = evaluation.summary();
  output.item(
    {
      schema: 'relais.guard-evaluation/1',
      ...summary,
      ...(summary.from === undefined ? {} : { from: rfc3339(summary.from) }),
      ...(summary.to === undefined ? {} : { to: rfc3339(summary.to) }),
      relax: relaxations.map((relaxation) => ({ scope: scopeText(relaxation), factor: relaxation.factor })),
      badLines: bad,
    },
    forPeople(summary),
  );
  doubts.tell(output);
  for (const relaxation of evaluation.idle())
    output.note(`relais: ${scopeText(relaxation)} is about nobody in these files`);
  if (early > 0)
    output.note(
      `relais: ${counted(early, 'line')} of an earlier time than the one before: sort each file by "t", or much is held that would not be`,
    );
  if (bad > 0)
    output.note(`relais: ${counted(bad, 'line')} could not be read as events; docs/guard.md has the format`);
  if (bad > 0) return EXIT.failed;
  return summary.events === 0 ? EXIT.nothing : EXIT.done;
}

async function say(
  { output, streams }: Call,
  { file, line, event }: Line,
  decision: ReturnType<Evaluation['decide']>,
): Promise<void> {
  const { outcome, score, terms, relaxed } = decision;
  const object = {
    schema: 'relais.guard-decision/1',
    file,
    line,
    t: event.at,
    account: event.account,
    outcome,
    score: rounded(score),
    terms: terms.map(({ signal, weight, count, atLeast }) => ({
      signal,
      weight: rounded(weight),
      ...(count === undefined ? {} : { count }),
      ...(atLeast === undefined ? {} : { atLeast }),
    })),
    ...(relaxed === undefined ? {} : { relaxed: scopeText(relaxed) }),
  };
  const why = terms.map(termText).join('; ');
  await written(
    streams.out,
    output.json
      ? `${JSON.stringify(object)}\n`
      : `${harmless(`${localTime(event.at)}  ${outcome.padEnd(4)}  ${score.toFixed(1).padStart(5)}  ${event.account}  ${why}`)}\n`,
  );
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function forPeople({ events, accounts, touched, outcomes, relaxed }: EvaluationSummary): string {
  const share = (count: number): string =>
    `${count} (${((count / Math.max(1, events)) * 10_000).toFixed(2)} of 10 000)`;
  const lines = [
    `${counted(events, 'message')} of ${counted(accounts, 'account')}`,
    `  passed          ${share(outcomes.pass)}`,
    `  doubted, passed ${share(outcomes.pool)}`,
    `  held            ${share(outcomes.hold)}`,
    `  of the stopped  ${share(outcomes.stop)}`,
    `  ${counted(touched, 'account')} had something held`,
  ];
  return [
    ...lines,
    ...(relaxed > 0 ? [`  ${relaxed} would have been held but for what is relaxed`] : []),
  ].join('\n');
}
