/**
 * Builds the C tests: each tests/programs/NAME.c to out/c-tests/NAME, static against musl. They become /tests/c on the
 * disk, beside the tests in TypeScript, and check what needs a libc of other people's making.
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildIdentity, isFresh, listFiles, markFresh } from './cache.ts';
import { buildMuslProgram, MUSL_LIBRARY } from './musl.ts';
import { fromRoot, OUT } from './paths.ts';
import type { Report } from './report.ts';
import { inParallel } from './toolchain/clang.ts';

export const C_TESTS_OUT = path.join(OUT, 'c-tests');

const SOURCES = fromRoot('tests/programs');

export async function buildCTests(report: Report): Promise<void> {
  const identity = buildIdentity(['c-tests.ts', 'musl.ts']);
  const headers = listFiles(SOURCES, (name) => name.endsWith('.h'));
  const programs = listFiles(SOURCES, (name) => name.endsWith('.c')).map((source) => ({
    source,
    output: path.join(C_TESTS_OUT, path.basename(source, '.c')),
  }));
  const expected = new Set(programs.map(({ output }) => output));
  for (const file of listFiles(C_TESTS_OUT, () => true)) if (!expected.has(file)) rmSync(file);
  const stale = programs.filter(({ source }) => !isFresh(`c-test-${path.basename(source)}`, identity));
  if (stale.length === 0) return;
  mkdirSync(C_TESTS_OUT, { recursive: true });
  await inParallel(stale, async ({ source, output }) => {
    await buildMuslProgram({
      sources: [source],
      flags: ['-O1', '-Wall', '-Wextra', '-Werror', '-s'],
      output,
    });
    const inputs = [source, ...headers, path.join(MUSL_LIBRARY, 'libc.a')];
    markFresh(`c-test-${path.basename(source)}`, identity, { inputs, outputs: [output] });
  });
  report.built(`${stale.length} C tests`);
}
