/** The annotated configuration file, made from the table of options. */
import type { Options, TomlValue } from './option.ts';
import { LISTS, type List, ROOT, TABLES } from './options.ts';

const WIDTH = 110;

/** A whole `relais.toml` in which every option stands at its default, commented out by `#` without a space. */
export function configReference(): string {
  const parts = [
    comment(
      'The configuration of Relais. Every option is optional and stands here at its default: remove the # before it to change it.',
    ),
    ...optionLines(ROOT),
    ...Object.entries(LISTS).flatMap(([name, list]) => listLines(name, list)),
    ...Object.entries(TABLES).flatMap(([name, { doc, options }]) => [
      '',
      comment(doc),
      `[${name}]`,
      ...optionLines(options),
    ]),
  ];
  return `${parts.join('\n')}\n`;
}

/** The same as a page of the manual. */
export function configReferencePage(): string {
  const intro = [
    '# Configuration',
    '',
    '<!-- Made by `npm run docs` from src/core/config. -->',
    '',
    '`relais serve --config relais.toml` reads this file, and `relais config check` says what is wrong with it. Unknown keys are',
    'refused. Sizes are written "35MB" (10^6) or "10MiB" (2^20), durations "500ms", "30s", "5m", "4h", "5d", rates "80Mbit/s".',
  ];
  return `${intro.join('\n')}\n\n\`\`\`toml\n${configReference()}\`\`\`\n`;
}

function optionLines(options: Options): string[] {
  return Object.entries(options).flatMap(([name, { doc, default: value }]) =>
    value === undefined ? [] : [comment(doc), `#${name} = ${written(value)}`],
  );
}

/** The built-in element of a list, and where a written one that does not say is another. */
function elementLines(
  name: string,
  options: Options,
  builtIn: Readonly<Record<string, TomlValue>>,
): string[] {
  return Object.entries(options).flatMap(([key, { doc, default: value }]) => {
    const shown = builtIn[key] ?? value;
    if (shown === undefined) return [];
    const same = value !== undefined && written(value) === written(shown);
    const missing =
      value === undefined
        ? ` Must be written in each [[${name}]].`
        : ` A written [[${name}]] that does not say: ${written(value)}.`;
    return [comment(same ? doc : doc + missing), `#${key} = ${written(shown)}`];
  });
}

/** With a default: as that. Without: the options as comments, and an example set in, which stays a comment. */
function listLines(name: string, list: List): string[] {
  const head = ['', comment(list.doc)];
  if (list.default.length > 0) {
    return [
      ...head,
      ...list.default.flatMap((values) => [`#[[${name}]]`, ...elementLines(name, list.options, values)]),
    ];
  }
  const options = Object.entries(list.options).map(([key, { doc }]) => comment(`${key}: ${doc}`));
  const example = Object.entries(list.example ?? {}).map(
    ([key, value]) => `#     ${key} = ${written(value)}`,
  );
  return [...head, ...options, `#     [[${name}]]`, ...example];
}

function written(value: TomlValue): string {
  return Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    : JSON.stringify(value);
}

/** `# ` before each line, wrapped between words. */
function comment(text: string): string {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
