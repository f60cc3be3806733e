/**
 * The report of a replay: one HTML page that needs nothing else, light and dark, in English and French, made to be
 * understood in one look. The same result gives the same page, to the byte.
 */
import type { Result, WayResult } from '../result.ts';
import type { ReplayEvent, Scenario } from '../scenario.ts';
import { OTHERS } from '../series.ts';
import { type Way, WAYS } from '../way.ts';
import { type Chart, chart, type Line, roundMarks, type Tick } from './chart.ts';
import { STYLE } from './style.ts';
import { drained, table } from './table.ts';
import { both, clock, escapeHtml, filled, number, percent, rateText, same, span } from './text.ts';
import { EVENT_WORDS, notes, TARGET_WORDS, WORDS, type Words } from './words.ts';

const HOUR_MS = 3_600_000;
/** Shown; the JSON has all. */
const MOST_STANDINGS = 14;
const PROVIDERS_SHOWN: Readonly<Record<string, string>> = {
  google: 'Gmail',
  outlook: 'Outlook',
  yahoo: 'Yahoo',
  orange: 'Orange',
  free: 'Free',
  sfr: 'SFR',
  laposte: 'La Poste',
};
/** The reader's language, unless chosen; without it the page is in English. */
const CHOOSE = `for(const l of navigator.languages){const i=document.getElementById('in-'+l.slice(0,2));if(i){i.checked=true;break}}`;

