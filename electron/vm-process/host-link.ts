/** How a machine's process hangs on the back end that started it. */
import type { Duplex } from '../protocol/duplex.ts';

export interface HostLink {
  /** Life and heartbeat (control-contract.ts). */
  readonly control: Duplex;
  /** Renderers arrive one by one. */
  onViewer(listener: (duplex: Duplex) => void): void;
  /** The back end is gone: nobody will ever speak to this process again. */
  onHostGone(listener: () => void): void;
  /** Resolves when everything posted has left this process. */
  drain(): Promise<void>;
}
