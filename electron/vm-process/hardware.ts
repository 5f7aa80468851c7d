/**
 * The machine and what it is made of on this computer: its images, opened and locked for it alone, and its firmware.
 *
 * - All or nothing: what was opened is closed again when the rest fails.
 * - What a process before this one saved of the machine is there once the disk is ours: it lets go of it last.
 */
import { existsSync, rmSync } from 'node:fs';
import type { LogLevel, Machine, MachineConfig } from '../../emulator/machine/types.ts';
import type { BootSpec } from '../protocol/control-contract.ts';
import { CD_SLOT, DiscDrive, type OpenDisk } from '../services/disc-drive.ts';
import { loadFirmware, withVariables } from '../services/firmware.ts';
import { openFlashFile, type OpenFlash } from '../services/flash-file.ts';
import { restoreMachineFrom } from '../services/state-file.ts';

/** Where machines and disks come from; specs put others in their place. */
export interface HardwareSource {
  readonly createMachine: (config: MachineConfig) => Promise<Machine>;
  readonly openDisk: (path: string, options: { readOnly: boolean; sectorSizeBytes?: 512 | 2048 }) => OpenDisk;
}

export interface Hardware {
  readonly machine: Machine;
  readonly disk: OpenDisk;
  readonly disc: DiscDrive;
  readonly flash: OpenFlash | null;
}

type Log = (level: LogLevel, message: string) => void;

/** The machine is off, or paused where it was saved. Throws an error for a person. */
export async function assemble(spec: BootSpec, source: HardwareSource, log: Log): Promise<Hardware> {
  const opened: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(part: T): T => {
    opened.push(part);
    return part;
  };
  try {
    const disk = keep(source.openDisk(spec.diskPath, { readOnly: false }));
    const openDisc = (path: string): OpenDisk =>
      source.openDisk(path, { readOnly: true, sectorSizeBytes: 2048 });
    const disc = keep(new DiscDrive(openDisc, spec.discPath));
    const { firmware, flash } = withVariables(loadFirmware(spec.firmware), (template) =>
      keep(openFlashFile(spec.variablesPath, template)),
    );
    const machine = await source.createMachine({
      memoryBytes: spec.memoryMiB * 1024 * 1024,
      firmware,
      drives: [
        { slot: 'ide0-master', kind: 'disk', medium: disk },
        { slot: CD_SLOT, kind: 'cdrom', medium: disc.medium },
      ],
      log,
    });
    if (existsSync(spec.statePath)) await resumeFrom(spec.statePath, machine);
    return { machine, disk, disc, flash };
  } catch (error) {
    for (const part of opened) part.close();
    throw error;
  }
}

/** Cuts the power, then flushes and closes the disk before anything else; what fails is logged and holds up nothing. */
export function takeApart({ machine, disk, disc, flash }: Hardware, log: Log): void {
  const steps: Record<string, () => void> = {
    'switch the machine off': () => {
      machine.powerOff();
    },
    'flush the disk': () => {
      disk.flush();
    },
    'close the disk': () => {
      disk.close();
    },
    'close the disc': () => {
      disc.close();
    },
    'close the UEFI variables': () => {
      flash?.close();
    },
  };
  for (const [what, step] of Object.entries(steps)) {
    try {
      step();
    } catch (error) {
      log('error', `could not ${what}: ${String(error)}`);
    }
  }
}

/** The file goes before the machine runs: its disk will not be what it was for long. */
async function resumeFrom(statePath: string, machine: Machine): Promise<void> {
  try {
    await restoreMachineFrom(statePath, machine);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `What was saved of it cannot be resumed: ${reason}. It is kept; discard it to start the machine anew.`,
      { cause },
    );
  }
  rmSync(statePath);
}
