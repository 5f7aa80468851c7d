/**
 * Starts the process of one machine. Electron uses utility processes, everything else child processes; `Port`
 * is what a renderer's connection is made of there, handed to the process unopened.
 */
import type { Duplex } from '../protocol/duplex.ts';

export interface VmProcess<Port> {
  readonly pid: number | undefined;
  readonly control: Duplex;
  /** What it writes for developers: standard output and error. */
  readonly output: readonly NodeJS.ReadableStream[];
  /** Hands a renderer's connection over. */
  attach(port: Port): void;
  /** Called once, with a phrase for a person: "exit code 1", "signal SIGKILL". */
  onExit(listener: (how: string) => void): void;
  /** Ends it at once, even when it hangs. */
  kill(): void;
}

export type VmLauncher<Port> = (id: string) => VmProcess<Port>;
