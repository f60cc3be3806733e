/**
 * The house's hard limits and the import table, as tests. Each rule is first shown something that breaks it, so that
 * a rule that has gone blind fails too.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cycleBreaches, layerBreaches, specifierBreaches, unusedBreaches } from './tidy/layers.ts';
import {
  booleanParameterBreaches,
  defaultExportBreaches,
  erasableBreaches,
  fileLengthBreaches,
  functionLengthBreaches,
  machineBreaches,
  parameterCountBreaches,
} from './tidy/limits.ts';
import { type Breach, parseSource, type Source } from './tidy/source.ts';

/** Files that nothing imports and that something outside the source runs. */
const ENTRIES = new Set([
  'src/main.ts',
  'src/store/sqlite/schema.ts',
  'test/bench/main.ts',
  'test/bench/guard/main.ts',
  'test/bench/imap/import.ts',
  'test/bench/imap/main.ts',
  'test/bench/replies/main.ts',
  'test/drill/main.ts',
  'test/ending.ts',
  'src/lab/explore.ts',
]);

/** `rule file` and why it is let off. */
const EXEMPT: Readonly<Record<string, string>> = {};

const LONG_FUNCTION = `function f() {\n${'  f();\n'.repeat(70)}}\n`;

interface Rule {
  readonly name: string;
  /** Over one file, or over all. */
  readonly check: ((source: Source) => Breach[]) | { over: (sources: readonly Source[]) => Breach[] };
  /** Pairs of path and text; each must be found in breach. */
  readonly bad: readonly (readonly [path: string, text: string])[];
  readonly good: readonly (readonly [path: string, text: string])[];
}

