/** An image that is open for a machine, and is closed when it is not needed any more. */
import type { BlockDevice } from '../../emulator/machine/types.ts';

export interface OpenDisk extends BlockDevice {
  close(): void;
}
