/** A machine as the saved form sees it. */
import type { Stateful } from '../state-fields.ts';
import type { MachineConfig } from '../types.ts';

/** What `PoweredMachine` shows of itself. Sections are restored in their order. */
export interface MachineParts {
  readonly config: MachineConfig;
  readonly uuid: Uint8Array;
  readonly memories: ReadonlyMap<string, Uint8Array>;
  readonly sections: readonly (readonly [name: string, part: Stateful])[];
}
