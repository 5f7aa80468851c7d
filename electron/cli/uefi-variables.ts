/** Where a run's UEFI variables are kept: the file named, one beside the boot disk, or nowhere without a disk. */
import type { Firmware } from '../../emulator/machine/types.ts';
import { withVariables, type LoadedFirmware } from '../services/firmware.ts';
import { flashInMemory, openFlashFile, type OpenFlash } from '../services/flash-file.ts';
import type { RunOptions } from './run-options.ts';
import { UsageError } from './usage-error.ts';

/** @throws {UsageError} when the file cannot be used, or the firmware keeps no variables. */
export function openVariables(
  { uefiVariables, firmware: choice }: RunOptions,
  loaded: LoadedFirmware,
  bootDisk: string | null,
): { readonly firmware: Firmware; readonly flash: OpenFlash | null } {
  if (uefiVariables !== null && loaded.variablesTemplate === null) {
    throw new UsageError(`--uefi-variables: the firmware ${choice} keeps no variables`);
  }
  const file = uefiVariables ?? (bootDisk === null ? null : `${bootDisk}.uefi-variables`);
  try {
    return withVariables(loaded, (template) =>
      file === null ? flashInMemory(template) : openFlashFile(file, template),
    );
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
