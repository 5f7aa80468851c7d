/**
 * busybox's own test suite, from Debian's source package, against Debian's busybox-static: on Breenix and on the Linux
 * that runs this. Nothing of it is in the repository.
 *
 * Rules for callers: the scripts run at FOLDER on both systems, with busybox's shell whatever /bin/sh is there.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from '../../build/cache.ts';
import { debianBinary, debianSources } from '../../build/foreign/debian.ts';

/** Where the suite lies and runs: the scripts name their interpreter by it. */
export const FOLDER = '/var/tmp/breenix-busybox';

export type Verdict = 'PASS' | 'FAIL' | 'SKIPPED' | 'UNTESTED';

/** Verdict of each test by name; of two tests with one name the second gets "#2" and so on. */
export type Verdicts = ReadonlyMap<string, Verdict>;

const SHEBANG = /^#! *\/bin\/(?:ba)?sh/;
/** Tests of programs that need a network, which Breenix has not. */
const LEFT_OUT = /^wget/;
/** Two tests of bc that are minutes of arithmetic on an emulated processor and ask nothing of the system. */
const ENDLESS_SUMS = /^testing "bc (?:parsing|printing) of numbers"[^]*?^\}'$/gm;

export interface SuiteFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

/** Every file of the suite as it must lie on the system under test. */
export function suiteFiles(): SuiteFile[] {
  const [source = ''] = debianSources(['busybox']);
  const suite = path.join(source, 'testsuite');
  const files = listFiles(suite, (name) => !LEFT_OUT.test(name))
    .filter((file) => !LEFT_OUT.test(path.relative(suite, file)))
    .map((file): SuiteFile => {
      const bytes = readFileSync(file);
      const text = bytes.toString('latin1');
      const script = text.replace(SHEBANG, `#!${FOLDER}/busybox sh`).replaceAll(ENDLESS_SUMS, '');
      const content = SHEBANG.test(text) ? Buffer.from(script, 'latin1') : bytes;
      return {
        path: `${FOLDER}/testsuite/${path.relative(suite, file)}`,
        content,
        mode: statSync(file).mode & 0o777,
      };
    });
  const program = path.join(debianBinary('busybox-static'), 'bin/busybox');
  const configuration = path.join(source, 'debian/config/pkg/static');
  return [
    ...files,
    { path: `${FOLDER}/busybox`, content: readFileSync(program), mode: 0o755 },
    { path: `${FOLDER}/.config`, content: readFileSync(configuration), mode: 0o644 },
  ];
}

/** One shell command that runs the suite. */
export const command =
  `cd ${FOLDER}/testsuite && env -i HOME=/root PATH=/bin:/usr/bin tsdir=${FOLDER}/testsuite bindir=${FOLDER} ` +
  `${FOLDER}/busybox sh runtest`;

export function parseVerdicts(output: string): Verdicts {
  const verdicts = new Map<string, Verdict>();
  const seen = new Map<string, number>();
  for (const [, verdict, name = ''] of output.matchAll(/^(PASS|FAIL|SKIPPED|UNTESTED): (.*?)\r?$/gm)) {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    verdicts.set(count === 1 ? name : `${name} #${count}`, verdict as Verdict);
  }
  return verdicts;
}

/** Runs the suite on this Linux. */
export function runOnLinux(): Verdicts {
  rmSync(FOLDER, { recursive: true, force: true });
  try {
    for (const file of suiteFiles()) {
      mkdirSync(path.dirname(file.path), { recursive: true });
      writeFileSync(file.path, file.content);
      chmodSync(file.path, file.mode);
    }
    const { stdout } = spawnSync('sh', ['-c', `${command} 2>/dev/null </dev/null`], {
      encoding: 'latin1',
      timeout: 600_000,
      maxBuffer: 1 << 26,
    });
    return parseVerdicts(stdout);
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

export function count(verdicts: Verdicts, wanted: Verdict): number {
  return [...verdicts.values()].filter((verdict) => verdict === wanted).length;
}

/** Tests whose verdicts differ, as `name: ours on Breenix, theirs on Linux`. */
export function differences(breenix: Verdicts, linux: Verdicts): string[] {
  return [...linux]
    .filter(([name, verdict]) => breenix.get(name) !== verdict)
    .map(([name, verdict]) => `${name}: ${breenix.get(name) ?? 'nothing'} on Breenix, ${verdict} on Linux`);
}
