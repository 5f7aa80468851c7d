/**
 * Runs clang and lld: C and assembly to objects (cached by content, several at once), objects to ELF.
 *
 * Rules for callers: `directory` folders are on the include path and their headers are part of every object's
 * key. Paths in debug information are relative to the repository, so that objects are the same on every machine.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  cachedPath,
  hashFile,
  isCached,
  listFiles,
  programIdentity,
  sha256,
  writeIfChanged,
} from '../cache.ts';
import { relativeToRoot, ROOT } from '../paths.ts';

/** A tool of the toolchain failed or is missing. The message is what the tool printed. */
export class ToolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ToolError';
  }
}

export interface CompileJob {
  /** C or assembly file; written by the caller or part of the sources. */
  readonly source: string;
  readonly flags: readonly string[];
  readonly include: readonly string[];
}

const SEARCH = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/opt/llvm/bin', '/opt/homebrew/bin'];

/** Absolute path of an LLVM tool: the plain name, else the newest versioned one (ld.lld-14). */
export function findTool(name: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...SEARCH].filter((f) => f !== '');
  const names = [name, ...Array.from({ length: 16 }, (_, i) => `${name}-${24 - i}`)];
  for (const candidate of names) {
    const folder = folders.find((f) => existsSync(path.join(f, candidate)));
    if (folder !== undefined) return path.join(folder, candidate);
  }
  throw new ToolError(`${name} is not installed: node build/setup.mjs says how to get it`);
}

export function run(tool: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(tool, args, { cwd: ROOT, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new ToolError(`${path.basename(tool)}: ${stderr.trim() || error.message}`));
      else resolve(stdout);
    });
  });
}

/** Runs `task` on all items, as many at once as there are processors; the first error stops it. */
export async function inParallel<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await task(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), items.length) }, worker));
  return results;
}

/** Names of files that C and assembly include. */
export const HEADER = /\.(h|inc)$/;

function headersHash(include: readonly string[]): string {
  const headers = include.flatMap((folder) => listFiles(folder, (name) => HEADER.test(name)));
  return sha256(...headers.map((file) => `${relativeToRoot(file)} ${hashFile(file) ?? ''}`));
}

/** Objects of all jobs, in order. */
export async function compileObjects(jobs: readonly CompileJob[]): Promise<string[]> {
  const clang = findTool('clang');
  const identity = programIdentity([clang]);
  const headers = new Map<string, string>();
  return inParallel(jobs, async ({ source, flags, include }) => {
    const folders = include.join('\n');
    const hash = headers.get(folders) ?? headersHash(include);
    headers.set(folders, hash);
    const key = sha256(identity, hash, flags.join('\n'), relativeToRoot(source), readFileSync(source));
    const object = cachedPath('objects', key, '.o');
    if (isCached(object)) return object;
    mkdirSync(path.dirname(object), { recursive: true });
    const temporary = `${object}.${process.pid}`;
    try {
      await run(clang, [
        '-target',
        'x86_64-unknown-none-elf',
        '-ffile-compilation-dir=.',
        ...flags,
        ...include.flatMap((folder) => ['-I', relativeToRoot(folder)]),
        '-c',
        relativeToRoot(source),
        '-o',
        temporary,
      ]);
      renameSync(temporary, object);
    } finally {
      rmSync(temporary, { force: true });
    }
    return object;
  });
}

/** Writes generated sources below `directory` and removes those that an earlier build left there. */
export function writeSources(directory: string, sources: ReadonlyMap<string, string | Uint8Array>): void {
  for (const [name, text] of sources) writeIfChanged(path.join(directory, name), text);
  for (const file of listFiles(directory, () => true)) {
    if (!sources.has(path.relative(directory, file))) rmSync(file);
  }
}
