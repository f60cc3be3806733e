import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { replay } from './replay.ts';
import { reportHtml } from './report/report.ts';
import { EVENT_WORDS, notes, TARGET_WORDS, WORDS } from './report/words.ts';
import { type Result, verdicts } from './result.ts';
import { parseScenario, type Scenario, TARGETS } from './scenario.ts';

const DAY = `
title = "A small day"
titleFr = "Une petite journée"
summary = "A <short> line, then all of it & more."
summaryFr = "Une ligne étroite, puis toute la ligne."
starts = "2018-03-12 09:00"
length = "90m"
back = "2018-03-12 09:50"
targets = ["lost", "expired", "inversions", "extra-wait", "live-delay", "neighbour"]
[mail]
mailboxes = 400
messagesPerDay = 24000
smallHosts = 3
[line]
capacity = "5Mbit/s"
[budget]
mail = "1Mbit/s"
out = "1Mbit/s"
[neighbour]
peak = "3Mbit/s"
[[event]]
at = "2018-03-12 09:10"
what = "returning"
rate = "20Mbit/s"
for = "40m"
[[event]]
at = "2018-03-12 09:50"
what = "budget"
rate = "2Mbit/s"
`;

function day(): Scenario {
  const result = parseScenario('small', DAY);
  if ('errors' in result) assert.fail(result.errors.map(({ message }) => message).join('\n'));
  return result.scenario;
}

describe('a small day, replayed', () => {
  let result: Result;

  before(async () => {
    result = await replay(day(), 3);
  });

  it('is the same again to the byte, and with another seed another', async () => {
    const again = await replay(day(), 3);
    assert.equal(JSON.stringify(again), JSON.stringify(result));
    assert.equal(reportHtml(again), reportHtml(result));
    assert.notEqual(
      (await replay({ ...day(), lengthMs: 600_000 }, 4)).ways.relais.digest,
      result.ways.relais.digest,
    );
  });

  it('costs Relais what the capacity needs, and the way of 2018 and the neighbour much more', () => {
    const { classic, relais } = result.ways;
    assert.ok(relais.measures.waitingAtBack > 300, `${relais.measures.waitingAtBack} waited`);
    const { idealMs, extraMs } = relais.measures;
    assert.ok(extraMs.p99 >= idealMs.p99, 'nobody beats the ideal');
    assert.ok(classic.measures.extraMs.p99 > 2 * extraMs.p99, JSON.stringify(classic.measures.extraMs));
    assert.ok(classic.measures.neighbourWorst < 0.5 && relais.measures.neighbourWorst === 1);
    const figures = new Map(verdicts(result).map(({ target, measured }) => [target, measured.relais]));
    assert.deepEqual([...figures.keys()].sort(), [...TARGETS].sort());
    for (const target of ['lost', 'expired', 'inversions'] as const)
      assert.equal(figures.get(target), 0, target);
    assert.ok(relais.measures.liveMs.median < 10_000, JSON.stringify(relais.measures.liveMs));
    assert.ok(relais.standings.some(({ kind, blame }) => kind === 'freeze' && blame === 'local'));
  });

  it('tells of every delivery: what was accepted has ended or waits', () => {
    for (const { measures, series } of Object.values(result.ways)) {
      assert.equal(measures.lost, 0);
      assert.ok(measures.delivered + measures.refused + measures.returned <= measures.accepted);
      const sum = Object.values(series.byProvider).map((values) => values.at(-1) ?? 0);
      assert.equal(
        sum.reduce((a, b) => a + b, 0),
        series.backlog.at(-1),
      );
    }
  });

  it('has a report that is well formed, in both languages, and needs nothing from elsewhere', () => {
    const html = reportHtml(result);
    assert.deepEqual(unbalanced(html), []);
    assert.match(html, /A &lt;short&gt; line, then all of it &amp; more\./);
    // Nothing is fetched: no address but those in plain text.
    assert.doesNotMatch(html, /\b(src|href|srcset|action|data)\s*=|url\(|@import|https?:/i);
    const [english, french] = ['en', 'fr'].map((language) => html.split(` lang="${language}"`).length - 1);
    // The page itself is said to be in English.
    assert.equal((english ?? 0) - 1, french);
    for (const [, id] of html.matchAll(/aria-labelledby="([^"]+)"/g))
      assert.ok(html.includes(` id="${id}"`), `nothing is named ${id}`);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, 'every id once');
    assert.doesNotMatch(html, /NaN|undefined|Infinity|\{\w+\}<|MAX_SAFE/);
  });
});

it('every sentence is there in both languages', () => {
  const about = { scale: '1', mailboxes: '2', seed: '3', digest: 'd' };
  const all = [
    ...Object.values(WORDS),
    ...Object.values(TARGET_WORDS),
    ...Object.values(EVENT_WORDS),
    ...notes(about),
  ];
  for (const { en, fr } of all) {
    assert.ok(en !== '' && fr !== '');
    const values = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([value]) => value).sort();
    assert.deepEqual(values(en), values(fr), en);
    // French has a space before these.
    assert.doesNotMatch(fr, /\p{L}[:;?!](\s|$)/u);
  }
});

/** Tags that are not closed, or closed in another order. */
function unbalanced(html: string): string[] {
  const void_ = new Set(['meta', 'input', 'rect', 'line', 'polyline', 'polygon', 'br']);
  const open: string[] = [];
  const wrong: string[] = [];
  const body = html.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '').replace('<!doctype html>', '');
  for (const [, end, name = ''] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (void_.has(name)) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}
