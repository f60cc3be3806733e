/** One TypeScript file, parsed, with what the rules ask of it. */
import { posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

export type Program = ReturnType<typeof parseSync>['program'];

export interface Reference {
  /** As written: `./x.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** The file meant, from the root of the repository; nothing for a package. */
  readonly file?: string;
  readonly line: number;
}

export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  readonly program: Program;
  /** Imports, re-exports, dynamic imports, and files named by `new URL('./x.ts', import.meta.url)` (workers). */
  readonly references: readonly Reference[];
  lineAt(offset: number): number;
}

/** A rule that a file breaks. */
export interface Breach {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** Parses a file; a syntax error is an error. */
export function parseSource(path: string, text: string): Source {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const refer = (specifier: string, offset: number): Reference => {
    const line = lineAt(offset);
    if (!specifier.startsWith('.')) return { specifier, line };
    return { specifier, line, file: posix.normalize(posix.join(posix.dirname(path), specifier)) };
  };
  const exported = module.staticExports.flatMap(({ entries }) => entries.slice(0, 1));
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...exported.flatMap(({ moduleRequest }) => moduleRequest ?? []),
  ];
  const references = [
    ...requests.map(({ value, start }) => refer(value, start)),
    ...literalReferences(program).map(({ value, start }) => refer(value, start)),
  ];
  const lineCount = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return { path, text, lineCount, program, references, lineAt };
}

/** What `import('…')` and `new URL('./…', import.meta.url)` name. */
function literalReferences(program: Program): { value: string; start: number }[] {
  const found: { value: string; start: number }[] = [];
  const add = (node: { type: string; value?: unknown; start: number } | undefined) => {
    if (node?.type === 'Literal' && typeof node.value === 'string')
      found.push({ value: node.value, start: node.start });
  };
  new Visitor({
    ImportExpression: (node) => add(node.source),
    NewExpression: (node) => {
      const [target, base] = node.arguments;
      const isUrl = node.callee.type === 'Identifier' && node.callee.name === 'URL' && base !== undefined;
      if (isUrl && target?.type === 'Literal' && /^\.{1,2}\/.*\.ts$/.test(String(target.value))) add(target);
    },
  }).visit(program);
  return found;
}
