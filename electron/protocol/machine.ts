/** What the back end tells the renderer about a machine, and the limits that both sides check. */

/** `starting` and `stopping` last until the machine's process has said so. */
export type PowerState = 'off' | 'starting' | 'running' | 'paused' | 'stopping';

/** Something that a person should know: what happened, and what can be done about it. */
export interface Problem {
  readonly title: string;
  readonly detail: string;
  /** `note`: the guest ended by itself, as asked; `error`: something went wrong. */
  readonly severity: 'note' | 'error';
}

export interface MachineSummary {
  readonly id: string;
  readonly name: string;
  readonly state: PowerState;
  /** False while the machine's process does not answer its heartbeat. */
  readonly responding: boolean;
  readonly problem: Problem | null;
  readonly memoryMiB: number;
  readonly diskPath: string;
  /** The image in the CD drive; null: it is empty. */
  readonly discPath: string | null;
  /** The guest has opened the CD drive's tray. */
  readonly trayOpen: boolean;
  /** Null when the disk image cannot be read; `problem` or the settings say why. */
  readonly diskBytes: number | null;
  /** A newer system image than the one the machine's disk was made from is there to be used. */
  readonly newerSystemImage: boolean;
  /** It is off, and what it was doing is saved: the next start goes on with that. */
  readonly saved: boolean;
  /** Grows each time that the saved screen changes; 0: there is none. */
  readonly screenVersion: number;
}

export const MEMORY_MIN_MIB = 16;
export const MEMORY_MAX_MIB = 2048;
export const NAME_MAX_LENGTH = 60;

/** The serial ports that the app shows. */
export const SERIAL_PORT_COUNT = 1;
