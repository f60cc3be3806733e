/** Rules between files: who may import whom (ARCHITECTURE, "Layers"), no cycle, nothing unused. */
import type { Breach, Source } from './source.ts';

/** Which layers each layer may import, itself always included. `test` is every `*.test.ts` and everything in `test/`. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: ['base'],
  core: ['base', 'wire'],
  store: ['base', 'wire', 'core'],
  net: ['base', 'wire', 'core'],
  server: ['base', 'wire', 'core'],
  lab: ['base', 'wire', 'core', 'store', 'net', 'server'],
  cli: ['base', 'wire', 'core', 'store', 'net', 'server', 'lab'],
  main: ['base', 'wire', 'core', 'store', 'net', 'server', 'lab', 'cli'],
  test: ['base', 'wire', 'core', 'store', 'net', 'server', 'lab', 'cli', 'main'],
};

/** What `wire` and `core` may not touch: the lab must be able to run them under its own clock and network. */
const INPUT_OUTPUT =
  /^node:(net|tls|dns|fs|https?|http2|dgram|sqlite|child_process|worker_threads|cluster|process|os|timers|perf_hooks|readline|repl|inspector)(\/|$)/;

/** The layer of a file, or nothing when it stands outside the shape of the repository. */
export function layerOf(path: string): string | undefined {
  if (path.startsWith('test/') || path.endsWith('.test.ts')) return 'test';
  if (path === 'src/main.ts') return 'main';
  const layer = /^src\/([a-z]+)\//.exec(path)?.[1] ?? '';
  return Object.hasOwn(LAYERS, layer) ? layer : undefined;
}

/** Imports against the table, I/O in pure layers, one server shell importing another, files outside the shape. */
export function layerBreaches(source: Source): Breach[] {
  const layer = layerOf(source.path);
  if (layer === undefined) return [{ path: source.path, line: 1, what: 'stands in no layer of the design' }];
  return source.references.flatMap(({ specifier, file, line }) => {
    const what = file === undefined ? packageBreach(layer, specifier) : fileBreach(source.path, file);
    return what === undefined ? [] : [{ path: source.path, line, what }];
  });
}

function packageBreach(layer: string, specifier: string): string | undefined {
  const pure = layer === 'wire' || layer === 'core';
  return pure && INPUT_OUTPUT.test(specifier) ? `${layer} imports ${specifier}` : undefined;
}

function fileBreach(from: string, to: string): string | undefined {
  const [layer, target] = [layerOf(from) ?? '', layerOf(to) ?? ''];
  if (layer !== target && !LAYERS[layer]?.includes(target))
    return `${layer} imports ${target || 'a file of no layer'}: ${to}`;
  const [shell, other] = [shellOf(from), shellOf(to)];
  if (layer === 'server' && shell !== undefined && other !== undefined && shell !== other) {
    return `the ${shell} server imports the ${other} server`;
  }
  return undefined;
}

/** `smtp` for `src/server/smtp/session.ts`; nothing for what all servers share. */
function shellOf(path: string): string | undefined {
  return /^src\/server\/([^/]+)\//.exec(path)?.[1];
}

/** Relative specifiers that do not end in `.ts` (or another real file's ending), or name no file. */
export function specifierBreaches(source: Source, exists: (path: string) => boolean): Breach[] {
  return source.references.flatMap(({ specifier, file, line }) => {
    if (file === undefined) return [];
    if (!/\.(ts|json|mjs)$/.test(specifier))
      return [{ path: source.path, line, what: `'${specifier}' lacks .ts` }];
    return exists(file) ? [] : [{ path: source.path, line, what: `'${specifier}' is not there` }];
  });
}

/** Each import cycle once, type imports counted too: they tie files together all the same. */
export function cycleBreaches(sources: readonly Source[]): Breach[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const trail: string[] = [];
  const breaches: Breach[] = [];
  const visit = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      breaches.push({ path, line: 1, what: `import cycle: ${[...trail.slice(at), path].join(' > ')}` });
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const { file } of byPath.get(path)?.references ?? [])
      if (file !== undefined && byPath.has(file)) visit(file);
    trail.pop();
    done.add(path);
  };
  for (const { path } of sources) visit(path);
  return breaches;
}

/** Files that nothing but their own test imports. Tests and the entry points named are their own reason. */
export function unusedBreaches(sources: readonly Source[], entries: ReadonlySet<string>): Breach[] {
  const used = new Set<string>();
  for (const { path, references } of sources) {
    for (const { file } of references)
      if (file !== undefined && path !== file.replace(/\.ts$/, '.test.ts')) used.add(file);
  }
  return sources
    .filter(({ path }) => !path.endsWith('.test.ts') && !entries.has(path) && !used.has(path))
    .map(({ path }) => ({ path, line: 1, what: 'nothing but its own test imports it' }));
}
