/**
 * Compiles C programs static against Debian's musl (package musl-dev) with the clang that builds the system, so that
 * they run on Breenix through the Linux x86-64 ABI.
 *
 * Rules for callers: results are compared by content elsewhere; this only runs the tools. Source: musl's own
 * specfile (musl-gcc), which names the same start files and folders.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findTool, run, ToolError } from './toolchain/clang.ts';

/** Where Debian puts musl's headers, start files and libc.a. */
export const MUSL_INCLUDE = '/usr/include/x86_64-linux-musl';
export const MUSL_LIBRARY = '/usr/lib/x86_64-linux-musl';

const TARGET = '--target=x86_64-linux-musl';

let clangInclude: string | null = null;

/** clang's own headers (stdarg.h and the like), which come before libc's. */
async function compilerInclude(clang: string): Promise<string> {
  clangInclude ??= path.join((await run(clang, ['-print-resource-dir'])).trim(), 'include');
  return clangInclude;
}

function requireMusl(): void {
  if (existsSync(path.join(MUSL_LIBRARY, 'libc.a'))) return;
  throw new ToolError(`${MUSL_LIBRARY}/libc.a is missing: install musl-dev (node build/setup.mjs does)`);
}

/** What every compilation takes before its own flags. */
async function baseFlags(clang: string): Promise<string[]> {
  return [
    ...[TARGET, '-static', '-fno-pie', '-nostdinc', '-isystem', await compilerInclude(clang)],
    ...['-isystem', MUSL_INCLUDE],
  ];
}

const LINK_FLAGS = ['-nostdlib', '-fuse-ld=lld', '-Wl,-z,noexecstack', '-Wno-unused-command-line-argument'];

function startFile(name: string): string {
  return path.join(MUSL_LIBRARY, name);
}

/** Compiles one file of C or assembly without linking. */
export async function compileMuslObject(
  source: string,
  flags: readonly string[],
  output: string,
): Promise<void> {
  requireMusl();
  const clang = findTool('clang');
  await run(clang, [...(await baseFlags(clang)), ...flags, '-c', source, '-o', output]);
}

/** A shell script that compiles and links as buildMuslProgram does, for programs that come with a build of their own. */
export async function muslCompilerScript(): Promise<string> {
  requireMusl();
  const clang = findTool('clang');
  const base = (await baseFlags(clang)).join(' ');
  const start = ['crt1.o', 'crti.o'].map(startFile).join(' ');
  const end = ['libc.a', 'crtn.o'].map(startFile).join(' ');
  return `#!/bin/sh
for word in "$@"; do
  case $word in -c | -E | -S | -M | -MM) exec ${clang} ${base} "$@" ;; esac
done
exec ${clang} ${base} ${LINK_FLAGS.join(' ')} ${start} "$@" ${end}
`;
}

export interface MuslProgram {
  /** C and assembly files. */
  readonly sources: readonly string[];
  /** Flags of the compiler, such as -O2, -D… and -I…. */
  readonly flags: readonly string[];
  readonly output: string;
}

/** Compiles and links; a ToolError holds what the tools printed. */
export async function buildMuslProgram({ sources, flags, output }: MuslProgram): Promise<void> {
  requireMusl();
  const clang = findTool('clang');
  findTool('ld.lld');
  await run(clang, [
    ...(await baseFlags(clang)),
    ...LINK_FLAGS,
    ...flags,
    '-o',
    output,
    startFile('crt1.o'),
    startFile('crti.o'),
    ...sources,
    startFile('libc.a'),
    startFile('crtn.o'),
  ]);
}
