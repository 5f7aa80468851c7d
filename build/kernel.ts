/** Builds the kernel: kernel/main.ts and kernel/arch/x86_64 to out/kernel/breenix.elf. */
import path from 'node:path';
import { isFresh, listFiles, markFresh, pruneCache } from './cache.ts';
import { fromRoot, OUT } from './paths.ts';
import type { Report } from './report.ts';
import { toolchainIdentity } from './toolchain/identity.ts';

/** With debug information: what gdb and `qemu -kernel` take. */
export const KERNEL_ELF = path.join(OUT, 'kernel', 'breenix.elf');
/** Without: what goes on the disk. */
export const KERNEL_STRIPPED = path.join(OUT, 'kernel', 'breenix-stripped.elf');

/** kernel.ld places `.asdata` there and asserts it. */
const STATIC_DATA = 0xffff_ffff_8040_0000n;
const ARCH = fromRoot('kernel/arch/x86_64');
const STEP = 'kernel';

export async function buildKernel(report: Report): Promise<void> {
  const assembly = listFiles(ARCH, (name) => name.endsWith('.S'));
  const key = `${toolchainIdentity()}\n${assembly.join('\n')}`;
  if (isFresh(STEP, key)) return;
  // Loaded late: the compiler alone takes half a second.
  const { buildProgram, compileSources } = await import('./toolchain/program.ts');
  const spec = {
    name: 'kernel',
    entries: ['kernel/main.ts'],
    aliases: { abort: 'kernel/lib/panic/abort' },
    memoryBase: STATIC_DATA,
    floats: false,
    cFlags: ['-g', '-mno-red-zone', '-mcmodel=kernel'],
    assembly,
    includeDir: ARCH,
    linkerScript: path.join(ARCH, 'kernel.ld'),
    linkFlags: ['-z', 'max-page-size=4096', '-z', 'noexecstack', '--build-id=none'],
    singleUnit: false,
    symbolTable: true,
    output: KERNEL_STRIPPED,
    debugOutput: KERNEL_ELF,
  };
  const asc = await compileSources(spec);
  report.warn(asc.warnings);
  const inputs = await buildProgram(spec, asc);
  markFresh(STEP, key, { inputs, outputs: [KERNEL_ELF, KERNEL_STRIPPED] });
  pruneCache('objects');
  report.built(path.relative(process.cwd(), KERNEL_ELF));
}
