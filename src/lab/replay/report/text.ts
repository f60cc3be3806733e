/** Figures and moments as people read them, in both languages, and texts as HTML. */
import type { Scenario } from '../scenario.ts';
import { LANGUAGES, type Language, type Words } from './words.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** In both languages, of which the page shows one. `tag`: `span`, or `tspan` inside a picture. */
export function both(words: Words, tag = 'span'): string {
  if (words.en === words.fr) return escapeHtml(words.en);
  return LANGUAGES.map(
    (language) => `<${tag} lang="${language}">${escapeHtml(words[language])}</${tag}>`,
  ).join('');
}

/** The same in both. */
export function same(text: string): Words {
  return { en: text, fr: text };
}

/** Puts values into `{name}`. */
export function filled(words: Words, values: Readonly<Record<string, Words | string>>): Words {
  const fill = (language: Language): string =>
    words[language].replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === 'string' ? value : value[language];
    });
  return { en: fill('en'), fr: fill('fr') };
}

/** `12,345.6` and `12 345,6`. */
export function number(value: number, digits = 0): Words {
  const [whole = '', part] = value.toFixed(digits).split('.');
  const grouped = (between: string): string => whole.replace(/\B(?=(\d{3})+$)/g, between);
  return {
    en: grouped(',') + (part === undefined ? '' : `.${part}`),
    fr: grouped('\u202f') + (part === undefined ? '' : `,${part}`),
  };
}

/** `99.2 %`. */
export function percent(part: number): Words {
  const { en, fr } = number(Math.floor(part * 1000 + 1e-9) / 10, 1);
  return { en: `${en}%`, fr: `${fr}\u00a0%` };
}

/** `0.4 s`, `12 min 30 s`, `3 h 05 min`. */
export function span(ms: number): Words {
  if (ms < MINUTE_MS) {
    const { en, fr } = number(ms / 1000, ms < 9_950 ? 1 : 0);
    return { en: `${en} s`, fr: `${fr} s` };
  }
  const [large, small] =
    ms < HOUR_MS
      ? [`${Math.floor(ms / MINUTE_MS)} min`, Math.floor((ms % MINUTE_MS) / 1000)]
      : [`${Math.floor(ms / HOUR_MS)} h`, Math.floor((ms % HOUR_MS) / MINUTE_MS)];
  const two = String(small).padStart(2, '0');
  return same(ms < HOUR_MS ? `${large} ${two} s` : `${large} ${two} min`);
}

/** `3.4 Gbit/s`, `550 Mbit/s`. */
export function rateText(octetsPerSecond: number): Words {
  const megabits = (octetsPerSecond * 8) / 1e6;
  const [value, unit] = megabits >= 1000 ? [megabits / 1000, 'Gbit/s'] : [megabits, 'Mbit/s'];
  return filled(same(`{value} ${unit}`), { value: number(value, Number.isInteger(value) ? 0 : 1) });
}

/** `14:00` of the local day. */
export function clock(ms: number, { startsAt, zoneMs }: Pick<Scenario, 'startsAt' | 'zoneMs'>): string {
  const minutes = Math.floor(((startsAt + zoneMs + ms) % DAY_MS) / MINUTE_MS);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
