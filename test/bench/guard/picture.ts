/** The picture of docs/guard.md: an account's messages, what speaks against each, and where the guard begins to hold. */
import { type Decision, Guard, THRESHOLDS } from '../../../src/core/guard/guard.ts';
import type { SendEvent } from '../../../src/core/guard/event.ts';
import type { Signal } from '../../../src/core/guard/signals.ts';
import type { Staged } from './attacks.ts';

const SHOWN = { before: 9, after: 9 };
const [WIDTH, HEIGHT, LEFT, BASE, TOP] = [900, 420, 60, 330, 50];
const UNIT = 9;
const HIGHEST = 30;
const COLOURS: Partial<Record<Signal, string>> = {
  past: '#b8c0cc',
  'new-recipients': '#3b6fb6',
  'new-network': '#7aa35a',
  'new-operator': '#5d8a3c',
  'new-country': '#3f6b23',
  'many-networks': '#b98a1d',
  'same-body': '#8a5aa8',
  'campaign-body': '#a83b6f',
  'campaign-link': '#c4577f',
  'spread-text': '#d98aa8',
  rate: '#c0632b',
};

interface Shown {
  readonly decision: Decision;
  readonly isSpam: boolean;
}

/** Of the stolen account that sent most: its last messages, and the thief's first. */
export function picture(staged: Staged): string {
  const { events, spams } = staged;
  const own = (account: string): number =>
    events.filter((event) => event.account === account && !spams.has(event)).length;
  const account = [...staged.victims].sort((one, other) => own(other) - own(one))[0] ?? '';
  const shown = shownOf(staged, account);
  const step = (WIDTH - LEFT - 150) / shown.length;
  const bars = shown.map((one, index) => bar(one, { x: LEFT + index * step, width: step * 0.72 }));
  const firstSpam = LEFT + shown.findIndex(({ isSpam }) => isSpam) * step - step * 0.14;
  const limit = y(THRESHOLDS.hold.away);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<text x="${LEFT}" y="24" font-size="15" font-weight="600" fill="#222222">One account: its owner's last messages, then a thief's</text>
${[0, 10, 20, 30].map((value) => `<line x1="${LEFT - 6}" x2="${WIDTH - 150}" y1="${y(value)}" y2="${y(value)}" stroke="#e3e6ea"/><text x="${LEFT - 12}" y="${y(value) + 4}" text-anchor="end" fill="#555555">${value}</text>`).join('\n')}
<line x1="${LEFT - 6}" x2="${WIDTH - 150}" y1="${limit}" y2="${limit}" stroke="#b3261e" stroke-dasharray="5 4"/>
<text x="${LEFT}" y="${limit - 6}" fill="#b3261e">held from here (${THRESHOLDS.hold.away})</text>
<line x1="${firstSpam}" x2="${firstSpam}" y1="${TOP}" y2="${BASE + 34}" stroke="#888888"/>
<text x="${firstSpam - 6}" y="${BASE + 34}" text-anchor="end" fill="#555555">the owner</text><text x="${firstSpam + 6}" y="${BASE + 34}" fill="#555555">the thief</text>
${bars.join('\n')}
${legend(shown)}
<text x="${LEFT}" y="${HEIGHT - 16}" fill="#555555">Height: how much likelier it is a thief's, as a natural logarithm; what speaks for the owner is not drawn. Grey: what is known from before.</text>
</svg>
`;
}

function shownOf({ events, spams }: Staged, account: string): Shown[] {
  const guard = new Guard();
  const own: { event: SendEvent; decision: Decision }[] = [];
  for (const event of events) {
    const decision = guard.decide(event);
    if (event.account === account) own.push({ event, decision });
  }
  const first = own.findIndex(({ event }) => spams.has(event));
  return own
    .slice(Math.max(0, first - SHOWN.before), first + SHOWN.after)
    .map(({ event, decision }) => ({ decision, isSpam: spams.has(event) }));
}

function y(value: number): number {
  return BASE - Math.min(value, HIGHEST) * UNIT;
}

function bar({ decision }: Shown, { x, width }: { x: number; width: number }): string {
  const against = decision.terms.filter(({ weight }) => weight > 0);
  const sorted = [...against.filter(isPast), ...against.filter((term) => !isPast(term))];
  let height = 0;
  const parts = sorted.map(({ signal, weight }) => {
    const from = height;
    height += weight;
    return `<rect x="${x.toFixed(1)}" y="${y(height).toFixed(1)}" width="${width.toFixed(1)}" height="${(y(from) - y(height)).toFixed(1)}" fill="${COLOURS[signal] ?? '#777777'}"/>`;
  });
  const isHeld = decision.outcome === 'hold' || decision.outcome === 'stop';
  const mark = isHeld ? '<tspan fill="#b3261e">held</tspan>' : '<tspan fill="#2e7d32">left</tspan>';
  return `${parts.join('')}<text x="${(x + width / 2).toFixed(1)}" y="${BASE + 16}" text-anchor="middle" font-size="10">${mark}</text>`;
}

function isPast({ signal }: Decision['terms'][number]): boolean {
  return signal === 'past';
}

function legend(shown: readonly Shown[]): string {
  const signals = new Set(
    shown.flatMap(({ decision }) =>
      decision.terms.filter(({ weight }) => weight > 0).map(({ signal }) => signal),
    ),
  );
  return [...signals]
    .map(
      (signal, index) =>
        `<rect x="${WIDTH - 140}" y="${TOP + index * 20}" width="12" height="12" fill="${COLOURS[signal] ?? '#777777'}"/><text x="${WIDTH - 122}" y="${TOP + 10 + index * 20}" fill="#333333">${signal}</text>`,
    )
    .join('\n');
}
