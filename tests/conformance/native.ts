/** Runs records on the real processor: builds native/runner.c once and hands it batches through two files. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RECORD_SIZE } from './case-format.ts';

const SOURCE = path.join(import.meta.dirname, 'native/runner.c');
const PROGRAM = path.join(import.meta.dirname, '../../out/tests/conformance-runner');
const TIMEOUT_MS = 120_000;

/** Why the real processor cannot be used here, or null. */
export function nativeObstacle(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'the reference processor is x86-64 under Linux';
  if (spawnSync('gcc', ['--version']).status !== 0) return 'gcc is not installed';
  return null;
}

/** What the processor of this machine has, by the names of /proc/cpuinfo; nothing where there is no such file. */
export function nativeFeatures(): ReadonlySet<string> {
  if (!existsSync('/proc/cpuinfo')) return new Set();
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  return new Set(flags.trim().split(/\s+/));
}

function buildRunner(): void {
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs) return;
  mkdirSync(path.dirname(PROGRAM), { recursive: true });
  const gcc = spawnSync(
    'gcc',
    ['-O2', '-mno-red-zone', '-Wall', '-Wextra', '-Werror', '-o', PROGRAM, SOURCE],
    { encoding: 'utf8' },
  );
  if (gcc.status !== 0) throw new Error(`native/runner.c does not compile:\n${gcc.stderr}`);
}

/** Results of the records in `cases`, in the same order. */
export function runNative(cases: Uint8Array): Uint8Array {
  buildRunner();
  const folder = mkdtempSync(path.join(tmpdir(), 'breenix-conformance-'));
  try {
    const casesFile = path.join(folder, 'cases');
    const resultsFile = path.join(folder, 'results');
    writeFileSync(casesFile, cases);
    writeFileSync(resultsFile, new Uint8Array(cases.length));
    const count = cases.length / RECORD_SIZE;
    const run = spawnSync(PROGRAM, [casesFile, resultsFile, String(count)], {
      timeout: TIMEOUT_MS,
      encoding: 'utf8',
    });
    if (run.status !== 0) {
      throw new Error(`the native runner failed (status ${run.status}, signal ${run.signal}): ${run.stderr}`);
    }
    return readFileSync(resultsFile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
