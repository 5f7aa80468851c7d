/** The files of a kernel that is booted by itself, and what is wrong with them in the words of the options. */
import { readFileSync } from 'node:fs';
import type { LinuxBootError } from '../../emulator/machine/linux-boot.ts';
import type { LinuxBoot } from '../../emulator/machine/types.ts';
import type { KernelOptions } from './run-options.ts';
import { UsageError } from './usage-error.ts';

function read(option: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${option} ${file}: ${reason}`, { cause });
  }
}

/** @throws {UsageError} naming the file that cannot be read. */
export function loadKernel(options: KernelOptions): LinuxBoot {
  const initrd = options.initrd === null ? null : read('--initrd', options.initrd);
  if (initrd?.length === 0) throw new UsageError(`--initrd ${String(options.initrd)}: the file is empty`);
  return { kernel: read('--kernel', options.kernel), initrd, commandLine: options.append };
}

/** Names the file that the machine refused. */
export function kernelProblem(options: KernelOptions, error: LinuxBootError): UsageError {
  const place = {
    kernel: `--kernel ${options.kernel}`,
    initrd: `--initrd ${String(options.initrd)}`,
    'command line': '--append',
  }[error.part];
  return new UsageError(`${place}: ${error.message}`, { cause: error });
}
