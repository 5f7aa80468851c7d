/**
 * Type checks AssemblyScript: compiles every file of the kernel, or of userland, as an entry, so that functions that
 * no program calls yet are checked too, and throws the result away.
 */
import { isFresh, listFiles, markFresh } from './cache.ts';
import { fromRoot, relativeToRoot, ROOT } from './paths.ts';
import type { BuildTarget } from './report.ts';
import { toolchainIdentity } from './toolchain/identity.ts';

interface SourceSet {
  readonly name: string;
  readonly abort: string;
  includes(file: string): boolean;
}

const USERLAND = 'kernel/userland/';
const SETS: Readonly<Record<'kernel' | 'userland', SourceSet>> = {
  kernel: { name: 'kernel', abort: 'kernel/lib/panic/abort', includes: (file) => !file.startsWith(USERLAND) },
  userland: {
    name: 'userland',
    abort: 'kernel/userland/lib/start/abort',
    includes: (file) => file.startsWith(USERLAND),
  },
};
/** Sources for Node (tests and what they make), doubles for unit tests, and the runtime that the compiler is given. */
const NOT_SOURCES = /\.(test|fixture)\.ts$|\/(testing|fixtures)\/|^kernel\/lib\/runtime-stub\.ts$/;
/** "Only variables, functions and enums become module exports": of no interest here. */
const UNEXPORTED_CLASS = 235;

export function checkTarget(name: 'kernel' | 'userland'): BuildTarget {
  const set = SETS[name];
  return async (report) => {
    const entries = listFiles(fromRoot('kernel'), (file) => file.endsWith('.ts'))
      .map(relativeToRoot)
      .filter((file) => !NOT_SOURCES.test(file) && set.includes(file));
    const step = `check-${name}`;
    const key = `${toolchainIdentity()}\n${entries.join('\n')}`;
    if (isFresh(step, key)) return;
    const { compileAssemblyScript } = await import('./toolchain/asc/compile.ts');
    const { inputs, warnings } = await compileAssemblyScript({
      baseDir: ROOT,
      entries,
      target: 'wasm64',
      // Any address will do: nothing is linked.
      memoryBase: 0x1010_0000n,
      aliases: { abort: set.abort },
      runtime: fromRoot('kernel/lib/runtime-stub.ts'),
      optimizeLevel: 0,
      silentWarnings: [UNEXPORTED_CLASS],
    });
    report.warn(warnings);
    markFresh(step, key, { inputs, outputs: [] });
    report.built(`${entries.length} files checked`);
  };
}
