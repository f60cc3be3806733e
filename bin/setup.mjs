// Installs what is missing, then runs one task with the project's own Node.
// Plain JavaScript for any Node from 18 on: this is the only file that the machine's own Node runs.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const nodePath = join(modules, '.bin', 'node');
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];
/** A program that a signal ends has this and the signal's number as its exit code, as shells have it. */
const SIGNAL_CODE = 128;
const PARENT_LOOK_MS = 500;
const INSTALL_TRIES = 3;
const RETRY_DELAY_MS = 3_000;
const TEST_FLAGS = [
  '--test',
  '--test-reporter=spec',
  '--test-concurrency=2',
  // Of one file, and of one test in it.
  '--test-timeout=600000',
  '--import',
  join(root, 'test/ending.ts'),
];
const TEST_FILES = ['src/**/*.test.ts', 'test/**/*.test.ts'];
/** Pages that are written from the code: where, and what writes them. */
const PAGES = [
  {
    path: 'docs/reference/config.md',
    script: `import { configReferencePage } from './src/core/config/reference.ts';
      process.stdout.write(configReferencePage());`,
  },
  {
    path: 'src/store/migrations/schema.sql',
    script: `import { schemaDump } from './src/store/sqlite/schema.ts';
      process.stdout.write(schemaDump());`,
  },
];

/** The program that runs now, and the signal that asked us to end. */
let running;
let stopped;

/** Each task takes the arguments after its name and returns an exit code. */
const tasks = {
  install: async () => 0,
  start: (args) => node(['src/main.ts', 'demo', ...args]),
  relais: (args) => node(['src/main.ts', ...args]),
  test: (args) => node([...TEST_FLAGS, ...testArguments(args)]),
  lint: () => inTurn([() => tool('biome', ['check']), () => tool('tsc', [])]),
  fix: () => tool('biome', ['check', '--write']),
  docs: () => writePages(),
  check: () => inTurn([tasks.lint, checkPages, () => tasks.test([])]),
  bench: (args) => node(['test/bench/main.ts', ...args]),
  'bench:guard': (args) => node(['test/bench/guard/main.ts', ...args]),
  'bench:import': (args) => node(['test/bench/imap/import.ts', ...args]),
  'bench:imap': (args) => node(['test/bench/imap/main.ts', ...args]),
  'bench:replies': (args) => node(['test/bench/replies/main.ts', ...args]),
  drill: (args) => node(['test/drill/main.ts', ...args]),
  lab: (args) => node(['src/lab/explore.ts', ...args]),
};

/** Options pass through; files named replace the default of all files. */
function testArguments(args) {
  const files = args.filter((arg) => !arg.startsWith('-'));
  return files.length > 0 ? args : [...args, ...TEST_FILES];
}

async function inTurn(steps) {
  for (const step of steps) {
    const code = await step();
    if (code !== 0) return code;
  }
  return 0;
}

function node(args) {
  return run(nodePath, [...NODE_FLAGS, ...args]);
}

function tool(name, args) {
  return run(join(modules, '.bin', name), args);
}

async function written({ path, script }) {
  let page = '';
  const code = await run(nodePath, [...NODE_FLAGS, '--input-type=module', '-e', script], (text) => {
    page += text;
  });
  if (code !== 0) throw new Error(`${path} cannot be generated (see above).`);
  return page;
}

async function writePages() {
  for (const page of PAGES) {
    mkdirSync(dirname(join(root, page.path)), { recursive: true });
    writeFileSync(join(root, page.path), await written(page));
  }
  return 0;
}

async function checkPages() {
  for (const page of PAGES) {
    const path = join(root, page.path);
    if (existsSync(path) && readFileSync(path, 'utf8') === (await written(page))) continue;
    process.stderr.write(`${page.path} differs from what the code says: run \`npm run docs\`.\n`);
    return 1;
  }
  return 0;
}

/** Runs a program in the project's folder, hands it our signals, and resolves to its exit code. */
function run(program, args, onOutput) {
  if (stopped !== undefined) return Promise.resolve(codeOf(stopped));
  const stdout = onOutput === undefined ? 'inherit' : 'pipe';
  const child = spawn(program, args, { cwd: root, stdio: ['inherit', stdout, 'inherit'] });
  child.stdout?.setEncoding('utf8').on('data', onOutput);
  running = child;
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running = undefined;
      resolve(code ?? codeOf(signal));
    });
  });
}

/** Signals go to the program that runs; with none, this one ends. Once one came, nothing more begins. */
function endOn(signal) {
  stopped ??= signal;
  if (running === undefined) process.exit(codeOf(signal));
  running.kill(signal);
}

function passSignalsOn() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, endOn);
  if (process.env.npm_lifecycle_event === undefined) return;
  // npm hands a signal to the shell between us, which dies of it and tells nobody.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    endOn('SIGTERM');
  }, PARENT_LOOK_MS);
  watch.unref();
}

function codeOf(signal) {
  return SIGNAL_CODE + constants.signals[signal];
}

/** The packages of a lock file by their folder, or nothing when there is no such file. */
function lockedPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/** Whether every package of the lock file is there in its version. npm writes its own record last, so a broken-off install shows. */
function isInstalled() {
  const present = lockedPackages(join(modules, '.package-lock.json'));
  if (present === undefined || !existsSync(nodePath)) return false;
  return Object.entries(lockedPackages(join(root, 'package-lock.json'))).every(
    ([folder, { version, optional }]) => {
      if (folder === '') return true;
      return present[folder] === undefined ? optional === true : present[folder].version === version;
    },
  );
}

/** The platform's package of Node brings a program that some versions of npm forget to link. */
function linkNode() {
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  const found = names.find((name) => existsSync(join(modules, name, 'bin', 'node')));
  if (found === undefined) {
    throw new Error(
      `There is no package of Node for ${process.platform} on ${process.arch}; Linux and macOS have one.`,
    );
  }
  if (!existsSync(nodePath)) symlinkSync(join('..', found, 'bin', 'node'), nodePath);
}

async function install() {
  const inNpm = process.env.npm_execpath?.endsWith('.js') === true;
  const [program, first] = inNpm ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  for (let attempt = 1; attempt <= INSTALL_TRIES; attempt++) {
    process.stderr.write('Installing what is missing (about half a minute)…\n');
    const code = await run(program, [...first, 'ci', '--loglevel=error'], (text) =>
      process.stderr.write(text),
    );
    if (stopped !== undefined) process.exit(codeOf(stopped));
    if (code === 0) return linkNode();
    if (attempt < INSTALL_TRIES)
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * attempt));
  }
  throw new Error(
    `The packages cannot be installed. Look above for npm's reason; \`npm ci\` in ${root} tries again by hand.`,
  );
}

async function main([name, ...args]) {
  const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined;
  if (task === undefined) {
    process.stderr.write(`usage: node bin/setup.mjs ${Object.keys(tasks).join('|')} [arguments]\n`);
    return 2;
  }
  if (!isInstalled()) await install();
  return task(args);
}

passSignalsOn();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
