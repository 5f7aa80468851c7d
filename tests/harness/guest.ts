/** A running machine as the system tests see it, the same for QEMU and for our own. */
import type { SerialConsole } from './serial-console.ts';

export type MachineName = 'qemu' | 'breenix';

/** How a guest came to its end, or what its machine noticed. */
export type GuestEvent = 'panicked' | 'triple-fault' | 'powered-off' | 'killed';

export interface BootOptions {
  readonly image: string;
  readonly firmware: 'bios' | 'uefi';
  readonly memoryMiB: number;
  /** Keeps the image as it is. */
  readonly discardWrites: boolean;
  /** For QEMU alone: further words of its command line. */
  readonly qemuArguments?: readonly string[];
}

export interface Guest {
  readonly machine: MachineName;
  readonly console: SerialConsole;
  /** What the machine itself had to say, for example unknown ports; QEMU says nothing. */
  readonly log: readonly string[];
  /** Types on the keyboard: printable ASCII and \n, on a US layout. */
  typeKeys(text: string): Promise<void>;
  /** Presses the ACPI power button: the guest's system decides what to do. */
  pressPowerButton(): Promise<void>;
  /** Resolves at the first event of this kind, or rejects after the time, when nothing is said that of a hang. */
  waitForEvent(event: GuestEvent, timeoutMs?: number): Promise<void>;
  /** The screen as a PNG file's bytes. */
  screenshot(): Promise<Buffer>;
  /** Kills the machine's process as a power cut does, and waits for its end. */
  kill(): Promise<void>;
}
