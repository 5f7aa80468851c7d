/**
 * Builds the user programs: each kernel/userland/bin/NAME.ts and tests/NAME.ts with libbreenix (lib/) to
 * out/userland/bin/NAME and out/userland/tests/NAME, static ELF64 files that keep their symbols; out/userland/debug
 * has the same with debug information for gdb.
 */
import { existsSync, linkSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { isFresh, listFiles, markFresh } from './cache.ts';
import { fromRoot, OUT, relativeToRoot } from './paths.ts';
import { LINKS } from './program-links.ts';
import type { Report } from './report.ts';
import { toolchainIdentity } from './toolchain/identity.ts';
import type { ProgramSpec } from './toolchain/program.ts';

export const USERLAND_OUT = path.join(OUT, 'userland');

const USERLAND = fromRoot('kernel/userland');
const LIBRARY = path.join(USERLAND, 'lib');
/** user.ld places `.asdata` there. */
const STATIC_DATA = 0x1010_0000n;

function programSpec(folder: 'bin' | 'tests', source: string): ProgramSpec {
  const name = path.basename(source, '.ts');
  return {
    name: `userland/${folder}/${name}`,
    entries: [relativeToRoot(source), relativeToRoot(path.join(LIBRARY, 'start.ts'))],
    aliases: { abort: 'kernel/userland/lib/start/abort' },
    memoryBase: STATIC_DATA,
    floats: true,
    // Variables of the generated C tell nobody anything; without them clang takes a third less time.
    cFlags: ['-gline-tables-only'],
    assembly: [path.join(LIBRARY, 'crt0.S')],
    includeDir: LIBRARY,
    linkerScript: path.join(LIBRARY, 'user.ld'),
    linkFlags: ['-z', 'max-page-size=4096', '-z', 'noexecstack', '--build-id=none'],
    singleUnit: true,
    symbolTable: false,
    output: path.join(USERLAND_OUT, folder, name),
    debugOutput: path.join(USERLAND_OUT, 'debug', folder, name),
  };
}

/** Programs stand directly in their folder; files in deeper folders and unit tests are not programs. */
function programs(folder: 'bin' | 'tests'): ProgramSpec[] {
  const directory = path.join(USERLAND, folder);
  return listFiles(directory, (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((file) => path.dirname(file) === directory)
    .map((file) => programSpec(folder, file));
}

export async function buildUserland(report: Report): Promise<void> {
  const specs = [...programs('bin'), ...programs('tests')];
  const identity = toolchainIdentity();
  const stale = specs.filter((spec) => !isFresh(spec.name, identity));
  removeStrangers(specs);
  if (stale.length === 0) {
    makeLinks();
    return;
  }
  const { buildProgram, compileSources } = await import('./toolchain/program.ts');
  // asc keeps this process busy while clang and lld work on the programs before.
  const building: Promise<void>[] = [];
  for (const spec of stale) {
    const asc = await compileSources(spec);
    report.warn(asc.warnings);
    building.push(
      buildProgram(spec, asc).then((inputs) => {
        markFresh(spec.name, identity, { inputs, outputs: [spec.output, spec.debugOutput] });
      }),
    );
    if (building.length >= availableParallelism()) await building.shift();
  }
  await Promise.all(building);
  makeLinks();
  report.built(`${stale.length} programs`);
}

/** Gives programs their other names, as hard links: whoever copies out/userland/bin gets files. */
function makeLinks(): void {
  for (const [name, target] of Object.entries(LINKS)) {
    const link = path.join(USERLAND_OUT, 'bin', name);
    const program = path.join(USERLAND_OUT, 'bin', target);
    const [there, wanted] = [link, program].map((file) => statSync(file, { throwIfNoEntry: false })?.ino);
    if (there === wanted) continue;
    rmSync(link, { force: true });
    linkSync(program, link);
  }
}

/** A program whose source is gone must not stay on the disk image. */
function removeStrangers(specs: readonly ProgramSpec[]): void {
  const links = Object.keys(LINKS).map((name) => path.join(USERLAND_OUT, 'bin', name));
  const expected = new Set([...specs.flatMap((spec) => [spec.output, spec.debugOutput]), ...links]);
  for (const folder of ['bin', 'tests', 'debug']) {
    for (const file of listFiles(path.join(USERLAND_OUT, folder), () => true)) {
      if (!expected.has(file) && existsSync(file)) rmSync(file);
    }
  }
}