const RULES: readonly Rule[] = [
  {
    name: 'layers',
    check: layerBreaches,
    bad: [
      ['src/base/a.ts', `import '../wire/b.ts';`],
      ['src/wire/a.ts', `import type { B } from '../core/b.ts';`],
      ['src/core/a.ts', `export { b } from '../store/b.ts';`],
      ['src/core/a.ts', `export * from '../net/b.ts';`],
      ['src/core/a.ts', `await import('../net/b.ts');`],
      ['src/core/a.ts', `import 'node:fs/promises';`],
      ['src/wire/a.ts', `import 'node:sqlite';`],
      ['src/store/a.ts', `import '../net/b.ts';`],
      ['src/net/a.ts', `import '../store/b.ts';`],
      ['src/server/smtp/a.ts', `import '../../net/b.ts';`],
      ['src/server/smtp/a.ts', `import '../imap/b.ts';`],
      ['src/core/a.ts', `import '../main.ts';`],
      ['src/core/a.ts', `import '../../test/world.ts';`],
      ['src/lib/a.ts', ''],
    ],
    good: [
      ['src/core/a.ts', `import 'node:crypto'; import '../wire/b.ts'; import '../base/c.ts';`],
      ['src/core/a.test.ts', `import '../store/b.ts'; import 'node:fs';`],
      ['src/server/smtp/a.ts', `import '../b.ts'; import './c.ts'; import '../../core/d.ts';`],
      ['src/main.ts', `import './store/b.ts';`],
    ],
  },
  {
    name: 'specifiers',
    check: (source) => specifierBreaches(source, existsSync),
    bad: [
      ['src/base/a.ts', `import './clock';`],
      ['src/base/a.ts', `import './clock.js';`],
      ['src/base/a.ts', `import './nowhere.ts';`],
      ['src/base/a.ts', `new Worker(new URL('./nowhere.ts', import.meta.url));`],
    ],
    good: [['src/base/a.ts', `import './clock.ts'; import 'zod';`]],
  },
  {
    name: 'cycles',
    check: { over: cycleBreaches },
    bad: [['src/base/a.ts', `import type { A } from './a.ts';`]],
    good: [['src/base/a.ts', `import './clock.ts';`]],
  },
  {
    name: 'unused',
    check: { over: (sources) => unusedBreaches(sources, ENTRIES) },
    bad: [['src/base/a.ts', '']],
    good: [
      ['src/base/a.test.ts', ''],
      ['src/main.ts', ''],
    ],
  },
  {
    name: 'file-length',
    check: fileLengthBreaches,
    bad: [['src/base/a.ts', '\n'.repeat(501)]],
    good: [['src/base/a.ts', '\n'.repeat(500)]],
  },
  {
    name: 'function-length',
    check: functionLengthBreaches,
    bad: [
      ['src/base/a.ts', LONG_FUNCTION],
      ['src/base/a.ts', `class A { m() {${'\n'.repeat(70)}} }`],
      ['src/base/a.ts', `const f = () => {${'\n'.repeat(70)}};`],
    ],
    good: [
      ['src/base/a.ts', `class A { m() {${'\n'.repeat(69)}} }`],
      ['src/base/a.test.ts', `describe('x', () => {${'\n'.repeat(90)}});`],
    ],
  },
  {
    name: 'parameters',
    check: parameterCountBreaches,
    bad: [
      ['src/base/a.ts', 'function f(a, b, c, d) {}'],
      ['src/base/a.ts', 'class A { constructor(a, b, c, ...d) {} }'],
      ['src/base/a.ts', 'interface A { m(a: 1, b: 1, c: 1, d: 1): void }'],
    ],
    good: [['src/base/a.ts', 'function f(a, b, { c, d, e }) {}']],
  },
  {
    name: 'boolean-parameters',
    check: booleanParameterBreaches,
    bad: [
      ['src/base/a.ts', 'function f(a: boolean) {}'],
      ['src/base/a.ts', 'const f = (a = true) => a;'],
      ['src/base/a.ts', 'class A { m(a?: boolean | undefined) {} }'],
      ['src/base/a.ts', 'interface A { m(a: boolean): void }'],
    ],
    good: [
      ['src/base/a.ts', 'class A { set m(a: boolean) {} } const f = ({ a }: { a: boolean }): boolean => a;'],
    ],
  },
  {
    name: 'default-export',
    check: defaultExportBreaches,
    bad: [
      ['src/base/a.ts', 'export default 1;'],
      ['src/base/a.ts', 'const a = 1; export { a as default };'],
    ],
    good: [['src/base/a.ts', 'export const a = 1;']],
  },
  {
    name: 'erasable',
    check: erasableBreaches,
    bad: [
      ['src/base/a.ts', 'enum A { B }'],
      ['src/base/a.ts', 'class A { constructor(private readonly a: string) {} }'],
      ['src/base/a.ts', 'namespace A { export const b = 1; }'],
    ],
    good: [['src/base/a.ts', `type A = 'b';`]],
  },
  {
    name: 'machine',
    check: machineBreaches,
    bad: [
      ['src/core/a.ts', 'Date.now();'],
      ['src/core/a.ts', 'const now = Date.now;'],
      ['src/core/a.ts', 'new Date();'],
      ['src/wire/a.ts', 'Math.random();'],
      ['src/store/a.ts', 'setTimeout(() => {}, 1);'],
      ['src/server/a.ts', 'globalThis.setInterval(() => {}, 1);'],
      ['src/core/a.ts', 'process.env.HOME;'],
      ['src/core/a.ts', `import { setTimeout } from 'node:timers/promises';`],
    ],
    good: [
      ['src/core/a.ts', 'new Date(0); const Date2 = { now: 1 };'],
      ['src/base/a.ts', 'Date.now();'],
      ['src/main.ts', 'process.env.HOME;'],
    ],
  },
];

const files = globSync(['src/**/*.ts', 'test/**/*.ts']).map((path) => path.replaceAll('\\', '/'));
const sources = files.sort().map((path) => parseSource(path, readFileSync(path, 'utf8')));

function run(rule: Rule, over: readonly Source[]): Breach[] {
  const { check } = rule;
  return typeof check === 'function' ? over.flatMap(check) : check.over(over);
}

for (const rule of RULES) {
  test(`tidy: ${rule.name}`, () => {
    for (const [path, text] of rule.bad) {
      assert.notEqual(run(rule, [parseSource(path, text)]).length, 0, `the rule no longer finds: ${text}`);
    }
    for (const [path, text] of rule.good) assert.deepEqual(run(rule, [parseSource(path, text)]), []);
    const breaches = run(rule, sources).filter(({ path }) => EXEMPT[`${rule.name} ${path}`] === undefined);
    const told = breaches.map(({ path, line, what }) => `${path}:${line}: ${what}`);
    if (told.length > 0) assert.fail(`\n${told.join('\n')}\n`);
  });
}

test('tidy: every exemption is still needed', () => {
  const idle = Object.keys(EXEMPT).filter((entry) => {
    const [name, path] = entry.split(' ');
    const rule = RULES.find((candidate) => candidate.name === name);
    return rule === undefined || !run(rule, sources).some((breach) => breach.path === path);
  });
  assert.deepEqual(idle, []);
});
