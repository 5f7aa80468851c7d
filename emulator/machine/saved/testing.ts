/** For tests of saved machines: one that stops at an instruction count, and states in memory. */
import { createVcpu } from '../../cpu/vcpu.ts';
import { createMachine } from '../machine.ts';
import type { Machine, MachineConfig } from '../types.ts';
import type { Vcpu } from '../vcpu-types.ts';
import type { StateSource } from './format.ts';

export interface RecordedMachine {
  readonly machine: Machine;
  /** What it has sent on its serial ports. */
  readonly serial: () => string;
  /** Runs until the processor has executed `count` instructions, to the end of that slice. */
  readonly runTo: (count: bigint) => Promise<void>;
  readonly registers: () => ReadonlyMap<string, bigint>;
}

const NEVER = { count: 2n ** 63n, reached: (): void => undefined } as const;

export async function recordedMachine(config: MachineConfig): Promise<RecordedMachine> {
  let current: Vcpu | null = null;
  let goal: { readonly count: bigint; readonly reached: () => void } = NEVER;
  const machine = await createMachine(config, async (ramBytes, host, options) => {
    const vcpu = await createVcpu(ramBytes, host, options);
    const run = vcpu.run.bind(vcpu);
    vcpu.run = (budget) => {
      current = vcpu;
      const result = run(budget);
      if (vcpu.instructionCount >= goal.count) {
        const { reached } = goal;
        goal = NEVER;
        machine.pause();
        reached();
      }
      return result;
    };
    return vcpu;
  });
  const text: string[] = [];
  machine.on('serialOutput', (_port, bytes) => text.push(Buffer.from(bytes).toString('latin1')));
  return {
    machine,
    serial: () => text.join(''),
    runTo: async (count) => {
      await new Promise<void>((resolve, reject) => {
        goal = { count, reached: resolve };
        machine.on('stopped', (reason) => {
          reject(new Error(`it stopped (${reason.kind}) before ${String(count)} instructions`));
        });
        machine.start();
      });
      // The turn that was cut short ends, and its output leaves.
      await new Promise((resolve) => setImmediate(resolve));
    },
    registers: () => {
      if (current === null) throw new Error('nothing has run');
      return current.registers();
    },
  };
}

/** The machine's state as one file. */
export function savedState(machine: Pick<Machine, 'save'>): Buffer {
  const pieces: Uint8Array[] = [];
  machine.save((bytes) => pieces.push(bytes.slice()));
  return Buffer.concat(pieces);
}

export const stateSource = (bytes: Uint8Array): StateSource => ({
  sizeBytes: bytes.length,
  read: (at, into) => {
    into.set(bytes.subarray(at, at + into.length));
  },
});