export function reportHtml(result: Result): string {
  const { scenario } = result;
  const refusing = refusingWords(result, WORDS.refusing);
  const parts = [
    sides(result),
    card('oldest', WORDS.oldest, { help: filled(WORDS.oldestHelp, { refusing }), body: oldest(result) }),
    card('live', WORDS.live, { help: filled(WORDS.liveHelp, { refusing }), body: live(result) }),
    scenario.neighbour.peakOctets > 0
      ? card('neighbour', WORDS.neighbour, { help: WORDS.neighbourHelp, body: neighbour(result) })
      : '',
    card('providers', WORDS.providers, { help: WORDS.providersHelp, body: providers(result) }),
    `<section class="card"><h2>${both(WORDS.table)}</h2>${table(result)}</section>`,
    standings(result),
  ];
  const paragraphs = notes({
    scale: String(scenario.scale),
    mailboxes: number(scenario.mail.mailboxes).en,
    seed: String(result.seed),
    digest: result.ways.relais.digest.slice(0, 16),
  }).map((words) => `<p>${both(words)}</p>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(scenario.title.en)} · Relais</title>
<style>
${STYLE}
</style>
</head>
<body>
<header>
<fieldset class="switch"><legend>${both(WORDS.languages)}</legend><label lang="en"><input type="radio" name="language" id="in-en" checked> ${WORDS.language.en}</label> <label lang="fr"><input type="radio" name="language" id="in-fr"> ${WORDS.language.fr}</label></fieldset>
<h1>${both(scenario.title)}</h1>
<p class="lead">${both(scenario.summary)}</p>
<ul class="events">${scenario.events.map((event) => eventItem(event, scenario)).join('')}</ul>
</header>
<main>
${parts.filter((part) => part !== '').join('\n')}
<section class="card notes"><h2>${both(WORDS.about)}</h2>${paragraphs.join('')}</section>
</main>
<footer>Relais · relais replay ${escapeHtml(scenario.name)} --seed ${result.seed}</footer>
<script>${CHOOSE}</script>
</body>
</html>
`;
}

function eventItem(event: ReplayEvent, scenario: Scenario): string {
  const { atMs, forMs, what, provider = '' } = event;
  const [from, to] = [clock(atMs, scenario), clock(atMs + forMs, scenario)];
  const words = filled(EVENT_WORDS[what], {
    rate: rateText(event.rateOctets),
    provider: PROVIDERS_SHOWN[provider] ?? provider,
    messages: number(event.messages),
    accounts: number(event.accounts),
  });
  return `<li><b>${forMs === 0 ? from : `${from}–${to}`}</b> ${both(words)}</li>`;
}

/** Who refused the host for its spam, put into these words; nothing when nobody did. */
function refusingWords({ ways }: Result, words: Words): Words {
  const names = [...new Set([...ways.classic.series.refusing, ...ways.relais.series.refusing])].sort();
  const shown = names.map((name) => PROVIDERS_SHOWN[name] ?? name).join(', ');
  return names.length === 0 ? same('') : filled(words, { names: shown });
}

/** Both ways beside each other: three figures, and the backlog on the same scale. */
function sides(result: Result): string {
  const { scenario, ways } = result;
  const most = Math.max(...ways.classic.series.backlog, ...ways.relais.series.backlog);
  const help = filled(WORDS.backlogHelp, {
    back: clock(scenario.backMs, scenario),
    gathers: refusingWords(result, WORDS.gathers),
  });
  const side = (way: Way): string => {
    const { measures, series } = ways[way];
    const headingId = `backlog-${way}`;
    const picture = chart({
      ...frame(scenario, roundMarks(most), (value) => number(value)),
      headingId,
      lines: [{ style: way, label: WORDS[way], values: series.backlog }],
      size: 'half',
      filled: 'filled',
    });
    const big = [
      [span(measures.extraMs.p99), WORDS.extra99],
      [drained(measures, scenario), WORDS.drain],
      scenario.neighbour.peakOctets > 0
        ? [percent(measures.neighbourDay), WORDS.neighbourDay]
        : [number(measures.returned), WORDS.returned],
      ...(scenario.events.some(({ what }) => what === 'botnet')
        ? [[number(measures.spam), TARGET_WORDS.spam] as const]
        : []),
    ] as const;
    const figures = big.map(([figure, words]) => `<div><b>${both(figure)}</b>${both(words)}</div>`).join('');
    return `<section class="card ${way}"><h2>${both(WORDS[way])}</h2><p class="help">${both(way === 'classic' ? WORDS.classicWhat : WORDS.relaisWhat)}</p><div class="big">${figures}</div><h3 id="${headingId}">${both(filled(WORDS.backlogOf, { way: WORDS[way] }))}</h3>${picture}</section>`;
  };
  return `<div class="sides">${WAYS.map(side).join('')}</div><p class="help">${both(help)}</p>`;
}

function oldest(result: Result): string {
  const values = (way: WayResult): number[] => way.series.oldestMs.map((ms) => ms / HOUR_MS);
  const lines = pair(result, values);
  const ticks = roundMarks(Math.max(1, ...lines.flatMap((line) => line.values)));
  return chart({ ...frame(result.scenario, ticks, (hours) => hoursText(hours)), headingId: 'oldest', lines });
}

function live(result: Result): string {
  const lines = pair(result, ({ series }) => series.liveP99Ms);
  const max = Math.max(10_000, ...lines.flatMap((line) => line.values));
  const ticks = [
    [1_000, same('1 s')],
    [10_000, same('10 s')],
    [60_000, same('1 min')],
    [600_000, same('10 min')],
    [HOUR_MS, same('1 h')],
    [10 * HOUR_MS, same('10 h')],
    [100 * HOUR_MS, same('100 h')],
  ] as const;
  const shown = ticks.filter(([value]) => value <= max).map(([value, label]) => ({ value, label }));
  const { hours, troubles, back } = frame(result.scenario, [1], number);
  return chart({ hours, troubles, back, headingId: 'live', lines, max, ticks: shown, scale: 'log' });
}

function neighbour(result: Result): string {
  const lines = pair(result, ({ series }) => series.neighbour);
  const marks = [0, 0.25, 0.5, 0.75, 1];
  return chart({ ...frame(result.scenario, marks, percentWhole), headingId: 'neighbour', lines });
}

function providers(result: Result): string {
  const { ways, scenario } = result;
  const names = Object.keys(ways.relais.series.byProvider);
  const pictures = names.map((name) => {
    const lines = pair(result, ({ series }) => series.byProvider[name] ?? []);
    const ticks = roundMarks(Math.max(1, ...lines.flatMap((line) => line.values)));
    const { hours, ...rest } = frame(scenario, [ticks[0] ?? 0, ticks.at(-1) ?? 1], (value) => number(value));
    const headingId = `provider-${name}`;
    const title = name === OTHERS ? WORDS.others : same(PROVIDERS_SHOWN[name] ?? name);
    const picture = chart({
      ...rest,
      hours: hours.filter((_, at) => at % 2 === 0),
      headingId,
      lines,
      size: 'small',
    });
    return `<div><h3 id="${headingId}">${both(title)}</h3>${picture}</div>`;
  });
  return `<div class="smalls">${pictures.join('')}</div>`;
}

function standings({ scenario, ways }: Result): string {
  const all = ways.relais.standings;
  if (all.length === 0) return '';
  const lines = all.slice(0, MOST_STANDINGS).map(({ atMs, kind, scope, blame }) => {
    const what = /^(node:|all)/.test(scope) ? WORDS.everything : same(scope.replace(/^path:/, ''));
    return `<li>${clock(atMs, scenario)} ${both(what)} ${both(WORDS[kind])} (${escapeHtml(blame)})</li>`;
  });
  const more = all.length - lines.length;
  const rest = more > 0 ? `<p class="help">${both(filled(WORDS.more, { count: String(more) }))}</p>` : '';
  return `<section class="card"><h2>${both(WORDS.standings)}</h2><p class="help">${both(WORDS.standingsHelp)}</p><ul class="stands">${lines.join('')}</ul>${rest}</section>`;
}

function card(id: string, title: Words, { help, body }: { help: Words; body: string }): string {
  const key = (way: Way): string =>
    `<li class="${way}"><svg viewBox="0 0 34 10" aria-hidden="true"><line class="line ${way}" x1="0" x2="34" y1="5" y2="5"/></svg>${both(WORDS[way])}</li>`;
  return `<section class="card"><h2 id="${id}">${both(title)}</h2><p class="help">${both(help)}</p><ul class="key">${WAYS.map(key).join('')}</ul>${body}</section>`;
}

function pair({ ways }: Result, values: (way: WayResult) => readonly number[]): Line[] {
  return WAYS.map((way) => ({
    style: way,
    label: WORDS[way],
    values: values(ways[way]),
  }));
}

function frame(
  scenario: Scenario,
  marks: readonly number[],
  write: (value: number) => Words,
): Pick<Chart, 'max' | 'ticks' | 'hours' | 'troubles' | 'back'> {
  const { lengthMs, backMs, events } = scenario;
  const ticks: Tick[] = marks.map((value) => ({ value, label: write(value) }));
  const everyMs =
    [1, 2, 3, 4, 6, 12, 24].map((hours) => hours * HOUR_MS).find((ms) => lengthMs / ms <= 10) ?? HOUR_MS;
  const first = everyMs - ((scenario.startsAt + scenario.zoneMs) % everyMs);
  const hours: { at: number; label: string }[] = [];
  for (let ms = first % everyMs; ms < lengthMs * 0.98; ms += everyMs)
    hours.push({ at: ms / lengthMs, label: clock(ms, scenario) });
  const troubles = events
    .filter(({ forMs }) => forMs > 0)
    .map(({ atMs, forMs }) => ({ from: atMs / lengthMs, to: Math.min(1, (atMs + forMs) / lengthMs) }));
  return { max: marks.at(-1) ?? 1, ticks, hours, troubles, back: backMs / lengthMs };
}

function hoursText(hours: number): Words {
  return filled(same('{hours} h'), { hours: number(hours, Number.isInteger(hours) ? 0 : 1) });
}

function percentWhole(part: number): Words {
  return filled({ en: '{part}%', fr: '{part} %' }, { part: number(part * 100) });
}
