/** Back end to a machine's process: its life. */
import * as v from 'valibot';
import { hostPath, machineId, memoryMiB } from './app-contract.ts';
import { discLock, type DiscOutcome, type DiscState } from './disc.ts';
import { action, method } from './rpc.ts';

/** How long saving a machine may take: 2 GiB on a slow disk. */
export const SAVE_TIMEOUT_MS = 60_000;

export const bootSpec = v.strictObject({
  id: machineId,
  memoryMiB,
  diskPath: hostPath,
  /** In the CD drive; null: it is empty. */
  discPath: v.nullable(hostPath),
  firmware: v.picklist(['bios', 'uefi']),
  /** Where UEFI's variables are kept; the file is made when there is none. Unused by the BIOS. */
  variablesPath: hostPath,
  /** Where the last screen is kept (PNG). */
  screenPath: hostPath,
  /** Where serial port 0's output is kept. */
  serialLogPath: hostPath,
  /** Where the machine is saved; a machine that is saved there goes on, and the file is gone. */
  statePath: hostPath,
  /** The log of the process, which it goes on with when nobody reads what it writes any more. */
  logPath: hostPath,
});
export type BootSpec = v.InferOutput<typeof bootSpec>;

export const controlContract = {
  /** Opens the disk, makes the machine and switches it on. Fails with a message for a person. */
  boot: action(bootSpec),
  pause: action(),
  resume: action(),
  reset: action(),
  pressPowerButton: action(),
  pressSleepButton: action(),
  changeDisc: method<DiscOutcome>()(v.nullable(hostPath), discLock),
  /** Saves the machine, then ends as `cutPower`. Fails with a message for a person; the machine then goes on. */
  suspend: action(),
  /** Cuts the power; the process flushes the disk, lets go of it and ends. */
  cutPower: action(),
  /** The heartbeat. */
  ping: action(),
};
export type ControlContract = typeof controlContract;

/** Why a machine is off, told before its process ends. */
export interface StopNotice {
  readonly kind: 'power-off' | 'power-cut' | 'suspended' | 'triple-fault' | 'debug-exit' | 'host-error';
  readonly detail: string;
}

export interface ControlEvents {
  readonly state: 'running' | 'paused';
  readonly stopped: StopNotice;
  readonly guestPanicked: null;
  readonly screenSaved: null;
  readonly disc: DiscState;
}
