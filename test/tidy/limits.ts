/** Rules within one file: length, parameters, exports, erasable syntax, and no clock or chance but through ports. */
import { Visitor } from 'oxc-parser';
import type { Breach, Source } from './source.ts';

const MOST_FILE_LINES = 500;
const MOST_FUNCTION_LINES = 70;
const MOST_PARAMETERS = 3;

/** The parts that may ask the machine for time, chance and environment. */
const MAY_ASK_MACHINE = /^(src\/(base|net|cli)\/|src\/main\.ts$|test\/)/;
const MACHINE_MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'process.env',
  'process.hrtime',
  'performance.now',
]);
const MACHINE_CALLS = new Set(['setTimeout', 'setInterval']);
const MACHINE_MODULES = /^node:(timers|perf_hooks)(\/|$)/;

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Parameter extends Node {
  readonly left?: Node;
  readonly right?: Node & { readonly value?: unknown };
  readonly typeAnnotation?: { readonly typeAnnotation: TypeNode } | null;
}

interface TypeNode extends Node {
  readonly types?: readonly TypeNode[];
}

interface FunctionNode extends Node {
  readonly params: readonly Node[];
  readonly body?: unknown;
}

/** More than 500 lines in a file. */
export function fileLengthBreaches({ path, lineCount }: Source): Breach[] {
  return lineCount <= MOST_FILE_LINES
    ? []
    : [{ path, line: 1, what: `${lineCount} lines; at most ${MOST_FILE_LINES}` }];
}

/** Functions of more than 70 lines (the callback of a `describe`, or of what makes one, is a list of tests, and counts test by test). */
export function functionLengthBreaches(source: Source): Breach[] {
  return functionsOf(source).flatMap((node) => {
    const lines = source.lineAt(node.end) - source.lineAt(node.start) + 1;
    return lines <= MOST_FUNCTION_LINES
      ? []
      : [breach(source, node, `a function of ${lines} lines; at most ${MOST_FUNCTION_LINES}`)];
  });
}

/** More than three positional parameters. */
export function parameterCountBreaches(source: Source): Breach[] {
  return functionsOf(source).flatMap((node) => {
    const count = node.params.length;
    return count <= MOST_PARAMETERS
      ? []
      : [breach(source, node, `${count} parameters; at most ${MOST_PARAMETERS}`)];
  });
}

/** A boolean as positional parameter: at the call nobody sees what `true` means. */
export function booleanParameterBreaches(source: Source): Breach[] {
  return functionsOf(source).flatMap((node) =>
    node.params
      .filter(isBoolean)
      .map((parameter) => breach(source, parameter, 'a boolean parameter: name it in an options object')),
  );
}

/** Default exports. */
export function defaultExportBreaches(source: Source): Breach[] {
  const found: Breach[] = [];
  new Visitor({
    ExportDefaultDeclaration: (node) => void found.push(breach(source, node, 'a default export')),
    ExportSpecifier: (node) => {
      if ('name' in node.exported && node.exported.name === 'default')
        found.push(breach(source, node, 'a default export'));
    },
  }).visit(source.program);
  return found;
}

/** Syntax that type stripping cannot erase: enums, parameter properties, namespaces with code, `import =`. */
export function erasableBreaches(source: Source): Breach[] {
  const found: Breach[] = [];
  const report = (what: string) => (node: Node) => void found.push(breach(source, node, what));
  new Visitor({
    TSEnumDeclaration: report('an enum: use a union of literals'),
    TSParameterProperty: report('a parameter property: declare the field'),
    TSModuleDeclaration: report('a namespace'),
    TSImportEqualsDeclaration: report('import ='),
    TSExportAssignment: report('export ='),
  }).visit(source.program);
  return found;
}

/** The machine's clock, timers, chance or environment outside the parts that may ask for them. */
export function machineBreaches(source: Source): Breach[] {
  if (MAY_ASK_MACHINE.test(source.path)) return [];
  const found: Breach[] = source.references
    .filter(({ specifier }) => MACHINE_MODULES.test(specifier))
    .map(({ specifier, line }) => ({ path: source.path, line, what: `${specifier}: use the Clock port` }));
  const report = (node: Node, name: string) =>
    found.push(breach(source, node, `${name}: use a port of base/`));
  new Visitor({
    MemberExpression: (node) => {
      const name = memberName(node);
      if (MACHINE_MEMBERS.has(name.replace(/^globalThis\./, ''))) report(node, name);
    },
    CallExpression: (node) => {
      const callee =
        node.callee.type === 'Identifier'
          ? node.callee.name
          : memberName(node.callee).replace('globalThis.', '');
      if (MACHINE_CALLS.has(callee)) report(node, callee);
    },
    NewExpression: (node) => {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
      if (isDate && node.arguments.length === 0) report(node, 'new Date()');
    },
  }).visit(source.program);
  return found;
}

function memberName(node: Node & { object?: Node; property?: Node }): string {
  if (node.type === 'Identifier') return (node as Node & { name: string }).name;
  if (node.type !== 'MemberExpression' || node.object === undefined || node.property === undefined) return '';
  return `${memberName(node.object)}.${memberName(node.property)}`;
}

/** Every function with a body or a signature in a class or interface; setters take what they are given. */
function functionsOf(source: Source): FunctionNode[] {
  const found = new Set<FunctionNode>();
  const exempt = new Set<Node>();
  const add = (node: FunctionNode) => void found.add(node);
  new Visitor({
    CallExpression: (node) => {
      if (node.callee.type !== 'Identifier' || !/^(describe|suite|onEveryStore)$/.test(node.callee.name))
        return;
      for (const argument of node.arguments) exempt.add(argument);
    },
    MethodDefinition: (node) => {
      if (node.kind === 'set') exempt.add(node.value);
    },
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
    TSDeclareFunction: add,
    TSEmptyBodyFunctionExpression: add,
    TSMethodSignature: add,
  } as ConstructorParameters<typeof Visitor>[0]).visit(source.program);
  return [...found].filter((node) => !exempt.has(node));
}

function isBoolean(node: Node): boolean {
  const parameter = node as Parameter;
  if (parameter.type === 'AssignmentPattern') {
    return (
      typeof parameter.right?.value === 'boolean' ||
      (parameter.left !== undefined && isBoolean(parameter.left))
    );
  }
  const type = parameter.typeAnnotation?.typeAnnotation;
  return type !== undefined && isBooleanType(type);
}

function isBooleanType(type: TypeNode): boolean {
  if (type.type === 'TSBooleanKeyword') return true;
  return type.type === 'TSUnionType' && (type.types ?? []).some(isBooleanType);
}

function breach(source: Source, node: Node, what: string): Breach {
  return { path: source.path, line: source.lineAt(node.start), what };
}
