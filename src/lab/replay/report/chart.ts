/** Curves as inline SVG: no script, colours from the page, every picture named by the heading above it. */
import type { Way } from '../way.ts';
import { both, same } from './text.ts';
import type { Words } from './words.ts';

export interface Line {
  /** The class that colours it. */
  readonly style: Way;
  readonly label: Words;
  /** One for each bucket; below 0: nothing there. */
  readonly values: readonly number[];
}

export interface Tick {
  readonly value: number;
  readonly label: Words;
}

export interface Chart {
  /** Of the heading that names it. */
  readonly headingId: string;
  readonly lines: readonly Line[];
  readonly max: number;
  readonly ticks: readonly Tick[];
  /** Where each hour mark stands, of 1, and its text. */
  readonly hours: readonly { readonly at: number; readonly label: string }[];
  /** Parts of the width in which something was wrong. */
  readonly troubles: readonly { readonly from: number; readonly to: number }[];
  readonly back: number;
  readonly scale?: 'linear' | 'log';
  readonly size?: 'wide' | 'half' | 'small';
  readonly filled?: 'filled';
}

const SIZES = { wide: [960, 250], half: [470, 230], small: [300, 110] } as const;
const MARGIN = { left: 58, right: 10, top: 12, bottom: 24 };
/** The least that a logarithmic scale shows. */
const LEAST = 100;

export function chart(about: Chart): string {
  const [width, height] = SIZES[about.size ?? 'wide'];
  const frame = new Frame(about, width, height);
  const { top, bottom, left, right } = MARGIN;
  const floor = height - bottom;
  const troubles = about.troubles.map(({ from, to }) => {
    const at = frame.x(from);
    return `<rect class="trouble" x="${at}" y="${top}" width="${round(frame.x(to) - at)}" height="${floor - top}"/>`;
  });
  const grid = about.ticks.map(({ value, label }) => {
    const y = frame.y(value);
    return `<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/><text class="tick" x="${left - 6}" y="${round(y + 4)}" text-anchor="end">${both(label, 'tspan')}</text>`;
  });
  const hours = about.hours.map(
    ({ at, label }) =>
      `<text class="tick" x="${frame.x(at)}" y="${height - 7}" text-anchor="middle">${both(same(label), 'tspan')}</text>`,
  );
  const x = frame.x(about.back);
  const back = `<line class="back" x1="${x}" x2="${x}" y1="${top}" y2="${floor}"/>`;
  const lines = about.lines.map((line) => frame.line(line));
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${about.headingId}">${[...troubles, ...grid, ...hours, back, ...lines].join('')}</svg>`;
}

class Frame {
  readonly #about: Chart;
  readonly #width: number;
  readonly #height: number;

  constructor(about: Chart, width: number, height: number) {
    this.#about = about;
    this.#width = width;
    this.#height = height;
  }

  /** `at`: of 1. */
  x(at: number): number {
    return round(MARGIN.left + at * (this.#width - MARGIN.left - MARGIN.right));
  }

  y(value: number): number {
    const { max, scale } = this.#about;
    const part =
      scale === 'log'
        ? Math.log(Math.max(value, LEAST) / LEAST) / Math.log(Math.max(max, LEAST * 10) / LEAST)
        : value / max;
    const room = this.#height - MARGIN.top - MARGIN.bottom;
    return round(MARGIN.top + (1 - Math.min(1, part)) * room);
  }

  line({ values, style }: Line): string {
    const all = values.flatMap((value, index) =>
      value < 0 ? [] : [[this.x((index + 0.5) / values.length), this.y(value)] as const],
    );
    // A level piece needs its ends only.
    const points = all.filter(([, y], index) => all[index - 1]?.[1] !== y || all[index + 1]?.[1] !== y);
    if (points.length === 0) return '';
    const run = points.map(([x, y]) => `${x},${y}`).join(' ');
    const stroke = `<polyline class="line ${style}" points="${run}"/>`;
    if (this.#about.filled === undefined) return stroke;
    const floor = this.y(0);
    return `<polygon class="area ${style}" points="${points[0]?.[0]},${floor} ${run} ${points.at(-1)?.[0]},${floor}"/>${stroke}`;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Four or five round marks up to at least `most`. */
export function roundMarks(most: number): number[] {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}
