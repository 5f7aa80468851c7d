/**
 * The files that a run writes, checked before anything is started: none of them may take the place of a disk image, of
 * a kernel, or of another of them, and what could not be written in the end is refused at the beginning.
 */
import { accessSync, constants, statSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import { workDisk } from './drives.ts';
import type { RunOptions } from './run-options.ts';
import { UsageError } from './usage-error.ts';

interface NamedFile {
  /** As the user wrote it, for example `--image`. */
  readonly option: string;
  readonly file: string;
  /** Written under another name first and then renamed: what is no regular file would be replaced by one. */
  readonly replaced?: true;
}

function named(option: string, file: string | null): readonly NamedFile[] {
  return file === null ? [] : [{ option, file }];
}

function inputs(options: RunOptions): readonly NamedFile[] {
  const { image, linux, disks, cdrom, firmware, uefiVariables } = options;
  const boot = image ?? (linux === null ? workDisk : null);
  return [
    ...named('--image', boot),
    ...named('--kernel', linux?.kernel ?? null),
    ...named('--initrd', linux?.initrd ?? null),
    ...disks.flatMap((file) => named('--disk', file)),
    ...named('--cdrom', cdrom),
    ...named('--firmware', path.resolve(firmware)),
    ...named('--uefi-variables', uefiVariables ?? (boot === null ? null : `${boot}.uefi-variables`)),
  ];
}

/** A saved machine that was loaded is read by then: it may be replaced by what becomes of it, and by nothing else. */
function isLoaded(output: NamedFile, { loadState }: RunOptions): boolean {
  return loadState !== null && !output.replaced && isSameFile(loadState, output.file);
}

function outputs({ serial, screenshot, saveState }: RunOptions): readonly NamedFile[] {
  return [
    ...named('--serial', serial.kind === 'file' ? serial.path : null),
    ...named('--screenshot', screenshot),
    ...(saveState === null ? [] : [{ option: '--save-state', file: saveState, replaced: true as const }]),
  ];
}

function status(file: string): BigIntStats | null {
  return statSync(file, { bigint: true, throwIfNoEntry: false }) ?? null;
}

/** By name while neither exists, by inode when both do, so that links are seen through. */
function isSameFile(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [status(a), status(b)];
  return first !== null && second !== null && first.dev === second.dev && first.ino === second.ino;
}

function requireWritable({ option, file, replaced }: NamedFile): void {
  const folder = path.dirname(file);
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`${option} ${file}: the folder ${folder} does not exist or is not writable`, {
      cause,
    });
  }
  const there = status(file);
  if (there?.isDirectory()) throw new UsageError(`${option} ${file}: it is a folder; name a file in it`);
  if (replaced && there !== null && !there.isFile())
    throw new UsageError(`${option} ${file}: it is no regular file, which this would replace; name another`);
}

/** @throws {UsageError} naming the option whose file cannot be written or must not be. */
export function requireOutputFiles(options: RunOptions): void {
  const taken = [...inputs(options)];
  for (const output of outputs(options)) {
    requireWritable(output);
    const other = taken.find(({ file }) => isSameFile(file, output.file))?.option;
    const clash = isLoaded(output, options) ? '--load-state' : other;
    if (clash !== undefined)
      throw new UsageError(
        `${output.option} ${output.file}: ${clash} names the same file, which would be overwritten`,
      );
    taken.push(output);
  }
}
