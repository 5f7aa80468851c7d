/**
 * `npm test` and `npm run test:long`: every check of the project, one after the other, with a summary that
 * says what failed and how many tests passed. A failing step does not stop the later ones, except where they need its
 * output.
 *
 * Usage: node build/test.ts [--long] [STEP …]     (steps: the names of the table below)
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { describeFailures, type Failure, type Report, readReport } from './test-report.ts';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Counted by the step itself in a JSON file (see `build/test-report.ts`), or 1 for the step as a whole. */
  readonly counts: 'whole' | 'vitest' | 'result-file';
  /** Later steps cannot say anything useful when this one fails. */
  readonly required?: boolean;
  readonly long?: boolean;
}

interface Outcome {
  readonly name: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
  /** What the step wrote last. */
  readonly lastLines: readonly string[];
}

/** Lines of a step's output that are kept for the summary. */
const LAST_LINES = 40;

const root = path.resolve(import.meta.dirname, '..');
const bin = (tool: string): string => path.join(root, 'node_modules/.bin', tool);

const steps: readonly Step[] = [
  { name: 'format', command: [bin('prettier'), '--check', '--log-level=warn', '.'], counts: 'whole' },
  { name: 'lint', command: [bin('eslint'), '--max-warnings=0', '.'], counts: 'whole' },
  { name: 'types', command: [bin('tsc'), '-p', '.'], counts: 'whole' },
  { name: 'types of the system', command: [process.execPath, 'build/build.ts', '--check'], counts: 'whole' },
  {
    name: 'types of the renderer',
    command: [bin('svelte-check'), '--tsconfig', 'renderer/tsconfig.json', '--fail-on-warnings'],
    counts: 'whole',
  },
  {
    name: 'imports',
    command: [
      bin('depcruise'),
      '--config',
      '.dependency-cruiser.cjs',
      'electron',
      'renderer',
      'emulator',
      'disk-images',
      'build',
      'tests',
      'bench',
    ],
    counts: 'whole',
  },
  { name: 'build', command: [process.execPath, 'build/build.ts'], counts: 'whole', required: true },
  { name: 'unit', command: [bin('vitest'), 'run'], counts: 'vitest' },
  { name: 'system', command: [process.execPath, 'tests/system/run.ts'], counts: 'result-file' },
  {
    name: 'app',
    command: [bin('vitest'), 'run', '--config', 'tests/app/vitest.config.ts'],
    counts: 'vitest',
  },
  {
    name: 'long',
    command: [bin('vitest'), 'run', '--config', 'tests/long/vitest.config.ts'],
    counts: 'vitest',
    long: true,
  },
];

/** Keeps the last lines of what is written to it. */
class LastLines {
  #text = '';

  add(text: string): void {
    this.#text = (this.#text + text).split('\n').slice(-LAST_LINES).join('\n');
  }

  get lines(): readonly string[] {
    return this.#text.trimEnd().split('\n');
  }
}

/**
 * Runs a command in the project's folder and passes its output on; resolves to its exit code, 1 for a signal, and to
 * the last lines of its output.
 */
function run(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; lastLines: readonly string[] }> {
  const [program, ...args] = command;
  if (program === undefined) throw new Error('a step needs a command');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
    const last = new LastLines();
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.setEncoding('utf8').on('data', (text: string) => {
        last.add(text);
        to.write(text);
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== null) last.add(`\nended by ${signal}\n`);
      resolve({ code: code ?? 1, lastLines: last.lines });
    });
  });
}

async function runStep(step: Step): Promise<Outcome> {
  process.stdout.write(`\n── ${step.name}\n`);
  const file = path.join(
    tmpdir(),
    `breenix-test-${String(process.pid)}-${step.name.replaceAll(' ', '-')}.json`,
  );
  const reporters =
    step.counts === 'vitest' ? ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`] : [];
  const started = performance.now();
  const { code, lastLines } = await run([...step.command, ...reporters], {
    ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
    ...process.env,
    BREENIX_TEST_REPORT: file,
  });
  const seconds = (performance.now() - started) / 1000;
  const ended = code === 0 ? 0 : 1;
  // A runner that should count its tests and leaves no report failed, whatever its exit code.
  const report: Report | null =
    step.counts === 'whole'
      ? { passed: 1 - ended, failed: ended, skipped: 0, failures: [] }
      : readReport(file);
  rmSync(file, { force: true });
  if (report === null)
    return { name: step.name, seconds, passed: 0, failed: 1, skipped: 0, failures: [], lastLines };
  // So did one that ended badly without a failed test (an error outside of all tests, a crash).
  return { name: step.name, seconds, ...report, failed: Math.max(report.failed, ended), lastLines };
}

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `test: no step '${unknown.join(', ')}'; steps: ${steps.map((step) => step.name).join(', ')}\n`,
  );
  process.exit(2);
}
const wanted = steps.filter((step) =>
  positionals.length > 0 ? positionals.includes(step.name) : values.long || step.long !== true,
);
const outcomes: Outcome[] = [];
for (const step of wanted) {
  const outcome = await runStep(step);
  outcomes.push(outcome);
  if (outcome.failed > 0 && step.required === true) break;
}
process.stdout.write('\n');
for (const { name, failed, failures, lastLines } of outcomes) {
  if (failed > 0) process.stdout.write(`${describeFailures(name, failures, lastLines, root)}\n\n`);
}
for (const { name, seconds, passed, failed, skipped } of outcomes) {
  const verdict = failed === 0 ? 'ok  ' : 'FAIL';
  const extra = skipped > 0 ? `, ${String(skipped)} skipped` : '';
  process.stdout.write(
    `${verdict} ${name}: ${String(passed)} passed, ${String(failed)} failed${extra} (${seconds.toFixed(1)} s)\n`,
  );
}
const total = (field: 'passed' | 'failed' | 'skipped'): number =>
  outcomes.reduce((sum, outcome) => sum + outcome[field], 0);
const notRun = wanted.length - outcomes.length;
if (notRun > 0) process.stdout.write(`${String(notRun)} steps were not run, because the build failed\n`);
const skipped = total('skipped') > 0 ? `, ${String(total('skipped'))} skipped` : '';
process.stdout.write(`${String(total('passed'))} passed, ${String(total('failed'))} failed${skipped}\n`);
process.exitCode = total('failed') > 0 || notRun > 0 ? 1 : 0;
